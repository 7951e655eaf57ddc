//! The name of a snapshot within its data folder: its kind, its stamp, and who wrote it.

use std::{fmt, str::FromStr};

use super::{Kind, Stamp};

/// Who wrote a snapshot, as far as its name says.
///
/// The service globs `*.json` in name order and never writes a name with a suffix, so Unrewind's own
/// names and the service's never meet. `_` sorts after `.`: of one second, Unrewind's own come later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The service, or a take: `STAMP`.
    #[default]
    Plain,
    /// A restore, of live before it changed anything: `STAMP_safety`, of the kind `rewind`.
    Safety,
    /// A restore, of the restored state: `STAMP_checkpoint`, of the kind `periodic`.
    Checkpoint,
}

impl Origin {
    /// What only Unrewind writes of a kind.
    pub(crate) fn own(kind: Kind) -> Self {
        match kind {
            Kind::Rewind => Self::Safety,
            Kind::Periodic => Self::Checkpoint,
        }
    }

    /// What follows the stamp in a name.
    fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Safety => "_safety",
            Self::Checkpoint => "_checkpoint",
        }
    }
}

/// What a snapshot is called within its data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// Its kind.
    pub kind: Kind,
    /// Its stamp.
    pub stamp: Stamp,
    /// Who wrote it.
    pub origin: Origin,
}

impl Id {
    /// The name that the service and a take give.
    pub fn plain(kind: Kind, stamp: Stamp) -> Self {
        let origin = Origin::Plain;
        Self {
            kind,
            stamp,
            origin,
        }
    }

    /// The name that only a restore gives: of a safety snapshot or of a checkpoint.
    pub fn own(kind: Kind, stamp: Stamp) -> Self {
        let origin = Origin::own(kind);
        Self {
            kind,
            stamp,
            origin,
        }
    }

    /// Whether only a restore gives this name.
    pub fn is_own(self) -> bool {
        self.origin != Origin::Plain
    }

    /// The name within its kind: the file's without its extension.
    pub fn name(self) -> String {
        format!("{}{}", self.stamp, self.origin.suffix())
    }

    /// The snapshot of a kind that has this name.
    pub fn named(kind: Kind, name: &str) -> Result<Self, NoId> {
        let own = name.strip_suffix(Origin::own(kind).suffix());
        let stamp = own.unwrap_or(name).parse().map_err(|_| NoId)?;
        let id = match own {
            Some(_) => Self::own(kind, stamp),
            None => Self::plain(kind, stamp),
        };
        Ok(id)
    }

    /// The order of the names of a kind: the service goes by the last.
    pub(crate) fn order(self) -> (Stamp, Origin) {
        (self.stamp, self.origin)
    }
}

/// The text names no snapshot of a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot is named KIND/STAMP, KIND/STAMP_safety or KIND/STAMP_checkpoint")]
pub struct NoId;

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let (kind, name) = text.split_once('/').ok_or(NoId)?;
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
        Self::named(kind.ok_or(NoId)?, name)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name())
    }
}
