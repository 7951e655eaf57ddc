//! The hooks of a watch: each is called with what happened, and one that fails, hangs or is missing harms nothing.

use std::{
    fs,
    io::{Read, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use serde_json::Value as Json;
use unrewind::core::Kind;

use super::{events, program::Running};
use crate::sandbox::{Sandbox, age, at};

/// Sets the user's own configuration.
fn configure(sandbox: &Sandbox, text: &str) {
    let folder = sandbox.path().join("config/unrewind");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("config.toml"), text).unwrap();
}

/// A pipe on which a hook reports, so that a test can wait for it.
struct Reports(PathBuf);

impl Reports {
    fn new(sandbox: &Sandbox) -> Self {
        let path = sandbox.path().join("reports");
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        Self(path)
    }

    /// A hook that writes what it got to the pipe.
    fn hook(&self) -> String {
        let path = self.0.display();
        format!("['/bin/sh', '-c', 'cat > {path}']")
    }

    /// Waits for the next reports.
    fn next_all(&self) -> Vec<Json> {
        let text = fs::read_to_string(&self.0).unwrap();
        let report = |line| serde_json::from_str(line).unwrap();
        text.lines().map(report).collect()
    }

    /// Waits for the next report.
    fn next(&self) -> Json {
        self.next_all().remove(0)
    }
}

#[test]
fn a_success_is_reported_with_the_snapshot_that_was_taken() {
    let sandbox = Sandbox::new();
    let reports = Reports::new(&sandbox);
    configure(
        &sandbox,
        &format!("hooks.on_success = {}\n", reports.hook()),
    );
    let running = Running::start(&sandbox);
    let report = reports.next();
    let newest = sandbox.found_named("latest");
    assert_eq!(report["event"], "success");
    assert_eq!(report["took"], newest.name());
    assert_eq!(report["message"], format!("took {}", newest.name()));
    assert_eq!(report["snapshots"], 1);
    assert_eq!(report["newest_seconds"], newest.taken_at().timestamp());
    let data = sandbox.data().canonicalize().unwrap();
    assert_eq!(report["data_dir"], data.display().to_string());
    assert_eq!(running.stop("TERM").1, Some(0));
}

#[test]
fn a_rewind_of_the_application_is_reported_at_once() {
    let sandbox = Sandbox::new();
    let last = sandbox.event("Is the lamp still burning?");
    let reports = Reports::new(&sandbox);
    let successes = sandbox.path().join("successes");
    let hooks = format!(
        "hooks.on_rewind = {}\nhooks.on_success = ['/bin/sh', '-c', 'cat >> {}']\n",
        reports.hook(),
        successes.display()
    );
    configure(&sandbox, &hooks);
    let running = Running::start(&sandbox);
    running.await_lines(&["took periodic/"]);
    events(&sandbox, 3);
    crate::chat::rewind(&sandbox.app, last);
    let report = reports.next();
    assert_eq!(
        (&report["event"], &report["events"]),
        (&"rewind".into(), &3.into())
    );
    let message = report["message"].as_str().unwrap();
    assert!(
        message.starts_with("3 events were rewound ") && message.ends_with(": `unrewind recover`"),
        "{message}"
    );
    running.expect_line("3 events were rewound ");
    assert_eq!(running.stop("TERM").1, Some(0));
    // A rewind is no success; the snapshot before it was.
    let successes = fs::read_to_string(successes).unwrap();
    assert_eq!(successes.lines().count(), 1, "{successes}");
}

#[test]
fn a_restore_is_no_rewind() {
    let sandbox = Sandbox::new();
    let last = sandbox.event("Is the lamp still burning?");
    events(&sandbox, 3);
    assert_eq!(sandbox.run(&["take"]).code, 0);
    crate::chat::rewind(&sandbox.app, last);
    let running = Running::start(&sandbox);
    running.await_lines(&["took periodic/"]);
    assert_eq!(sandbox.run(&["recover", "--yes"]).code, 0);
    assert_eq!(sandbox.run(&["undo", "--yes"]).code, 0);
    events(&sandbox, 100);
    let lines = running.await_lines(&["took periodic/"]);
    assert!(
        lines.iter().all(|line| !line.contains("rewound")),
        "{lines:?}"
    );
    assert_eq!(running.stop("TERM").1, Some(0));
}

#[test]
fn a_failure_and_an_old_snapshot_are_reported() {
    let sandbox = Sandbox::new();
    let taken = sandbox.take(Kind::Periodic, at(0));
    let reports = Reports::new(&sandbox);
    let hook = reports.hook();
    configure(
        &sandbox,
        &format!("hooks.on_failure = {hook}\nhooks.on_stale = {hook}\nwatch.stale_after = '1h'\n"),
    );
    let status = sandbox.run(&["status", "--json"]);
    assert_eq!(
        (status.code, &status.json()["stale"]),
        (0, &false.into()),
        "nothing has changed"
    );
    sandbox.event("Hello?");
    let status = sandbox.run(&["status", "--json"]);
    assert_eq!((status.code, &status.json()["stale"]), (1, &true.into()));
    // A folder in which nothing can be written.
    let folder = taken.path.parent().unwrap().to_owned();
    let away = sandbox.path().join("away");
    fs::rename(&folder, &away).unwrap();
    std::os::unix::fs::symlink("/proc/self", &folder).unwrap();
    let running = Running::start(&sandbox);
    let mut seen = Vec::new();
    while !["failure", "stale"]
        .iter()
        .all(|event| seen.contains(event))
    {
        for report in reports.next_all() {
            seen.push(if report["event"] == "stale" {
                "stale"
            } else {
                "failure"
            });
            let message = report["message"].as_str().unwrap();
            assert!(message.contains("periodic"), "{message}");
        }
    }
    drop(running);
    fs::remove_file(&folder).unwrap();
    fs::rename(&away, &folder).unwrap();
    age(&taken.path, at(0));
}

#[test]
fn hooks_that_fail_hang_or_are_missing_harm_nothing() {
    let sandbox = Sandbox::new();
    let hooks = [
        (
            "['/bin/sh', '-c', 'echo broken >&2; exit 3']",
            "failed (exit status: 3): broken",
        ),
        ("['/none/of/these']", "cannot be started: "),
        ("['/bin/sh', '-c', 'read line < /dev/tty']", ""),
    ];
    for (hook, said) in hooks {
        configure(&sandbox, &format!("hooks.on_success = {hook}\n"));
        let ran = sandbox.run(&["watch", "--once"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
        let report = format!("! the hook on_success {said}");
        assert!(ran.out.contains(&report), "{}", ran.out);
    }
    // The watch goes on while a hook hangs, and ends it when it is stopped.
    configure(
        &sandbox,
        "hooks.on_success = ['/bin/sh', '-c', 'sleep 1000']\n",
    );
    let running = Running::start(&sandbox);
    running.expect_line("watching");
    let mut lines = Vec::new();
    for _ in 0..3 {
        events(&sandbox, 100);
        lines.extend(running.await_lines(&["took periodic/"]));
    }
    let (last, code) = running.stop("TERM");
    lines.extend(last);
    let report = "! the hook on_success did not end in time, and was ended".to_owned();
    assert!(lines.contains(&report), "{lines:?}");
    assert_eq!(code, Some(0));
}

#[test]
fn hooks_of_a_data_folder_are_ignored() {
    let sandbox = Sandbox::new();
    let own =
        "hooks.on_success = ['/bin/sh', '-c', 'touch called']\n[[workspace]]\ndata_dir = '/'\n";
    fs::write(sandbox.data().join("unrewind.toml"), own).unwrap();
    let ran = sandbox.run(&["watch", "--once"]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.err
            .contains("[watch], [hooks] and [[workspace]], which are yours"),
        "{}",
        ran.err
    );
    assert!(!sandbox.path().join("called").exists());
    for wrong in [
        "hooks.on_failure = ['bin/x']\n",
        "[[workspace]]\ndata_dir = 'data'\n",
    ] {
        configure(&sandbox, wrong);
        let ran = sandbox.run(&["status"]);
        assert_eq!(ran.code, 2, "{wrong}");
        assert!(ran.err.contains("absolute path"), "{}", ran.err);
    }
}

/// The example in the document below this heading, as a program.
fn example(sandbox: &Sandbox, heading: &str) -> PathBuf {
    let document = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/hooks.md");
    let text = fs::read_to_string(document).unwrap();
    let (_, text) = text.split_once(&format!("## {heading}\n")).unwrap();
    let (_, script) = text.split_once("```sh\n").unwrap();
    let (script, _) = script.split_once("```").unwrap();
    let path = sandbox.path().join("example");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// Runs a watch once with the example as the hook for success and failure.
fn watch_once(sandbox: &Sandbox, example: &Path, envs: &[(&str, &str)]) -> String {
    let hook = example.display();
    configure(
        sandbox,
        &format!("[hooks]\non_success = ['{hook}']\non_failure = ['{hook}']\n"),
    );
    let mut command = sandbox.command(&["watch", "--once"]);
    command.env("PATH", std::env::var_os("PATH").unwrap());
    command.envs(envs.iter().copied());
    let output = command.output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_example_of_a_ping_reaches_a_server() {
    let mut sandbox = Sandbox::new();
    if Command::new("curl").arg("--version").output().is_err() {
        return;
    }
    let example = example(&sandbox, "A ping, as for healthchecks.io");
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/uuid", server.local_addr().unwrap());
    let requests = thread::spawn(move || {
        let answer = |stream: std::io::Result<std::net::TcpStream>| {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let mut length = 0;
            // The body is in the request at once, or in the next part.
            while !String::from_utf8_lossy(&request[..length]).contains("periodic")
                && !String::from_utf8_lossy(&request[..length]).contains("database")
            {
                length += stream.read(&mut request[length..]).unwrap();
            }
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        };
        server.incoming().take(2).map(answer).collect::<Vec<_>>()
    });
    let out = watch_once(&sandbox, &example, &[("PING_URL", &url)]);
    assert!(!out.contains("hook"), "{out}");
    sandbox.quit();
    fs::remove_file(sandbox.db()).unwrap();
    watch_once(&sandbox, &example, &[("PING_URL", &url)]);
    let requests = requests.join().unwrap();
    assert!(
        requests[0].starts_with("POST /uuid HTTP"),
        "{}",
        requests[0]
    );
    assert!(requests[0].contains("took periodic/"), "{}", requests[0]);
    assert!(
        requests[1].starts_with("POST /uuid/fail HTTP"),
        "{}",
        requests[1]
    );
    assert!(
        requests[1].contains("there is no database"),
        "{}",
        requests[1]
    );
}

#[test]
fn the_example_of_a_notification_gets_the_message() {
    let sandbox = Sandbox::new();
    let example = example(&sandbox, "Desktop notification");
    // A program of that name that shows what it is given.
    let bin = sandbox.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let (program, shown) = (bin.join("notify-send"), sandbox.path().join("shown"));
    let script = format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{}'\n", shown.display());
    fs::write(&program, script).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let out = watch_once(&sandbox, &example, &[("PATH", &path)]);
    assert!(!out.contains("hook"), "{out}");
    let name = sandbox.found_named("latest").name();
    let expected = format!("--urgency=critical\nUnrewind\ntook {name}\n");
    assert_eq!(fs::read_to_string(shown).unwrap(), expected);
}

#[test]
fn the_example_of_metrics_writes_a_file_for_the_collector() {
    let sandbox = Sandbox::new();
    let example = example(&sandbox, "Metrics for Prometheus");
    let metrics = sandbox.path().join("metrics");
    fs::create_dir(&metrics).unwrap();
    let folder = metrics.display().to_string();
    let out = watch_once(&sandbox, &example, &[("METRICS_DIR", &folder)]);
    assert!(!out.contains("hook"), "{out}");
    let files: Vec<_> = fs::read_dir(&metrics)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].extension().unwrap(), "prom");
    let text = fs::read_to_string(&files[0]).unwrap();
    let taken = sandbox.found_named("latest").taken_at().timestamp();
    let newest = format!(
        "unrewind_newest_snapshot_timestamp_seconds{{data_dir=\"{}\"}} {taken}\n",
        sandbox.data().canonicalize().unwrap().display()
    );
    assert!(text.contains(&newest), "{text}");
    assert!(
        text.contains("\nunrewind_last_success_timestamp_seconds{"),
        "{text}"
    );
}
