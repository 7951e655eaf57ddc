//! The events as a slider: where the selected one stands between the first and the last, and steps from
//! one that a person wrote to the next.

use super::EventsScreen;
use crate::{
    core::{Direction, Log, Profile, Snapshot},
    tui::{screen::Timeline, widget::Text},
};

/// What the slider shows apart from the events.
#[derive(Debug)]
pub struct Slider {
    /// Newest first.
    snapshots: Vec<Snapshot>,
    log: Option<Log>,
    gap: u64,
}

impl Slider {
    /// The slider beside these snapshots.
    pub fn new(snapshots: &[Snapshot], profile: &Profile) -> Self {
        Self {
            snapshots: snapshots.to_vec(),
            log: profile.log.clone(),
            gap: profile.periodic.due_events,
        }
    }

    fn stops_at(&self, kind: &str) -> bool {
        self.log.as_ref().is_none_or(|log| log.is_by_person(kind))
    }

    /// Whether the texts of events of this kind stand out.
    pub(super) fn marks(&self, kind: &str) -> bool {
        let names_some = |log: &&Log| !log.person_kinds.is_empty();
        let log = self.log.as_ref().filter(names_some);
        log.is_some_and(|log| log.is_by_person(kind))
    }
}

impl EventsScreen {
    /// Selects the nearest event in a direction that a person wrote.
    pub(super) fn slide(&mut self, direction: Direction) {
        let here = self.window.selected();
        let stops = |row: &usize| {
            let entry = self.entry(*row);
            entry.is_some_and(|entry| self.slider.stops_at(self.history.kind(&entry)))
        };
        let found = match direction {
            Direction::Up => (0..here).rev().find(stops),
            Direction::Down => (here + 1..self.len()).find(stops),
        };
        match (found, direction) {
            (Some(row), _) => self.window.select(row),
            (None, Direction::Up) => {
                self.status = Some("no earlier event that a person wrote".to_owned());
            }
            (None, Direction::Down) => {
                self.status = Some("no later event that a person wrote".to_owned());
            }
        }
    }

    /// The snapshots on one line, and the selected event among them.
    pub(super) fn edge(&self, width: usize) -> Option<Text> {
        let last = self.history.len().checked_sub(1)?;
        let last = self.history.entry(last)?.id;
        let snapshots = &self.slider.snapshots;
        let ends = snapshots.iter().filter_map(|one| one.last_event_id);
        let timeline = Timeline {
            snapshots,
            selected: self.snapshot.as_deref(),
            event: self.selected().map(|entry| entry.id),
            last: ends.chain([last]).max()?,
            rewound_ranges: &[],
            lost: None,
            gap: self.slider.gap,
        };
        timeline.edge(width)
    }
}
