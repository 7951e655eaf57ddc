//! Which kinds the list shows.

use crate::core::{Kind, Snapshot};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kinds {
    #[default]
    All,
    Only(Kind),
}

impl Kinds {
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Only(Kind::Rewind),
            Self::Only(Kind::Rewind) => Self::Only(Kind::Periodic),
            Self::Only(Kind::Periodic) => Self::All,
        }
    }

    pub fn prev(self) -> Self {
        self.next().next()
    }

    pub(super) fn show(self, snapshot: &Snapshot) -> bool {
        match self {
            Self::All => true,
            Self::Only(kind) => snapshot.kind() == Some(kind),
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Only(kind) => kind.name(),
        }
    }
}
