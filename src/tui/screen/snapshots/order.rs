//! The order in which the list stands.

use std::cmp::Ordering;

use super::columns::ListColumn;
use crate::core::{Kind, Snapshot};

/// The order in which the list stands: newest first, unless the user wants another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListOrder {
    by: By,
    direction: SortDirection,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum By {
    #[default]
    Taken,
    Kind,
    Size,
    LastEvent,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SortDirection {
    /// The newest, the largest first.
    #[default]
    Down,
    Up,
}

impl ListOrder {
    /// Whether it is that of the core's list.
    pub(super) fn is_plain(self) -> bool {
        self == Self::default()
    }

    /// By the next column.
    #[must_use]
    pub fn next(self) -> Self {
        let by = match self.by {
            By::Taken => By::Kind,
            By::Kind => By::Size,
            By::Size => By::LastEvent,
            By::LastEvent => By::Taken,
        };
        Self {
            by,
            direction: SortDirection::Down,
        }
    }

    /// By the same column, the other way round.
    #[must_use]
    pub fn reversed(self) -> Self {
        let direction = match self.direction {
            SortDirection::Down => SortDirection::Up,
            SortDirection::Up => SortDirection::Down,
        };
        Self { direction, ..self }
    }

    /// By this column; if it is by this one already, the other way round.
    #[must_use]
    pub(super) fn by(self, column: ListColumn) -> Self {
        match By::of(column) {
            None => self,
            Some(by) if by == self.by => self.reversed(),
            Some(by) => Self {
                by,
                direction: SortDirection::Down,
            },
        }
    }

    /// The glyph behind the heading of a column, if the list stands by it.
    pub(super) fn glyph(self, column: ListColumn) -> Option<&'static str> {
        if By::of(column) != Some(self.by) || self.is_plain() || column == ListColumn::Age {
            return None;
        }
        Some(match self.direction {
            SortDirection::Down => "▾",
            SortDirection::Up => "▴",
        })
    }

    /// Which of two comes first; of two alike the newer.
    pub(super) fn compare(self, one: &Snapshot, other: &Snapshot) -> Ordering {
        let kind = |snapshot: &Snapshot| snapshot.kind().map(Kind::name);
        let down = match self.by {
            By::Taken => other.taken_at().cmp(&one.taken_at()),
            By::Kind => kind(other).cmp(&kind(one)),
            By::Size => other.size.cmp(&one.size),
            By::LastEvent => other.last_event_id.cmp(&one.last_event_id),
        };
        match self.direction {
            SortDirection::Down => down,
            SortDirection::Up => down.reverse(),
        }
    }
}

impl By {
    /// What a column stands by, if the list can.
    fn of(column: ListColumn) -> Option<Self> {
        match column {
            ListColumn::Kind => Some(Self::Kind),
            ListColumn::Taken | ListColumn::TakenShort | ListColumn::Age => Some(Self::Taken),
            ListColumn::Size => Some(Self::Size),
            ListColumn::LastEvent => Some(Self::LastEvent),
            ListColumn::Marks | ListColumn::Label(_) => None,
        }
    }
}
