//! Kills the program after it has written so many bytes, while another application may write.

use std::{
    ffi::OsStr,
    fs,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use crate::sandbox::Sandbox;

/// This share of the kills: `UNREWIND_KILLS` is the whole, 30 by default.
pub fn kills(share: u64, of: u64) -> u64 {
    let kills =
        std::env::var("UNREWIND_KILLS").map_or(30, |kills| kills.parse().expect("a number"));
    (kills * share).div_ceil(of)
}

/// The rounds of a test that kills: so many, and more until one was killed before it ended by itself.
#[derive(Debug)]
pub struct Rounds {
    least: u64,
    done: u64,
    /// How many were killed.
    pub killed: u64,
}

impl Rounds {
    const MORE: u64 = 50;

    /// This share of the kills.
    pub fn of(share: u64, of: u64) -> Self {
        Self {
            least: kills(share, of),
            done: 0,
            killed: 0,
        }
    }

    /// Returns the seed of the next round; `None` after the last.
    pub fn seed(&mut self) -> Option<u64> {
        if self.done >= self.least && self.killed > 0 {
            return None;
        }
        let seed = self.done;
        assert!(
            seed < self.least + Self::MORE,
            "no round was killed in time"
        );
        self.done += 1;
        Some(seed)
    }

    /// Counts how a round ended.
    pub fn count(&mut self, ended: &Ended) {
        self.killed += u64::from(ended.killed());
    }
}

/// When to kill: once the program has written `bytes`, and has been polled `polls` times more.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub bytes: u64,
    pub polls: u64,
}

impl Moment {
    pub const NEVER: Self = Self {
        bytes: u64::MAX,
        polls: 0,
    };
}

/// How the program ended, and how many bytes it had written.
pub struct Ended {
    pub status: ExitStatus,
    pub bytes: u64,
    kill_sent: bool,
}

impl Ended {
    /// Whether it was killed.
    pub fn killed(&self) -> bool {
        // On Windows a kill is an exit code.
        self.status.code().is_none()
            || (cfg!(windows) && self.kill_sent && self.status.code() == Some(1))
    }
}

/// Runs the program, polls how much it has written, and kills it at the moment.
pub fn run_until(mut command: Command, moment: Moment, mut bytes: impl FnMut() -> u64) -> Ended {
    let mut child: Child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut most, mut polls, mut kill_sent) = (0, moment.polls, false);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ended {
                status,
                bytes: most.max(bytes()),
                kill_sent,
            };
        }
        most = most.max(bytes());
        if most >= moment.bytes {
            if polls == 0 {
                child.kill().unwrap();
                kill_sent = true;
            }
            polls = polls.saturating_sub(1);
        }
        thread::yield_now();
    }
}

/// The bytes in the snapshot folders and in SQLite's files beside the database.
///
/// The files are only listed: on Windows whoever asks for the length of one file opens it, and the journal cannot go while
/// it is open, so that the application's commit fails.
pub fn bytes_written(sandbox: &Sandbox) -> u64 {
    let lengths = |folder: &str, counts: fn(&OsStr) -> bool| -> u64 {
        let entries = fs::read_dir(sandbox.data().join(folder)).into_iter();
        let counted = entries
            .flatten()
            .flatten()
            .filter(|entry| counts(&entry.file_name()));
        counted
            .filter_map(|entry| Some(entry.metadata().ok()?.len()))
            .sum()
    };
    let beside = |name: &OsStr| name == "chat.db-wal" || name == "chat.db-journal";
    lengths("snapshots/rewind", |_| true)
        + lengths("snapshots/periodic", |_| true)
        + lengths("", beside)
}

/// The mark of the rows that the other application writes.
pub const WRITTEN: &str = "written";

/// An application that writes an event and a memory at a time until it is stopped.
pub struct Writer {
    goes: Option<SyncSender<()>>,
    stops: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Writer {
    /// A writer that waits for `go`.
    pub fn new(sandbox: &Sandbox) -> Self {
        let (goes, may_go) = sync_channel(1);
        let stops = Arc::<AtomicBool>::default();
        let connection = Connection::open(sandbox.db()).unwrap();
        connection.busy_timeout(Duration::from_secs(30)).unwrap();
        connection
            .pragma_update(None, "synchronous", false)
            .unwrap();
        let must_stop = Arc::clone(&stops);
        let thread = thread::spawn(move || {
            if may_go.recv().is_ok() {
                while !must_stop.load(Ordering::SeqCst) {
                    write(&connection);
                }
            }
        });
        Self {
            goes: Some(goes),
            stops,
            thread,
        }
    }

    pub fn go(&mut self) {
        if let Some(goes) = self.goes.take() {
            goes.send(()).unwrap();
        }
    }

    pub fn stop(self) {
        self.stops.store(true, Ordering::SeqCst);
        drop(self.goes);
        self.thread.join().unwrap();
    }
}

/// Writes an event and a memory in one transaction.
fn write(app: &Connection) {
    let sql = format!(
        "BEGIN IMMEDIATE;
         INSERT INTO event_log (ts, kind, payload_json) VALUES ('2021', '{WRITTEN}', '{{}}');
         INSERT INTO memories (chat_id, text, created_at) VALUES (1, 'noted', '{WRITTEN}');
         COMMIT"
    );
    app.execute_batch(&sql).unwrap();
}
