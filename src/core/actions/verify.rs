//! Verifies that a snapshot is what was written and can be restored: reads every byte, decodes
//! every row, compares the last event with the log and the checksum with the recorded one; a deep
//! verification also restores the snapshot into a temporary copy of live.

mod replay;

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::core::{
    actions::restore::{Unwritten, restore_scratch},
    base::{
        error::{Error, Result, place},
        profile::Profile,
        progress::OnProgress,
        row::ValueBuffer,
    },
    db::Database,
    file::{
        checksum::Checksum,
        json::RowPlace,
        note::{Depth, Note, Problem, Verified},
        pin,
        snapshot::{Contents, Keys, Snapshot},
    },
    store::{self, Store},
};

pub use replay::{ReplayCheck, ReplayFinding, RowDifference, Unpaired};

/// The result of a verification.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// How thorough it was.
    pub depth: Depth,
    /// How many tables the snapshot has.
    pub tables: usize,
    /// How many rows were decoded.
    pub rows: u64,
    /// The snapshot's `last_event_id`.
    pub last_event_id: i64,
    /// The highest id in the snapshot's log; `None` without events.
    pub log_ends: Option<i64>,
    /// How its checksum compares with the recorded one; `None` if reading did not reach the end.
    pub checksum: Option<Compared>,
    /// Whether it could be restored; `None` if that was not tried.
    pub restores: Option<bool>,
    /// How many rows of the restored copy have a foreign key that refers to no row; they did so in
    /// live too.
    pub dangling: u64,
    /// Tables that only the application can write, so their restore could not be tried.
    pub unproved: Vec<Unwritten>,
    /// What is wrong with it, if anything.
    pub problem: Option<Problem>,
}

/// How a snapshot's checksum compares with the recorded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They are the same.
    Same,
    /// They differ.
    Different,
    /// None was recorded, since the service took it. This is the checksum to compare with from now
    /// on.
    First(Checksum),
}

/// Where a deep verification restores to.
#[derive(Clone, Copy, Debug)]
pub struct Scratch<'a> {
    /// The database to copy.
    pub live: &'a Database,
    /// The store in whose folder the copy is made, if it can be written.
    pub store: &'a Store,
}

/// Verifies a snapshot, deeply if `scratch` is given; `live` shows its tables' keys. Fails if the snapshot cannot
/// be checked: it is gone, live cannot be read, or the disk is full.
pub fn verify(
    snapshot: &Snapshot,
    profile: &Profile,
    live: Option<&Database>,
    scratch: Option<Scratch<'_>>,
    on: OnProgress<'_>,
) -> Result<Verification> {
    let mut found = Verification {
        depth: scratch.map_or(Depth::Whole, |_| Depth::Deep),
        tables: 0,
        rows: 0,
        last_event_id: 0,
        log_ends: None,
        checksum: None,
        restores: None,
        dangling: 0,
        unproved: Vec::new(),
        problem: None,
    };
    let keys = match live {
        Some(live) => live.keys(profile),
        None => Keys::of_log(profile),
    };
    // The position of a damaged row is more useful than a different checksum.
    let contents = found.read(&snapshot.path, &keys, on);
    let judged =
        contents.and_then(|contents| found.judge(&contents, snapshot, profile, scratch, on));
    found.problem = match judged {
        Ok(problem) => problem,
        Err(error) => Some(problem(error)?),
    };
    let now = Snapshot::inspect(snapshot.path.clone(), snapshot.id)?;
    if (now.size, now.modified) != (snapshot.size, snapshot.modified) {
        let path = now.path;
        return Err(Error::ChangedWhileRead { path });
    }
    Ok(found)
}

impl Verification {
    fn judge(
        &mut self,
        contents: &Contents,
        snapshot: &Snapshot,
        profile: &Profile,
        scratch: Option<Scratch<'_>>,
        on: OnProgress<'_>,
    ) -> Result<Option<Problem>> {
        let sum = contents.checksum(on)?;
        contents.unchanged()?;
        if snapshot.note.unreadable {
            return Err(Error::Note {
                path: Note::path(&snapshot.path),
            });
        }
        let noted = snapshot.note.checksum;
        self.checksum = Some(match noted {
            Some(noted) if noted == sum => Compared::Same,
            Some(_) => Compared::Different,
            None => Compared::First(sum),
        });
        if let Some(reason) = sum.mismatch(noted) {
            return Ok(Some(Problem::Damaged(reason)));
        }
        if let Some(log) = &profile.log
            && contents.reader(&log.table).is_none()
        {
            let reason = format!("it has no event log {}", log.table);
            return Ok(Some(Problem::Incompatible(reason)));
        }
        if let Some(reason) = pin_mismatch(snapshot, sum, on)? {
            return Ok(Some(Problem::Companion(reason)));
        }
        if let Some(Scratch { live, store }) = scratch {
            let folder = store.scratch_folder()?;
            self.restores = Some(false);
            (self.dangling, self.unproved) =
                restore_scratch(folder.path(), live, profile, snapshot, on)?;
            self.restores = Some(true);
        }
        Ok(None)
    }

    /// Decodes every row, checks the keys, and finds the end of the log.
    fn read(&mut self, path: &Path, keys: &Keys, on: OnProgress<'_>) -> Result<Contents> {
        let mut check = keys.check(path);
        let mut each = |place: RowPlace<'_>, columns: &[String], value_refs: &ValueBuffer| {
            self.rows += 1;
            check.row(place, columns, value_refs)
        };
        let contents = Contents::open_decoding(path, &mut each, on)?;
        self.last_event_id = contents.last_event_id();
        self.tables = contents.tables().count();
        self.log_ends = check.end(&contents, on)?;
        Ok(contents)
    }

    /// Records the result in the note, for lists; for an intact snapshot without a checksum also the
    /// checksum. A deep result stays if this one was not deep and found nothing wrong. Fails if the
    /// note cannot be written.
    pub fn remember(&self, snapshot: &Snapshot, now: DateTime<Utc>) -> Result<Note> {
        store::own(snapshot)?;
        let verified = Verified {
            size: snapshot.size,
            modified: snapshot.modified,
            at: now,
            depth: self.depth,
            problem: self.problem.clone(),
        };
        Note::change(&snapshot.path, |note| {
            let is_deeper = |known: &Verified| {
                known.depth > verified.depth
                    && (known.size, known.modified) == (verified.size, verified.modified)
            };
            if verified.problem.is_none() && note.verified.as_ref().is_some_and(is_deeper) {
                return;
            }
            if let (Some(Compared::First(sum)), None) = (self.checksum, &self.problem) {
                note.checksum = Some(sum);
            }
            note.verified = Some(verified);
        })
    }
}

/// Compares the pin with the snapshot.
fn pin_mismatch(snapshot: &Snapshot, sum: Checksum, on: OnProgress<'_>) -> Result<Option<String>> {
    let pin = pin::path(&snapshot.path);
    if !snapshot.is_in_place() || !pin.exists() {
        return Ok(None);
    }
    let is_same = Contents::open_decoding(&pin, &mut |_, _, _| Ok(()), on);
    let is_same = is_same.and_then(|pinned| pinned.checksum(on));
    match is_same {
        Ok(pinned) if pinned == sum => Ok(None),
        Ok(_) => Ok(Some(format!("its pin {} holds other bytes", pin.display()))),
        Err(error @ Error::Cancelled) => Err(error),
        Err(error) => Ok(Some(format!("its pin {error}"))),
    }
}

/// Converts an error about the snapshot into a problem; any other stays an error.
fn problem(error: Error) -> Result<Problem> {
    match error {
        Error::Json {
            table,
            row,
            offset,
            what,
            ..
        } => {
            let place = place(table.as_deref(), row);
            Ok(Problem::Damaged(format!("{place}byte {offset}: {what}")))
        }
        Error::NotAFile { what, .. } => Ok(Problem::Damaged(what.to_owned())),
        Error::Damaged { damage, .. } => Ok(Problem::Damaged(damage)),
        Error::RepeatedKey { .. } => Ok(Problem::Damaged(error.to_string())),
        Error::SchemaDrift { .. }
        | Error::Row { .. }
        | Error::Unequal { .. }
        | Error::ForeignKey { .. }
        | Error::FullText { .. } => {
            let text = error.to_string();
            let reason = text.strip_suffix("; nothing was changed").unwrap_or(&text);
            Ok(Problem::Incompatible(format!(
                "it cannot be restored: {reason}"
            )))
        }
        error => Err(error),
    }
}
