//! Killing the program at a moment that is told by how far it got, and an application that writes
//! meanwhile.

use std::{
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

/// How many kills this share of the whole is: `UNREWIND_KILLS` is the whole, 30 if it is not set.
pub fn kills(share: u64, of: u64) -> u64 {
    let kills =
        std::env::var("UNREWIND_KILLS").map_or(30, |kills| kills.parse().expect("a number"));
    (kills * share).div_ceil(of)
}

/// When to kill: once the program got this far, and was looked at so many times more.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub far: u64,
    pub looks: u64,
}

impl Moment {
    pub const NEVER: Self = Self {
        far: u64::MAX,
        looks: 0,
    };
}

/// How the program ended, and how far it got.
pub struct Ended {
    pub status: ExitStatus,
    pub far: u64,
}

impl Ended {
    /// Whether it was killed.
    pub fn killed(&self) -> bool {
        self.status.code().is_none()
    }
}

/// Runs the program, watches how far it gets, and kills it at the moment.
pub fn run_until(mut command: Command, moment: Moment, mut far: impl FnMut() -> u64) -> Ended {
    let mut child: Child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut farthest, mut looks) = (0, moment.looks);
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ended {
                status,
                far: farthest.max(far()),
            };
        }
        farthest = farthest.max(far());
        if farthest >= moment.far {
            if looks == 0 {
                child.kill().unwrap();
            }
            looks = looks.saturating_sub(1);
        }
        thread::yield_now();
    }
}

/// How many bytes the snapshot folders and what SQLite keeps beside the database hold.
pub fn bytes_written(sandbox: &Sandbox) -> u64 {
    let folders =
        ["snapshots/rewind", "snapshots/periodic"].map(|folder| sandbox.data().join(folder));
    let entries = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten());
    let beside = ["chat.db-wal", "chat.db-journal"].map(|name| sandbox.data().join(name));
    let paths = entries.flatten().map(|entry| entry.path()).chain(beside);
    paths
        .filter_map(|path| Some(fs::metadata(path).ok()?.len()))
        .sum()
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
    /// A writer that waits until it may begin.
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
