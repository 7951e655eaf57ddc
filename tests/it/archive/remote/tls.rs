//! A REST server with a certificate of its own.

use std::fs;

use super::{Remote, Server};
use crate::sandbox::Ran;

#[test]
fn a_certificate_of_ones_own_is_refused_until_it_is_named() {
    let mut remote = Remote::at(String::new());
    let Some((server, certificate)) = Server::tls(&remote.served()) else {
        return;
    };
    let signed = server.signed().replacen("http://", "rest:https://", 1);
    remote.location = signed;
    let refused = remote.init();
    assert_eq!(refused.code, 1);
    let said = format!(
        "unrewind: the certificate of the archive rest:https://***@{}/ is not trusted: this machine does not know its authority\nhint: ",
        server.at
    );
    assert!(refused.err.starts_with(&said), "{}", refused.err);
    assert!(refused.err.contains("RESTIC_CACERT"), "{}", refused.err);
    let mut init = remote.command(&["init", &remote.location, "--password-file", "password"]);
    init.env("RESTIC_CACERT", certificate.canonicalize().unwrap());
    let ran = Ran::run(init);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    // It is in the configuration now.
    remote.done(&["add", "--all"]);
    fs::write(&certificate, "none").unwrap();
    let wrong = remote.run(&["list"]);
    assert_eq!(wrong.code, 1);
    let said = "certificate.pem holds no certificate in PEM";
    assert!(wrong.err.contains(said), "{}", wrong.err);
    fs::remove_file(certificate).unwrap();
    assert_eq!(remote.run(&["list"]).code, 1);
}
