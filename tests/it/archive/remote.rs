//! The archive on real servers, which the tests start: `rclone serve restic` as a REST server, and what rclone reaches.
//! restic reads what Unrewind wrote there, and nothing local is lost when a server fails.

mod failures;
#[cfg(unix)]
mod rclone;
#[cfg(feature = "archive-s3")]
mod s3;
mod server;
mod tls;

use std::{fs, path::PathBuf, process::Command};

use crate::sandbox::{Ran, Sandbox};
use server::Server;

/// A chat whose archive is at a location, and a password for it in a file.
struct Remote {
    sandbox: Sandbox,
    location: String,
}

impl Remote {
    fn at(location: String) -> Self {
        let sandbox = Sandbox::rewound();
        fs::write(sandbox.path().join("password"), "open sesame\n").unwrap();
        Self { sandbox, location }
    }

    /// A folder in which a test keeps what a server serves.
    fn served(&self) -> PathBuf {
        let folder = self.sandbox.path().join("served");
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.command(&[&["archive"], arguments].concat());
        command.env("PATH", std::env::var_os("PATH").unwrap());
        command.env("AWS_ACCESS_KEY_ID", "key");
        command.env("AWS_SECRET_ACCESS_KEY", "s3cr#t/");
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::run(self.command(arguments))
    }

    fn init(&self) -> Ran {
        self.run(&["init", &self.location, "--password-file", "password"])
    }

    #[track_caller]
    fn done(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!((ran.code, &*ran.err), (0, ""), "{arguments:?}");
        ran
    }

    /// Initialises, adds, lists, gets, forgets and checks.
    fn round_trip(&self) {
        let ran = self.init();
        assert_eq!((ran.code, &*ran.err), (0, ""));
        assert!(ran.out.contains("writing and reading work"), "{}", ran.out);
        self.done(&["add", "--all"]);
        self.done(&["check", "--read-data"]);
        let listed = self.done(&["list", "--json"]).json();
        let snapshots = self.sandbox.list();
        assert_eq!(listed.as_array().unwrap().len(), snapshots.len());
        for (index, snapshot) in snapshots.iter().enumerate() {
            let name = snapshot.name();
            assert_eq!(listed[index]["snapshot"], *name);
            self.done(&["get", &name, "--output", "back.json"]);
            let back = self.sandbox.path().join("back.json");
            assert_eq!(fs::read(&back).unwrap(), fs::read(&snapshot.path).unwrap());
            fs::remove_file(back).unwrap();
        }
        self.done(&["forget", &snapshots[0].name(), "--yes"]);
        let left = self.done(&["list", "--json"]).json();
        assert_eq!(left.as_array().unwrap().len(), snapshots.len() - 1);
        self.done(&["check"]);
        // What went is added again.
        assert_eq!(self.run(&["status"]).code, 1);
        self.done(&["add", "--all"]);
        self.done(&["status"]);
    }
}

/// A chat whose archive is on a REST server that asks for a user and a password.
fn rest(more: &[&str]) -> Option<(Server, Remote)> {
    let mut remote = Remote::at(String::new());
    let server = Server::rest(&remote.served(), more)?;
    remote.location = format!("rest:{}", server.signed());
    Some((server, remote))
}

#[test]
fn a_rest_server_keeps_what_is_added() {
    let Some((_server, remote)) = rest(&[]) else {
        return;
    };
    remote.round_trip();
    let cache = remote.sandbox.path().join("cache");
    assert!(cache.join("unrewind/rustic").is_dir());
    assert!(!cache.join("rustic").exists());
}

#[test]
fn rclone_keeps_what_is_added_and_ends_with_the_command() {
    let mut remote = Remote::at(String::new());
    remote.location = format!("rclone:{}", remote.served().display());
    if Command::new("rclone").arg("version").output().is_err() {
        eprintln!("rclone is not installed: not tried with it");
        return;
    }
    remote.round_trip();
    let place = remote.served().display().to_string();
    let of = |process: fs::DirEntry| fs::read(process.path().join("cmdline"));
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let running = processes.filter_map(|process| of(process).ok());
    let left: Vec<_> = running
        .filter(|line| {
            line.windows(place.len())
                .any(|part| part == place.as_bytes())
        })
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_password_in_the_location_is_never_shown() {
    let Some((server, remote)) = rest(&[]) else {
        return;
    };
    let place = format!("rest:http://***@{}/", server.at);
    let mut said = String::new();
    let mut run = |arguments: &[&str], code| {
        let ran = remote.run(&[&["--log", "log"], arguments].concat());
        assert_eq!(ran.code, code, "{arguments:?}: {}", ran.err);
        said += &(ran.out + &ran.err);
    };
    run(
        &["init", &remote.location, "--password-file", "password"],
        0,
    );
    run(&["add", "--all"], 0);
    run(&["status", "--json"], 0);
    run(&["init", "rest:http://cat:other@host/"], 1);
    drop(server);
    run(&["list"], 1);
    let log = fs::read_to_string(remote.sandbox.path().join("log")).unwrap();
    assert!(said.contains(&place) && log.contains(&place), "{said}{log}");
    said += &log;
    for secret in ["s3cr", "cat:", "cat@", "cat%", "open sesame"] {
        assert!(!said.contains(secret), "{secret} in {said}");
    }
    let own = remote.sandbox.path().join("config/unrewind/config.toml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&own).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    assert!(fs::read_to_string(own).unwrap().contains("s3cr%23t%2F"));
}

#[test]
fn a_location_that_is_not_valid_shows_no_password() {
    let mut remote = Remote::at(String::new());
    remote.location = remote.served().join("here").display().to_string();
    assert_eq!(remote.init().code, 0);
    let own = remote.sandbox.path().join("config/unrewind/config.toml");
    let (here, configured) = (remote.location, fs::read_to_string(&own).unwrap());
    let invalid = [
        (
            "rest:https://host:80000/",
            "rest:https://host:80000/ is not a valid URL",
        ),
        (
            "rest:https://cat:s3cr/et@host/",
            "rest:https://***@host/ is not a valid URL",
        ),
        (
            "rest:https://cat:80/s3cr@host/",
            "rest:https://***@host/ is not a valid URL",
        ),
        ("rest:cat:s3cr@host", "rest:***@host is not a valid URL"),
        #[cfg(feature = "archive-s3")]
        (
            "s3:cat:80/s3cr/et@host/bucket",
            "s3:***@host/bucket does not name a bucket",
        ),
    ];
    for (location, what) in invalid {
        let log = remote.sandbox.path().join("log");
        let run = |arguments: &[&str]| {
            let mut command = remote
                .sandbox
                .command(&[&["--log", "log"], arguments].concat());
            command.env("RESTIC_REST_USERNAME", "cat");
            command.env("RESTIC_REST_PASSWORD", "s3cr#t/");
            let ran = Ran::run(command);
            assert_ne!(ran.code, 0, "{arguments:?}: {}", ran.out);
            assert!(ran.err.contains(what), "{arguments:?}: {}", ran.err);
            ran.out + &ran.err
        };
        fs::write(&own, "").unwrap();
        let password = ["--password-file", "password"];
        let mut said = run(&[&["archive", "init", location, "--json"], &password[..]].concat());
        fs::write(&own, configured.replace(&here, location)).unwrap();
        said += &run(&["archive", "list"]);
        said += &run(&["archive", "status", "--json"]);
        said += &run(&["watch", "--once"]);
        said += &fs::read_to_string(&log).unwrap();
        assert!(!said.contains("s3cr"), "{said}");
    }
}

#[test]
fn the_environment_names_the_user_of_a_rest_server() {
    let Some((server, mut remote)) = rest(&[]) else {
        return;
    };
    remote.location = format!("rest:http://{}/", server.at);
    let refused = remote.init();
    assert_eq!(refused.code, 1);
    assert_eq!(
        refused.err.lines().next().unwrap(),
        format!(
            "unrewind: the server of the archive rest:http://{}/ does not accept the user and password",
            server.at
        )
    );
    let mut init = remote.command(&["init", &remote.location, "--password-file", "password"]);
    init.env("RESTIC_REST_USERNAME", "cat");
    init.env("RESTIC_REST_PASSWORD", "s3cr#t/");
    let ran = Ran::run(init);
    assert_eq!((ran.code, &*ran.err), (0, ""));
}

#[test]
fn an_append_only_server_is_found_and_nothing_is_forgotten_there() {
    let Some((_server, remote)) = rest(&["--append-only"]) else {
        return;
    };
    let ran = remote.init();
    assert!(
        ran.out.contains("it refuses deletions: it is append-only"),
        "{}",
        ran.out
    );
    remote.done(&["add", "--all"]);
    let status = remote.done(&["status", "--json"]).json();
    assert_eq!(status["append_only"], true);
    assert_eq!(remote.run(&["forget", "latest", "--yes"]).code, 1);
    // Also one that does not know it hears it from the server.
    let own = remote.sandbox.path().join("config/unrewind/config.toml");
    let text = fs::read_to_string(&own).unwrap();
    fs::write(
        &own,
        text.replace("append_only = true", "append_only = false"),
    )
    .unwrap();
    let before = remote.done(&["list"]).out;
    let refused = remote.run(&["forget", "latest", "--yes"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("refused the request (403 Forbidden)"),
        "{}",
        refused.err
    );
    assert!(refused.err.contains("hint: "), "{}", refused.err);
    assert_eq!(remote.done(&["list"]).out, before);
    remote.done(&["check", "--read-data"]);
}

#[test]
fn a_damaged_snapshot_leaves_nothing_on_an_append_only_server() {
    let Some((_server, remote)) = rest(&["--append-only"]) else {
        return;
    };
    remote.init();
    let snapshot = remote.sandbox.found_named("latest:rewind");
    let mut bytes = fs::read(&snapshot.path).unwrap();
    let place = bytes.windows(4).position(|part| part == b"lamp").unwrap();
    bytes[place] = b'L';
    fs::write(&snapshot.path, bytes).unwrap();
    let refused = remote.run(&["add", &snapshot.name()]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("its checksum is"), "{}", refused.err);
    assert_eq!(
        remote.done(&["list", "--json"]).json(),
        serde_json::json!([])
    );
}

#[test]
fn restic_reads_what_is_on_the_server_and_its_backups_are_listed() {
    let Some((_server, remote)) = rest(&[]) else {
        return;
    };
    remote.init();
    let snapshot = remote.sandbox.found_named("latest:rewind");
    remote.done(&["add", &snapshot.name()]);
    let restic = |arguments: &[&str]| {
        let mut command = Command::new("restic");
        command
            .args(["--no-cache", "--repo", &remote.location])
            .args(arguments);
        command.env("RESTIC_PASSWORD", "open sesame").output()
    };
    let Ok(checked) = restic(&["check", "--read-data"]) else {
        eprintln!("restic is not installed: not tried with it");
        return;
    };
    assert!(
        checked.status.success(),
        "{}",
        String::from_utf8_lossy(&checked.stderr)
    );
    let path = snapshot.path.canonicalize().unwrap();
    let dumped = restic(&["dump", "latest", path.to_str().unwrap()]).unwrap();
    assert_eq!(dumped.stdout, fs::read(&snapshot.path).unwrap());
    let data = remote.sandbox.data().canonicalize().unwrap();
    assert!(
        restic(&["backup", data.to_str().unwrap()])
            .unwrap()
            .status
            .success()
    );
    let listed = remote.done(&["list", "--json"]).json();
    let names: Vec<&str> = listed
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| one["snapshot"].as_str())
        .collect();
    for snapshot in remote.sandbox.list() {
        assert!(names.contains(&&*snapshot.name()), "{names:?}");
    }
}
