//! The archive in a bucket, which moto serves.

use std::{fs, process::Command};

use super::{Remote, Server};

#[test]
fn s3_keeps_what_is_added() {
    let Some(server) = Server::s3() else { return };
    let remote = Remote::at(format!("s3:http://{}/bucket/deep/in", server.at));
    // The bucket must be there.
    let refused = remote.init();
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("s3:http://"), "{}", refused.err);
    put(&server, "bucket", &[]);
    remote.round_trip();
}

/// Makes a bucket, or sets one of its settings.
fn put(server: &Server, what: &str, more: &[&str]) {
    let made = Command::new("curl")
        .args(["--silent", "--fail", "--request", "PUT"])
        .args(more)
        .arg(format!("http://{}/{what}", server.at))
        .status();
    assert!(made.unwrap().success());
}

#[test]
fn a_bucket_with_an_object_lock_keeps_what_is_deleted() {
    let Some(server) = Server::s3() else { return };
    let locked = ["--header", "x-amz-bucket-object-lock-enabled: true"];
    put(&server, "bucket", &locked);
    let lock = "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Days>1</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    let xml = "Content-Type: application/xml";
    put(
        &server,
        "bucket?object-lock",
        &["--header", xml, "--data", lock],
    );
    let remote = Remote::at(format!("s3:http://{}/bucket/chat", server.at));
    let ran = remote.init();
    assert_eq!((ran.code, &*ran.err), (0, ""));
    let said = "it keeps what is deleted as older versions: with --append-only";
    assert!(ran.out.contains(said), "{}", ran.out);
    remote.done(&["add", "--all"]);
    remote.done(&["check", "--read-data"]);
    let own = remote.sandbox.path().join("config/unrewind/config.toml");
    fs::remove_file(own).unwrap();
    let password = ["--password-file", "password", "--json"];
    let init = [&["init", "--append-only", &remote.location][..], &password].concat();
    let ran = remote.done(&init);
    assert_eq!(ran.json()["keeps_deleted"], true);
    let refused = remote.run(&["forget", "latest", "--yes"]);
    assert!(refused.err.contains("append-only"), "{}", refused.err);
}
