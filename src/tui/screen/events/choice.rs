//! Which events are shown: by what became of them, and by words that name a kind or a branch.

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
    became: Option<EventChange>,
    words: String,
}

impl EventChoice {
    /// Whether some may not be shown.
    pub(super) fn is_some(&self) -> bool {
        self.became.is_some() || !self.words.is_empty()
    }

    /// What became of those that are shown, if that is chosen.
    pub(super) fn became(&self) -> Option<EventChange> {
        self.became
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
            .position(|(known, _)| Some(*known) == self.became);
        let next = counts.get(place.map_or(0, |place| place + 1));
        self.became = next.map(|(became, _)| *became);
    }

    /// Whether an event of this kind and branch is shown: each word is the branch's name or is part
    /// of the kind.
    pub(super) fn wants(&self, kind: &str, branch: &str) -> bool {
        let mut words = self.words.split_whitespace();
        words.all(|word| word == branch || TextMatch::new(word).is_in(kind))
    }
}

/// What became of how many events, where there are some; what matters most comes first.
pub(super) fn counts(history: &History) -> Vec<(EventChange, u64)> {
    let mut counts = ALL.map(|became| (became, 0));
    for entry in history.entries() {
        let became = history.change(entry);
        if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == became) {
            *count += 1;
        }
    }
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}
