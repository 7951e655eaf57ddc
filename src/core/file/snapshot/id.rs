//! The name of a snapshot within its data folder: its kind, its stamp, and its writer.

use std::{fmt, path::is_separator, str::FromStr};

use super::{Kind, Stamp};

/// The writer of a snapshot, as its name shows.
///
/// The service globs `*.json` in name order and never writes a name with a suffix, so the names of
/// Unrewind and of the service never collide. `_` sorts after `.`: within one second, Unrewind's
/// come later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Written by the service or a take: `STAMP`.
    #[default]
    Plain,
    /// A safety snapshot, which a restore takes of live before changing anything: `STAMP_safety`,
    /// of kind `rewind`.
    Safety,
    /// A checkpoint, which a restore writes of the restored state: `STAMP_checkpoint`, of kind
    /// `periodic`.
    Checkpoint,
}

impl Origin {
    /// Returns the origin that only Unrewind writes for a kind.
    pub(crate) fn own(kind: Kind) -> Self {
        match kind {
            Kind::Rewind => Self::Safety,
            Kind::Periodic => Self::Checkpoint,
        }
    }

    /// Returns the suffix after the stamp.
    fn suffix(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Safety => "_safety",
            Self::Checkpoint => "_checkpoint",
        }
    }
}

/// The name of a snapshot within its data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Id {
    /// Its kind.
    pub kind: Kind,
    /// Its stamp.
    pub stamp: Stamp,
    /// Its writer.
    pub origin: Origin,
}

impl Id {
    /// Creates a name as the service and a take use it.
    pub fn plain(kind: Kind, stamp: Stamp) -> Self {
        let origin = Origin::Plain;
        Self {
            kind,
            stamp,
            origin,
        }
    }

    /// Creates a name that only a restore uses: a safety snapshot's or a checkpoint's.
    pub fn own(kind: Kind, stamp: Stamp) -> Self {
        let origin = Origin::own(kind);
        Self {
            kind,
            stamp,
            origin,
        }
    }

    /// Returns whether only a restore uses this name.
    pub fn is_own(self) -> bool {
        self.origin != Origin::Plain
    }

    /// Returns the name within its kind: the file's name without its extension.
    pub fn name(self) -> String {
        format!("{}{}", self.stamp, self.origin.suffix())
    }

    /// Parses the name of a snapshot of a kind. Fails if it is not the name of a snapshot.
    pub fn named(kind: Kind, name: &str) -> Result<Self, NoId> {
        let own = name.strip_suffix(Origin::own(kind).suffix());
        let stamp = own.unwrap_or(name).parse().map_err(|_| NoId)?;
        let id = match own {
            Some(_) => Self::own(kind, stamp),
            None => Self::plain(kind, stamp),
        };
        Ok(id)
    }

    /// Returns the sort key of names within a kind: the service starts from the last.
    pub(crate) fn order(self) -> (Stamp, Origin) {
        (self.stamp, self.origin)
    }
}

/// The text is not the name of a snapshot in a data folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot is named KIND/STAMP, KIND/STAMP_safety or KIND/STAMP_checkpoint")]
pub struct NoId;

impl FromStr for Id {
    type Err = NoId;

    fn from_str(text: &str) -> Result<Self, NoId> {
        let (kind, name) = text.split_once(is_separator).ok_or(NoId)?;
        let kind = Kind::ALL.into_iter().find(|known| known.name() == kind);
        Self::named(kind.ok_or(NoId)?, name)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.name())
    }
}
