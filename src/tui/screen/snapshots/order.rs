//! The order in which the list stands.

use std::cmp::Ordering;

use super::columns::Column;
use crate::core::{Kind, Snapshot};

/// The order in which the list stands: newest first, unless the user wants another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Order {
    by: By,
    direction: Direction,
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
enum Direction {
    /// The newest, the largest first.
    #[default]
    Down,
    Up,
}

impl Order {
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
            direction: Direction::Down,
        }
    }

    /// By the same column, the other way round.
    #[must_use]
    pub fn reversed(self) -> Self {
        let direction = match self.direction {
            Direction::Down => Direction::Up,
            Direction::Up => Direction::Down,
        };
        Self { direction, ..self }
    }

    /// By this column; if it is by this one already, the other way round.
    #[must_use]
    pub(super) fn by(self, column: Column) -> Self {
        match By::of(column) {
            None => self,
            Some(by) if by == self.by => self.reversed(),
            Some(by) => Self {
                by,
                direction: Direction::Down,
            },
        }
    }

    /// The glyph behind the heading of a column, if the list stands by it.
    pub(super) fn glyph(self, column: Column) -> Option<&'static str> {
        if By::of(column) != Some(self.by) || self.is_plain() || column == Column::Age {
            return None;
        }
        Some(match self.direction {
            Direction::Down => "▾",
            Direction::Up => "▴",
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
            Direction::Down => down,
            Direction::Up => down.reverse(),
        }
    }
}

impl By {
    /// What a column stands by, if the list can.
    fn of(column: Column) -> Option<Self> {
        match column {
            Column::Kind => Some(Self::Kind),
            Column::Taken | Column::TakenShort | Column::Age => Some(Self::Taken),
            Column::Size => Some(Self::Size),
            Column::LastEvent => Some(Self::LastEvent),
            Column::Marks | Column::Label(_) => None,
        }
    }
}
