//! The order of the list.

use std::cmp::Ordering;

use crate::core::{Kind, Snapshot};

/// The order of the list: newest first, unless the user chooses another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListOrder {
    by: SortKey,
    direction: SortDirection,
}

/// What the list can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum SortKey {
    #[default]
    Taken,
    Kind,
    Size,
    LastEvent,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SortDirection {
    /// The newest or the largest first.
    #[default]
    Down,
    Up,
}

impl ListOrder {
    /// Whether it is the order in which snapshots are listed.
    pub(super) fn is_plain(self) -> bool {
        self == Self::default()
    }

    pub(super) fn is_by(self, key: SortKey) -> bool {
        self.by == key
    }

    #[must_use]
    pub fn next(self) -> Self {
        let by = match self.by {
            SortKey::Taken => SortKey::Kind,
            SortKey::Kind => SortKey::Size,
            SortKey::Size => SortKey::LastEvent,
            SortKey::LastEvent => SortKey::Taken,
        };
        Self {
            by,
            direction: SortDirection::Down,
        }
    }

    #[must_use]
    pub fn reversed(self) -> Self {
        let direction = match self.direction {
            SortDirection::Down => SortDirection::Up,
            SortDirection::Up => SortDirection::Down,
        };
        Self { direction, ..self }
    }

    /// By this key; if it is this one already, reversed.
    #[must_use]
    pub(super) fn by(self, by: SortKey) -> Self {
        if by == self.by {
            return self.reversed();
        }
        Self {
            by,
            direction: SortDirection::Down,
        }
    }

    /// The glyph after the heading of a column with this key, if the list is sorted by it.
    pub(super) fn glyph(self, by: SortKey) -> Option<&'static str> {
        if by != self.by || self.is_plain() {
            return None;
        }
        Some(match self.direction {
            SortDirection::Down => "▾",
            SortDirection::Up => "▴",
        })
    }

    pub(super) fn compare(self, one: &Snapshot, other: &Snapshot) -> Ordering {
        let kind = |snapshot: &Snapshot| snapshot.kind().map(Kind::name);
        let down = match self.by {
            SortKey::Taken => other.taken_at().cmp(&one.taken_at()),
            SortKey::Kind => kind(other).cmp(&kind(one)),
            SortKey::Size => other.size.cmp(&one.size),
            SortKey::LastEvent => other.ends_at().cmp(&one.ends_at()),
        };
        match self.direction {
            SortDirection::Down => down,
            SortDirection::Up => down.reverse(),
        }
    }
}
