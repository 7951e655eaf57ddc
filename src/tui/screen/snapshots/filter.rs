//! The filter: words, all of which a snapshot must match to be shown.

use std::{collections::BTreeSet, ops::RangeInclusive, path::PathBuf};

use chrono::{DateTime, TimeDelta, Utc};

use crate::{
    config::parse_span,
    core::{Kind, Snapshot, StoredIn, TextMatch},
    text::{self, Zone},
};

/// The syntax, shown while a filter is typed.
pub(super) const EXPLAINED: &str = "rewind periodic safety damaged pinned verified · <2d younger · >3h older · #1400..1500 last event · 1449 holds that event · text · archived";

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    words: Vec<Word>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Kind(Kind),
    SafetySnapshot,
    Damaged,
    Pinned,
    /// It was verified and is intact.
    Verified,
    /// It is in one of these places.
    StoredIn(&'static [StoredIn]),
    Marked,
    Younger(TimeDelta),
    Older(TimeDelta),
    LastEvent(RangeInclusive<i64>),
    /// It is the first that holds the event with this id; or its name or time contains the digits.
    Event(i64, TextMatch),
    /// Its name, time, last event, label or restore contains this.
    Text(TextMatch),
}

/// What a filter needs besides the snapshot.
#[derive(Clone, Copy, Debug)]
pub(super) struct FilterContext<'a> {
    pub(super) now: DateTime<Utc>,
    pub(super) zone: Zone,
    pub(super) marked: &'a BTreeSet<PathBuf>,
    pub(super) all: &'a [Snapshot],
}

impl Filter {
    /// Parses a filter; a word with an error is left out, and the error is returned too.
    pub(super) fn parse(typed: &str) -> (Self, Option<String>) {
        let (mut words, mut wrong) = (Vec::new(), None);
        for word in typed.split_whitespace() {
            match Word::parse(word) {
                Ok(word) => words.push(word),
                Err(why) => wrong = Some(why),
            }
        }
        (Self { words }, wrong)
    }

    /// Whether its result depends on the clock.
    pub(super) fn has_ages(&self) -> bool {
        let is_age = |word: &Word| matches!(word, Word::Younger(_) | Word::Older(_));
        self.words.iter().any(is_age)
    }

    pub(super) fn fits(&self, snapshot: &Snapshot, beside: FilterContext<'_>) -> bool {
        self.words.iter().all(|word| word.fits(snapshot, beside))
    }
}

impl Word {
    fn parse(word: &str) -> Result<Self, String> {
        let span = |text: &str| {
            let span = parse_span(text).map_err(|why| format!("{word}: {why}"))?;
            Ok(TimeDelta::from_std(span).unwrap_or(TimeDelta::MAX))
        };
        if let Some(age) = word.strip_prefix('<') {
            return span(age).map(Self::Younger);
        }
        if let Some(age) = word.strip_prefix('>') {
            return span(age).map(Self::Older);
        }
        if let Some(ids) = word.strip_prefix('#').filter(|ids| !ids.is_empty()) {
            return Self::events(ids).ok_or_else(|| {
                format!("{word}: events are written #1448, #1400..1500, #1400.. or #..1500")
            });
        }
        Ok(match word {
            "rewind" => Self::Kind(Kind::Rewind),
            "periodic" => Self::Kind(Kind::Periodic),
            "safety" => Self::SafetySnapshot,
            "damaged" => Self::Damaged,
            "pinned" => Self::Pinned,
            "verified" => Self::Verified,
            "archived" => Self::StoredIn(&[StoredIn::Archive, StoredIn::Both]),
            "archive" => Self::StoredIn(&[StoredIn::Archive]),
            "both" => Self::StoredIn(&[StoredIn::Both]),
            "folder" => Self::StoredIn(&[StoredIn::Folder]),
            "marked" => Self::Marked,
            _ => match word.replace(',', "").parse() {
                Ok(id) => Self::Event(id, TextMatch::new(word)),
                Err(_) => Self::Text(TextMatch::new(word)),
            },
        })
    }

    fn events(ids: &str) -> Option<Self> {
        let id = |text: &str, open: i64| match text {
            "" => Some(open),
            _ => text.replace(',', "").parse().ok(),
        };
        let (from, to) = ids.split_once("..").unwrap_or((ids, ids));
        let range = id(from, i64::MIN)?..=id(to, i64::MAX)?;
        Some(Self::LastEvent(range))
    }

    fn fits(&self, snapshot: &Snapshot, beside: FilterContext<'_>) -> bool {
        let age = || beside.now - snapshot.taken_at();
        match self {
            Self::Kind(kind) => snapshot.kind() == Some(*kind),
            Self::SafetySnapshot => snapshot.is_safety_snapshot(),
            Self::Damaged => !snapshot.is_intact(),
            Self::Pinned => snapshot.pinned,
            Self::Verified => snapshot
                .verified()
                .is_some_and(|found| found.problem.is_none()),
            Self::StoredIn(places) => places.contains(&snapshot.stored_in),
            Self::Marked => beside.marked.contains(&snapshot.path),
            Self::Younger(than) => age() < *than,
            Self::Older(than) => age() > *than,
            Self::LastEvent(range) => snapshot.last_event_id.is_some_and(|id| range.contains(&id)),
            Self::Event(id, digits) => {
                let ends = beside.all.iter().filter_map(|one| one.last_event_id);
                let first = ends.filter(|end| end >= id).min();
                let holds_it = first.is_some() && snapshot.last_event_id == first;
                holds_it || Self::Text(digits.clone()).fits(snapshot, beside)
            }
            Self::Text(text) => {
                let label = snapshot.note.label.iter().map(ToString::to_string);
                let safety_snapshots = snapshot
                    .note
                    .restore
                    .iter()
                    .map(|restore| restore.of.clone());
                let names = safety_snapshots.chain(label).chain([
                    snapshot.name(),
                    text::time(snapshot.taken_at(), beside.zone),
                    text::last_event(snapshot),
                ]);
                names.into_iter().any(|name| text.is_in(&name))
            }
        }
    }
}
