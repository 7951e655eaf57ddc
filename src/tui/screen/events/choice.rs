//! Which events are shown: by what change of them, and by words that name a kind or a branch.

use crate::core::{EventChange, History, TextMatch};

/// What events can have become, what matters most first.
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
    change: Option<EventChange>,
    words: String,
}

impl EventChoice {
    /// Whether some may not be shown.
    pub(super) fn is_some(&self) -> bool {
        self.change.is_some() || !self.words.is_empty()
    }

    /// What change of those that are shown, if that is chosen.
    pub(super) fn change(&self) -> Option<EventChange> {
        self.change
    }

    /// The words.
    pub(super) fn words(&self) -> &str {
        &self.words
    }

    pub(super) fn set_words(&mut self, words: String) {
        self.words = words;
    }

    /// Chooses the next that there are events of, or all of them again.
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
pub(super) fn counts(history: &History) -> Vec<(EventChange, u64)> {
    let counts = ALL.map(|change| (change, history.count(change)));
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}
