//! Undo and redo: which restores are in force and which were undone, and so which safety snapshot
//! the next undo or redo restores.
//!
//! Each restore leaves a link: the note on its safety snapshot. Links are ordered by their numbers,
//! not by clocks.

use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::core::{
    base::error::{Error, Result},
    file::{
        note::{Operation, RestoreNote},
        snapshot::{Id, Snapshot},
    },
};

/// A restore that was done, and what is left of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Link {
    /// The name of its safety snapshot, even if only its note is left.
    pub id: Id,
    /// Its note.
    pub note: RestoreNote,
    /// Its safety snapshot; `None` if that is gone or never existed.
    pub safety: Option<Snapshot>,
}

/// A restore that is in force or was undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    /// Its number.
    pub sequence: u64,
    /// The snapshot that was restored; for a redo, that of the restore it redid. `None` if only the
    /// number is known.
    pub of: Option<String>,
    /// The link; `None` if nothing is left of it.
    link: Option<Link>,
    /// The safety snapshot whose note cannot be read.
    unread: Option<Id>,
}

impl Restoration {
    /// Returns the name of its safety snapshot, if known.
    pub fn id(&self) -> Option<Id> {
        self.link.as_ref().map(|link| link.id)
    }

    /// Returns when the file of its safety snapshot was written, if that exists.
    pub(crate) fn modified(&self) -> Option<DateTime<Utc>> {
        Some(self.link.as_ref()?.safety.as_ref()?.modified)
    }

    fn name(&self) -> String {
        match (&self.of, self.unread) {
            (Some(of), _) => format!("the restore of {of}"),
            (None, Some(safety)) => format!("the restore for which {safety} was taken"),
            (None, None) => format!("restore number {}", self.sequence),
        }
    }
}

/// What the next undo or redo restores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndoStep {
    /// The safety snapshot to restore.
    pub snapshot: Snapshot,
    /// The restore it was taken for.
    pub note: RestoreNote,
    /// Whether it is an undo or a redo.
    pub operation: Operation,
    /// The name of the snapshot whose restore is undone or redone.
    pub of: String,
    /// How many restores can be undone or redone after it.
    pub left: usize,
}

/// The restores of a data folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreHistory {
    in_force: Vec<Restoration>,
    undone: Vec<Restoration>,
}

impl RestoreHistory {
    /// Builds the history from the links, and from the safety snapshots whose notes cannot be read: of
    /// the restore that each was taken for, only the time is known.
    pub fn of(links: impl IntoIterator<Item = Link>, unread: Vec<Id>) -> Self {
        let mut links: Vec<Link> = links
            .into_iter()
            .filter(|link| link.note.is_done())
            .collect();
        links.sort_by_key(|link| (link.note.sequence, link.id.order()));
        let mut unread = unread;
        unread.sort_by_key(|id| id.order());
        let mut unread = unread.into_iter().peekable();
        let mut history = Self::default();
        let mut expected = None;
        for link in links {
            let (sequence, order) = (link.note.sequence, link.id.order());
            while let Some(id) = unread.next_if(|id| id.order() < order) {
                history.miss(sequence.saturating_sub(1), Some(id));
            }
            let is_known = history
                .in_force
                .last()
                .is_some_and(|last| last.sequence.checked_add(1) == Some(sequence));
            if !is_known && expected.is_some_and(|expected| expected < sequence) {
                history.miss(sequence - 1, None);
            }
            expected = Some(sequence.saturating_add(1));
            history.push(link);
        }
        unread.for_each(|id| history.miss(expected.unwrap_or(1), Some(id)));
        history
    }

    /// Builds the history from the links among these snapshots.
    pub fn among(snapshots: &[Snapshot]) -> Self {
        let lost = |snapshot: &Snapshot| snapshot.id.filter(|_| snapshot.has_lost_its_note());
        let unread = snapshots.iter().filter_map(lost).collect();
        Self::of(snapshots.iter().filter_map(Link::of), unread)
    }

    /// Adds a restore whose note is gone or cannot be read.
    fn miss(&mut self, sequence: u64, unread: Option<Id>) {
        self.undone.clear();
        self.in_force.push(Restoration {
            sequence,
            of: None,
            link: None,
            unread,
        });
    }

    fn push(&mut self, link: Link) {
        let (from, to) = match link.note.operation {
            Operation::Restore | Operation::Recover => {
                self.undone.clear();
                let of = Some(link.note.of.clone());
                self.in_force.push(Restoration::new(link, of));
                return;
            }
            Operation::Undo => (&mut self.in_force, &mut self.undone),
            Operation::Redo => (&mut self.undone, &mut self.in_force),
        };
        let is_it = |known: &Restoration| Some(known.sequence) == link.note.undoes;
        let place = from.iter().position(is_it);
        let of = place.and_then(|place| from.drain(place..).next()?.of);
        to.push(Restoration::new(link, of));
    }

    /// Returns the restores that are in force, newest first.
    pub fn in_force(&self) -> impl Iterator<Item = &Restoration> {
        self.in_force.iter().rev()
    }

    /// Returns the safety snapshots that the next undo and redo need, as far as they are intact.
    pub(crate) fn needed(&self) -> impl Iterator<Item = &Snapshot> {
        [&self.in_force, &self.undone]
            .into_iter()
            .filter_map(|restorations| {
                let mut safe = restorations.iter().rev().filter_map(|it| it.safety().ok());
                safe.next().map(|(safety, _)| safety)
            })
    }

    /// Returns what the next undo restores. Fails if no restore is in force, or its safety snapshot is
    /// missing or damaged.
    pub fn undo(&self) -> Result<UndoStep> {
        step(Operation::Undo, &self.in_force)
    }

    /// Returns what the next redo restores. Fails if no restore was undone, or its safety snapshot is
    /// missing or damaged.
    pub fn redo(&self) -> Result<UndoStep> {
        step(Operation::Redo, &self.undone)
    }
}

fn step(operation: Operation, restorations: &[Restoration]) -> Result<UndoStep> {
    let Some((next, others)) = restorations.split_last() else {
        let what = match operation {
            Operation::Redo => "nothing to redo: no restore was undone",
            _ => "nothing to undo: no restore is in force",
        };
        return Err(undo(what.to_owned()));
    };
    let (safety, note) = next.safety().map_err(|what| {
        let name = next.name();
        match operation {
            Operation::Redo => undo(format!("{name} cannot be redone: {what}")),
            _ => undo(format!("{name} cannot be undone: {what}")),
        }
    })?;
    let is_there = |other: &&Restoration| other.safety().is_ok();
    Ok(UndoStep {
        snapshot: safety.clone(),
        note: note.clone(),
        operation,
        of: next.of.clone().unwrap_or_else(|| note.of.clone()),
        left: others.iter().rev().take_while(is_there).count(),
    })
}

fn undo(what: String) -> Error {
    Error::Undo { what }
}

impl Restoration {
    fn new(link: Link, of: Option<String>) -> Self {
        Self {
            sequence: link.note.sequence,
            of,
            link: Some(link),
            unread: None,
        }
    }

    /// Returns its safety snapshot, or why it cannot be restored.
    fn safety(&self) -> std::result::Result<(&Snapshot, &RestoreNote), String> {
        if self.unread.is_some() {
            return Err("the note on that safety snapshot is missing or cannot be read".to_owned());
        }
        let Some(link) = &self.link else {
            return Err("its safety snapshot and the note on it are gone".to_owned());
        };
        let name = link.id;
        match &link.safety {
            _ if link.note.without_safety => {
                Err("it was made without a safety snapshot".to_owned())
            }
            None => Err(format!("its safety snapshot {name} is gone")),
            Some(safety) => match &safety.damage {
                Some(damage) => Err(format!("its safety snapshot {name} {}", damage.predicate())),
                None => Ok((safety, &link.note)),
            },
        }
    }
}

impl Link {
    /// Returns a snapshot's link, if it has one.
    pub(crate) fn of(snapshot: &Snapshot) -> Option<Self> {
        Some(Self {
            id: snapshot.id?,
            note: snapshot.note.restore.clone()?,
            safety: Some(snapshot.clone()),
        })
    }

    /// Returns the path where its safety snapshot is or was, beside its note.
    pub(crate) fn path(&self, of: impl FnOnce(Id) -> PathBuf) -> PathBuf {
        self.safety
            .as_ref()
            .map_or_else(|| of(self.id), |safety| safety.path.clone())
    }
}
