//! A snapshot as a file: its kind, its stamp, what its first and last kilobytes show, and its
//! contents once opened.

mod contents;
mod damage;
mod id;
mod latest;

use std::{
    cmp::Reverse,
    fmt,
    fs::{self, File, Metadata},
    io::{self, Read},
    path::PathBuf,
    str::FromStr,
    sync::Arc,
};

use chrono::{DateTime, Datelike, NaiveDate, SubsecRound, TimeDelta, Timelike, Utc};

use crate::core::{
    base::{
        clock,
        error::{Error, Result},
        regular::{Links, open_known},
    },
    file::{
        json::{self, Head, Section, Tail},
        note::{Awaiting, Note, Problem, Verified},
        pin,
    },
};

pub use contents::Contents;
pub(crate) use contents::{Keys, sum};
pub use damage::Damage;
pub use id::{Id, NoId, Origin};
pub use latest::Latest;

/// What a snapshot was taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Taken before something destructive.
    Rewind,
    /// Taken regularly; the application's next start begins from the newest.
    Periodic,
}

impl Kind {
    /// Both kinds.
    pub const ALL: [Self; 2] = [Self::Rewind, Self::Periodic];

    /// Returns the kind's name, which is also its folder's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rewind => "rewind",
            Self::Periodic => "periodic",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The UTC time in a snapshot's file name, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(DateTime<Utc>);

impl Stamp {
    /// Returns the stamp of a point in time.
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(time.trunc_subsecs(0))
    }

    /// Returns the point in time.
    pub fn time(self) -> DateTime<Utc> {
        self.0
    }

    /// Returns the stamp one second later; `None` after the last that fits a name.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        const YEARS: i32 = 10_000;
        let next = self.0 + TimeDelta::seconds(1);
        (next.year() < YEARS).then_some(Self(next))
    }

    /// Returns when a file with this stamp was written: its modification time if that is in this
    /// second, or before it because the stamp is ahead of the clock. A copied file's is later.
    pub(crate) fn written(self, modified: DateTime<Utc>) -> DateTime<Utc> {
        if modified < self.0 + TimeDelta::seconds(1) {
            modified
        } else {
            self.0
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0.year() * 10_000 + (self.0.month() * 100 + self.0.day()).cast_signed();
        let time = self.0.hour() * 10_000 + self.0.minute() * 100 + self.0.second();
        write!(f, "{date:08}T{time:06}Z")
    }
}

/// The text is not a stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a stamp is written YYYYMMDDTHHMMSSZ")]
pub struct NoStamp;

impl FromStr for Stamp {
    type Err = NoStamp;

    fn from_str(text: &str) -> Result<Self, NoStamp> {
        let stamp = || {
            let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
            if (date.len(), time.len()) != (8, 6) {
                return None;
            }
            let [year, month, day] = [0..4, 4..6, 6..8].map(|place| number(date.get(place)?));
            let [hour, minute, second] = [0..2, 2..4, 4..6].map(|place| number(time.get(place)?));
            let date = NaiveDate::from_ymd_opt(year?.cast_signed(), month?, day?)?;
            Some(Self(date.and_hms_opt(hour?, minute?, second?)?.and_utc()))
        };
        stamp().ok_or(NoStamp)
    }
}

fn number(digits: &str) -> Option<u32> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// Where a snapshot is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StoredIn {
    /// In the data folder, or at the path that a user named.
    #[default]
    Folder,
    /// Only in the archive: its path is where it will be unpacked.
    Archive,
    /// In the data folder and in the archive.
    Both,
}

/// A snapshot as lists show it, from its name, its metadata and a few kilobytes of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Its name; `None` for a file elsewhere, under any name.
    pub id: Option<Id>,
    /// The file.
    pub path: PathBuf,
    /// The file's size in bytes.
    pub size: u64,
    /// When the file was last written.
    pub modified: DateTime<Utc>,
    /// The highest event id at the time of the snapshot; `None` if the first and last kilobytes of
    /// the file do not show it.
    pub last_event_id: Option<i64>,
    /// Why the file is not a whole snapshot, as far as its first and last kilobytes show.
    pub damage: Option<Damage>,
    /// Whether it is pinned, so that no pruning deletes it.
    pub pinned: bool,
    /// Why its pin could not replace it, as far as the pin's first and last kilobytes show.
    pub pin_damage: Option<Damage>,
    /// Whether its tables come from a restore in which the event log took no part.
    pub off_log: bool,
    /// Unrewind's note on it.
    pub note: Note,
    /// Where it is.
    pub stored_in: StoredIn,
    /// The beginning of its last sentence, if the archive noted that.
    pub sentence: Option<String>,
}

impl Snapshot {
    /// Returns whether it is a safety snapshot whose note is missing or cannot be read, so it is unknown
    /// which restore it was taken for.
    pub fn has_lost_its_note(&self) -> bool {
        let is_safety = self.id.is_some_and(|id| id.origin == Origin::Safety);
        let note = &self.note;
        is_safety && note.restore.is_none() && (note.unreadable || note.checksum.is_none())
    }

    /// Bytes read at each end of a file.
    const PROBE: usize = 4096;
    /// Bytes read first, which usually suffice.
    const GLANCE: usize = 256;

    /// Inspects a file, which may be damaged, unreadable or a link. Fails if there is no such file.
    pub fn inspect(path: PathBuf, id: Option<Id>) -> Result<Self> {
        let (opened, metadata) = match open_known(&path, Links::Refuse) {
            Ok((file, metadata)) => (Ok(file), Ok(metadata)),
            Err(error) => (Err(error), fs::symlink_metadata(&path)),
        };
        let metadata = metadata.map_err(Error::io("open", &path))?;
        let modified = metadata
            .modified()
            .map_or(DateTime::UNIX_EPOCH, clock::time);
        let mut snapshot = Self {
            id,
            path,
            size: metadata.len(),
            modified,
            last_event_id: None,
            damage: None,
            pinned: false,
            pin_damage: None,
            off_log: false,
            note: Note::default(),
            stored_in: StoredIn::Folder,
            sentence: None,
        };
        if let Some(what) = other_than_file(&metadata) {
            snapshot.damage = Some(Damage::Bytes(what.to_owned()));
        } else if let Err(error) = opened.and_then(|file| snapshot.probe(file)) {
            snapshot.damage = Some(Damage::unread(&error));
        }
        Ok(snapshot)
    }

    /// Returns whether only the archive holds it.
    pub fn is_only_archived(&self) -> bool {
        self.stored_in == StoredIn::Archive
    }

    /// Describes a snapshot that is yet to be taken.
    pub(crate) fn awaited(id: Id) -> Self {
        let modified = id.stamp.time();
        let (path, size, last_event_id, damage) = (PathBuf::new(), 0, None, None);
        Self {
            id: Some(id),
            path,
            size,
            modified,
            last_event_id,
            damage,
            pinned: false,
            pin_damage: None,
            off_log: false,
            note: Note::default(),
            stored_in: StoredIn::Folder,
            sentence: None,
        }
    }

    fn probe(&mut self, file: File) -> io::Result<()> {
        let file = Arc::new(file);
        let mut buffer = [0; Self::PROBE];
        let mut first = |most| read(&file, 0, &mut buffer[..most]).map(json::head);
        let mut head = first(Self::GLANCE)?;
        if !matches!(head, Head::LastEventId(_)) {
            head = first(Self::PROBE)?;
        }
        match head {
            Head::Wrong(reason) => self.damage = Some(Damage::Bytes(reason.to_owned())),
            Head::LastEventId(id) => self.last_event_id = Some(id),
            Head::Object => {}
        }
        let mut last = |most| {
            let start = self.size.saturating_sub(most as u64);
            read(&file, start, &mut buffer[..most]).map(json::tail)
        };
        let is_whole = last(Self::GLANCE)? == Tail::Whole || last(Self::PROBE)? != Tail::CutShort;
        if self.damage.is_none() && !is_whole {
            self.damage = Some(Damage::Bytes("cut short".to_owned()));
        }
        Ok(())
    }

    /// Returns when it was taken: its stamp, else the time the file was written.
    pub fn taken_at(&self) -> DateTime<Utc> {
        self.id.map_or(self.modified, |id| id.stamp.time())
    }

    /// Returns its kind, if its name shows it.
    pub fn kind(&self) -> Option<Kind> {
        self.id.map(|id| id.kind)
    }

    /// Returns whether the file seems whole.
    pub fn is_intact(&self) -> bool {
        self.damage.is_none()
    }

    /// Returns whether its path is a regular file; Unrewind never deletes anything else.
    pub(crate) fn is_file(&self) -> bool {
        !matches!(&self.damage, Some(Damage::Bytes(what)) if [NO_FILE, LINK].contains(&&**what))
    }

    /// Returns `kind/name`, or the path of a file elsewhere.
    pub fn name(&self) -> String {
        self.id
            .map_or_else(|| self.path.display().to_string(), |id| id.to_string())
    }

    /// Returns whether a restore took it of live before changing anything.
    pub fn is_safety_snapshot(&self) -> bool {
        self.note.restore.is_some()
    }

    /// Returns what a periodic snapshot records of events that live still has to replay.
    pub(crate) fn awaits_replay(&self) -> Option<&Awaiting> {
        let awaiting = self.note.awaiting.as_ref();
        awaiting.filter(|awaiting| self.kind() == Some(Kind::Periodic) && !awaiting.over)
    }

    /// Returns whether it may show that live awaits replay.
    pub fn may_await_replay(&self) -> bool {
        self.awaits_replay().is_some()
    }

    /// Returns the id of the last event of its log, as far as known without reading the log.
    pub fn ends_at(&self) -> Option<i64> {
        let awaiting = self.note.awaiting.as_ref();
        awaiting
            .map(|awaiting| awaiting.ends_at)
            .or(self.last_event_id)
    }

    /// Returns whether its file is where the service sees it. If the service has deleted a pinned
    /// snapshot, only the pin is left.
    pub fn is_in_place(&self) -> bool {
        self.stored_in != StoredIn::Archive && !pin::is_alone(&self.path)
    }

    /// Returns the result of the last verification, if the file was not written since.
    pub fn verified(&self) -> Option<&Verified> {
        let verified = self.note.verified.as_ref()?;
        (verified.size == self.size && verified.modified == self.modified).then_some(verified)
    }

    /// Attaches its note. A snapshot that a verification found damaged is damaged.
    pub(crate) fn with_note(mut self, note: Note) -> Self {
        self.off_log = note.off_log;
        self.note = note;
        if self.damage.is_none()
            && let Some(Problem::Damaged(reason)) =
                self.verified().and_then(|found| found.problem.as_ref())
        {
            self.damage = Some(Damage::Bytes(reason.clone()));
        }
        self
    }

    /// Returns a sort key that puts the newest first.
    pub(crate) fn newest_first(&self) -> impl Ord + use<> {
        let origin = self.id.map(|id| id.origin);
        (Reverse(self.taken_at()), self.kind(), Reverse(origin))
    }
}

/// The damages of a path that is not a regular file.
const NO_FILE: &str = "not a file";
const LINK: &str = "a symbolic link; replace it with the file";

/// Describes what is in place of a regular file; `None` if it is one.
fn other_than_file(metadata: &Metadata) -> Option<&'static str> {
    if metadata.is_symlink() {
        return Some(LINK);
    }
    (!metadata.is_file()).then_some(NO_FILE)
}

/// Reads from `start` until `buffer` is full or the file ends.
fn read<'b>(file: &Arc<File>, start: u64, buffer: &'b mut [u8]) -> io::Result<&'b [u8]> {
    let end = start + buffer.len() as u64;
    let mut section = Section::new(Arc::clone(file), start, end);
    let mut length = 0;
    while length < buffer.len() {
        match section.read(&mut buffer[length..])? {
            0 => break,
            more => length += more,
        }
    }
    Ok(&buffer[..length])
}
