//! Servers that fail: nothing local is lost, a sentence says what to do, and the next command goes on.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    ops::ControlFlow,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use unrewind::core::{ArchiveSettings, Error, Kind, PrunePlan, Stage, unattended};

use super::{
    super::{add, names, settings, workspace},
    Remote, Server, rest,
};
use crate::sandbox::{Ran, Sandbox, at};

#[test]
fn a_server_that_dies_in_the_middle_of_an_add_loses_nothing() {
    let Some((server, remote)) = rest(&[]) else {
        return;
    };
    let sandbox = &remote.sandbox;
    let settings = |server: &Server| {
        let location = format!("rest:{}", server.signed());
        settings(Path::new(&location), "secret")
    };
    let asked = workspace(sandbox, settings(&server));
    let (mut archive, _) = asked.create_archive().unwrap();
    add(
        &asked,
        &mut archive,
        &sandbox.found_named("latest:periodic"),
    )
    .unwrap();
    let kept = names(&archive);
    // So large that it is not read before the server ends.
    sandbox.memory(&"The lamp burns. ".repeat(3_000_000));
    let snapshot = sandbox.take(Kind::Rewind, at(60));
    let bytes = fs::read(&snapshot.path).unwrap();
    let dying = Mutex::new(Some(server));
    let refused = archive.add(
        &snapshot,
        snapshot.note.checksum.unwrap(),
        &mut |progress| {
            if progress.stage == Stage::Archiving {
                dying.lock().unwrap().take();
            }
            ControlFlow::Continue(())
        },
    );
    let error = refused.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("cannot reach the archive rest:http://***@"),
        "{error}"
    );
    assert_eq!(fs::read(&snapshot.path).unwrap(), bytes);
    // The next one goes on.
    let server = Server::rest(&remote.served(), &[]).unwrap();
    let again = workspace(sandbox, settings(&server));
    let mut archive = again.open_archive().unwrap();
    assert_eq!(names(&archive), kept);
    assert!(add(&again, &mut archive, &snapshot).unwrap());
    assert_eq!(names(&archive)[0], snapshot.name());
    let flaws = archive.check(Some((1, 1)), &mut unattended);
    assert!(flaws.unwrap().iter().all(|flaw| !flaw.is_severe));
}

#[test]
fn a_server_that_never_answers_can_be_left() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("rest:http://{}/", silent.local_addr().unwrap());
    let sandbox = Sandbox::rewound();
    let is_asked = Arc::new(AtomicBool::new(false));
    let waits = Arc::clone(&is_asked);
    let workspace = workspace(&sandbox, settings(Path::new(&location), "secret"))
        .to_builder()
        .on_progress(move |progress| {
            assert_eq!(progress.stage, Stage::Opening);
            if waits.load(Ordering::Relaxed) {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .build();
    let server = thread::spawn(move || {
        let (mut asking, _) = silent.accept().unwrap();
        let mut request = [0; 4];
        asking.read_exact(&mut request).unwrap();
        is_asked.store(true, Ordering::Relaxed);
        asking
    });
    let error = workspace.open_archive().unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    server.join().unwrap();
}

#[test]
fn a_prune_that_must_prove_can_be_cancelled_while_a_server_does_not_answer() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let location = format!("rest:http://{}/", silent.local_addr().unwrap());
    let sandbox = Sandbox::rewound();
    let proves = ArchiveSettings {
        before_prune: true,
        ..settings(Path::new(&location), "secret")
    };
    let workspace = workspace(&sandbox, proves)
        .to_builder()
        .on_progress(|_| ControlFlow::Break(()))
        .build();
    let all = sandbox.list();
    let now = at(0) + chrono::TimeDelta::days(20);
    let plan = PrunePlan::by_policy(&all, &sandbox.profile, now);
    assert_eq!(plan.deleted().count(), 1);
    let error = workspace.prune(plan).unwrap_err();
    assert!(matches!(error, Error::Cancelled), "{error}");
    assert_eq!(sandbox.list(), all);
    // Where nothing is to be deleted no archive is asked.
    assert!(workspace.prune(PrunePlan::default()).unwrap().is_empty());
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let remote = Remote::at(format!("rest:http://{free}/chat"));
    let refused = remote.init();
    assert_eq!(refused.code, 1);
    assert_eq!(
        refused.err,
        format!(
            "unrewind: cannot reach the archive rest:http://{free}/chat: Connection refused (os error 111)\nhint: check the network and the server, then try again\n"
        )
    );
    assert!(
        !remote
            .sandbox
            .path()
            .join("config/unrewind/config.toml")
            .exists()
    );
}

#[test]
fn two_machines_add_at_once() {
    let Some((server, one)) = rest(&[]) else {
        return;
    };
    let two = Remote::at(format!("rest:{}", server.signed()));
    one.init();
    two.init();
    let adding = [&one, &two].map(|remote| {
        let mut command = remote.command(&["add", "--all"]);
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    });
    for added in adding {
        let added = added.wait_with_output().unwrap();
        assert!(
            added.status.success(),
            "{}",
            String::from_utf8_lossy(&added.stderr)
        );
    }
    for remote in [&one, &two] {
        remote.done(&["status"]);
        remote.done(&["check", "--read-data"]);
    }
}

#[test]
fn what_rclone_lacks_is_said() {
    let remote = Remote::at("rclone:nowhere-at-all:chat".to_owned());
    let mut init = remote.command(&["init", &remote.location, "--password-file", "password"]);
    init.env("PATH", "/nowhere");
    let refused = Ran::run(init);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.starts_with("unrewind: rclone is not installed"),
        "{}",
        refused.err
    );
    let options = Remote::at("rclone::s3,secret_access_key=hush:bucket".to_owned());
    let refused = options.init();
    assert_eq!(refused.code, 1);
    assert!(!refused.err.contains("hush"), "{}", refused.err);
    if Command::new("rclone").arg("version").output().is_err() {
        eprintln!("rclone is not installed: not tried with it");
        return;
    }
    let refused = remote.init();
    assert_eq!(refused.code, 1);
    let said = "unrewind: rclone cannot serve rclone:nowhere-at-all:chat: ";
    assert!(refused.err.starts_with(said), "{}", refused.err);
    assert!(
        refused.err.contains("didn't find section"),
        "{}",
        refused.err
    );
}
