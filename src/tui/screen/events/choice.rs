//! Which events are shown: by their change, and by words that name a kind or a branch.

use crate::core::{EventChange, EventHistory, TextMatch};

/// The changes, the most important first.
const ALL: [EventChange; 7] = [
    EventChange::Lost,
    EventChange::Gone,
    EventChange::Back,
    EventChange::Newer,
    EventChange::Inserted,
    EventChange::Rewound,
    EventChange::Hidden,
];

/// Which events are shown.
#[derive(Debug, Default)]
pub(super) struct EventChoice {
    /// Only events with this change.
    pub(super) change: Option<EventChange>,
    /// Only events whose kind or branch has these words.
    pub(super) words: String,
}

impl EventChoice {
    /// Whether only some are shown.
    pub(super) fn is_some(&self) -> bool {
        self.change.is_some() || !self.words.is_empty()
    }

    /// Chooses the next change that some events have, or all events again.
    pub(super) fn next(&mut self, counts: &[(EventChange, u64)]) {
        let place = counts
            .iter()
            .position(|(known, _)| Some(*known) == self.change);
        let next = counts.get(place.map_or(0, |place| place + 1));
        self.change = next.map(|(change, _)| *change);
    }

    /// Whether an event of this kind and branch is shown: each word is the branch's name or is part
    /// of the kind.
    pub(super) fn includes(&self, kind: &str, branch: &str) -> bool {
        let mut words = self.words.split_whitespace();
        words.all(|word| word == branch || TextMatch::new(word).is_in(kind))
    }
}

/// How many events changed in which way, without the changes that none has.
pub(super) fn counts(history: &EventHistory) -> Vec<(EventChange, u64)> {
    let counts = ALL.map(|change| (change, history.count(change)));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}
