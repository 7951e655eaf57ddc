//! The watch as a running program.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
    time::Duration,
};

use chrono::Utc;
use unrewind::core::Kind;

use super::events;
use crate::{
    crash::kill::{Writer, bytes_written, kills},
    rng::Rng,
    sandbox::{Ran, Sandbox, at},
};

/// How long a wait for a line lasts: far beyond what a loaded machine needs.
const PATIENCE: Duration = Duration::from_mins(2);

/// A running watch, and its lines without their times.
pub struct Running {
    child: Child,
    pub lines: Receiver<String>,
}

impl Running {
    pub fn start(sandbox: &Sandbox) -> Self {
        Self::start_with(sandbox, &["watch"], &[])
    }

    pub fn start_with(sandbox: &Sandbox, words: &[&str], envs: &[(&str, &str)]) -> Self {
        let mut command = sandbox.command(words);
        command.envs(envs.iter().copied());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    let (time, text) = line.split_once(' ').unwrap();
                    let _: chrono::DateTime<Utc> = time.parse().unwrap();
                    let _ = sender.send(text.to_owned());
                }
            });
        }
        Self { child, lines }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The next line.
    #[track_caller]
    fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line")
    }

    #[track_caller]
    pub fn expect_line(&self, beginning: &str) -> String {
        let line = self.line();
        assert!(line.starts_with(beginning), "{line}");
        line
    }

    /// Awaits a line with each of these beginnings, in any order; returns all lines until then.
    #[track_caller]
    pub fn await_lines(&self, beginnings: &[&str]) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let is_there = |lines: &[String], beginning: &str| {
            lines.iter().any(|line| line.starts_with(beginning))
        };
        while !beginnings.iter().all(|one| is_there(&lines, one)) {
            let next = self.lines.recv_timeout(PATIENCE);
            lines.push(next.unwrap_or_else(|_| panic!("{beginnings:?} after {lines:?}")));
        }
        lines
    }

    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("sh")
            .args(["-c", r#"kill -s "$0" "$1""#, name, &pid])
            .status();
        assert!(status.unwrap().success());
    }

    /// Sends the signal; returns the remaining lines and the exit code.
    pub fn stop(mut self, name: &str) -> (Vec<String>, Option<i32>) {
        self.signal(name);
        let status = self.child.wait().unwrap();
        (self.lines.iter().collect(), status.code())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The test may have failed already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_watch_takes_due_snapshots_and_stops_with_0() {
    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox);
    running.expect_line("watching data/snapshots");
    let first = running.expect_line("took periodic/");
    assert!(
        first.ends_with(": there is no periodic snapshot yet"),
        "{first}"
    );
    assert!(first.contains("last event 2)"), "{first}");
    events(&sandbox, 100);
    let second = running.expect_line("took periodic/");
    assert!(
        second.contains("since the newest periodic snapshot"),
        "{second}"
    );
    assert_eq!(running.stop("TERM"), (vec!["stopped".to_owned()], Some(0)));
    assert_eq!(sandbox.list().len(), 2);
    let left = fs::read_dir(sandbox.data().join("snapshots")).unwrap();
    assert_eq!(
        left.count(),
        2,
        "only the folders of periodic snapshots and of schemas"
    );
}

#[test]
fn a_second_watch_is_refused_and_names_the_first() {
    let sandbox = Sandbox::new();
    let running = Running::start(&sandbox);
    running.expect_line("watching");
    let message = format!(
        "unrewind: another `unrewind watch` (process {}) already watches data/snapshots\n\
         hint: one is enough; to replace it, stop it first\n",
        running.child.id()
    );
    for arguments in [&["watch"][..], &["watch", "--once"]] {
        let ran = sandbox.run(arguments);
        assert_eq!((ran.code, &*ran.err), (1, &*message));
    }
    running.expect_line("took");
    assert_eq!(running.stop("INT").1, Some(0));
}

#[test]
fn the_watch_survives_a_missing_database_or_folder() {
    let mut sandbox = Sandbox::new();
    let running = Running::start(&sandbox);
    running.expect_line("watching");
    running.expect_line("took");
    let away = sandbox.path().join("away");
    for path in [sandbox.db(), sandbox.data()] {
        fs::rename(&path, &away).unwrap();
        // The watch notices when something in the folder changes, or after a minute.
        let gone = running.expect_line("");
        assert!(gone.ends_with("; trying again"), "{gone}");
        fs::rename(&away, &path).unwrap();
        running.expect_line("working again after ");
        events(&sandbox, 100);
        running.expect_line("took periodic/");
    }
    // Another file replaces the database.
    let copy = sandbox.path().join("copy.db");
    sandbox.sql(&format!("VACUUM INTO '{}'", copy.display()));
    let other = rusqlite::Connection::open(&copy).unwrap();
    for _ in 0..100 {
        crate::chat::event(
            &other,
            "message",
            &serde_json::json!({ "chat": 1, "text": "Hello?" }),
        );
    }
    drop(other);
    // The application ends, because its write-ahead log belongs to the old file.
    sandbox.app = rusqlite::Connection::open_in_memory().unwrap();
    fs::rename(&copy, sandbox.db()).unwrap();
    running.expect_line("took periodic/");
    assert_eq!(running.stop("TERM").1, Some(0));
}

#[test]
fn watch_once_takes_and_prunes_what_is_due() {
    let mut sandbox = Sandbox::new();
    let once = |sandbox: &Sandbox| sandbox.run(&["watch", "--once"]);
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    assert!(ran.out.contains(" took periodic/"), "{}", ran.out);
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.out, &*ran.err), (0, "", ""));
    sandbox.take(Kind::Rewind, at(0));
    let ran = once(&sandbox);
    let deleted = " deleted rewind/20210314T120000Z (816 B): older than 14 d\n";
    assert!(ran.out.ends_with(deleted), "{}", ran.out);
    sandbox.quit();
    fs::remove_file(sandbox.db()).unwrap();
    let ran = once(&sandbox);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err
            .starts_with("unrewind: there is no database data/chat.db"),
        "{}",
        ran.err
    );
    let nowhere = Ran::run(sandbox.command(&["watch", "--data-dir", "nowhere"]));
    assert_eq!(nowhere.code, 1);
    assert!(!sandbox.path().join("nowhere").exists());
}

#[test]
fn a_watch_stopped_during_a_take_leaves_nothing_unfinished() {
    let sandbox = Sandbox::with_waves(20_000);
    let running = Running::start(&sandbox);
    running.expect_line("watching");
    while !sandbox.files().iter().any(|name| name.contains("draft")) && sandbox.list().is_empty() {
        thread::yield_now();
    }
    assert_eq!(running.stop("TERM").1, Some(0));
    let files = sandbox.files();
    assert!(
        files.iter().all(|name| name.ends_with(".json")),
        "{files:?}"
    );
    assert!(!sandbox.data().join("snapshots/.unrewind-watch").exists());
}

#[test]
fn a_watch_killed_repeatedly_keeps_the_policy() {
    let sandbox = Sandbox::with_waves(20_000);
    let config = sandbox.path().join("config/unrewind");
    fs::create_dir_all(&config).unwrap();
    let often = "[periodic]\nkeep = 2\ndue_events = 1\n[database]\nbusy_timeout = \"1m\"\n";
    fs::write(config.join("config.toml"), often).unwrap();
    let mut writer = Writer::new(&sandbox);
    writer.go();
    for seed in 0..kills(1, 5) {
        let mut rng = Rng::new(seed);
        let running = Running::start(&sandbox);
        running.expect_line("watching");
        let bytes = rng.below(6_000_000);
        while bytes_written(&sandbox) < bytes {
            thread::yield_now();
            if running
                .lines
                .try_recv()
                .is_ok_and(|line| line.starts_with("took"))
            {
                break;
            }
        }
        running.signal("KILL");
    }
    writer.stop();
    sandbox.let_time_pass();
    for _ in 0..3 {
        events(&sandbox, 1);
        let ran = sandbox.run(&["watch", "--once"]);
        assert_eq!((ran.code, &*ran.err), (0, ""));
    }
    let files = sandbox.files();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(
        files.iter().all(|name| name.ends_with(".json")),
        "{files:?}"
    );
    assert!(
        sandbox
            .list()
            .iter()
            .all(unrewind::core::Snapshot::is_intact)
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_watch_without_file_descriptors_ends_with_an_error() {
    let sandbox = Sandbox::rewound();
    let ends = |most: usize| {
        let mut command = std::process::Command::new("prlimit");
        let program = sandbox.command(&["watch", "--once"]);
        command
            .arg(format!("--nofile={most}"))
            .arg(program.get_program())
            .args(program.get_args())
            .current_dir(sandbox.path());
        command.output().map(|output| output.status.code())
    };
    let Ok(few) = ends(5) else {
        // prlimit is not installed.
        return;
    };
    assert_eq!(few, Some(1));
    assert_eq!(ends(64).unwrap(), Some(0));
}

#[test]
fn the_lock_file_of_a_watch_that_could_not_delete_it_blocks_nobody() {
    let sandbox = Sandbox::new();
    sandbox.take(Kind::Periodic, at(0));
    let lock = sandbox.data().join("snapshots/.unrewind-watch");
    fs::write(&lock, "1\n").unwrap();
    let status = sandbox.run(&["status"]);
    assert_eq!(status.code, 0, "{status:?}");
    assert!(
        status.out.contains("watch: none is running\n"),
        "{status:?}"
    );
    let ran = sandbox.run(&["watch", "--once"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!lock.exists());
}
