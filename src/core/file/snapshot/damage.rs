//! Why a file cannot be used as a snapshot: its bytes are wrong, or cannot be read.

use std::{fmt, io};

use super::Snapshot;
use crate::core::base::error::{Error, Result, io_reason};

/// Why a file cannot be used as a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// It is not what was written.
    Bytes(String),
    /// It cannot be read, so whether it is what was written is unknown.
    Unread {
        /// The system's reason.
        reason: String,
        /// The system's error code.
        code: Option<i32>,
    },
}

impl Damage {
    pub(super) fn unread(error: &io::Error) -> Self {
        let (reason, code) = (io_reason(error), error.raw_os_error());
        Self::Unread { reason, code }
    }

    /// Returns what is wrong, as the end of a sentence about the snapshot.
    pub fn predicate(&self) -> String {
        match self {
            Self::Bytes(_) => format!("is {self}"),
            Self::Unread { .. } => self.to_string(),
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(reason) => write!(f, "damaged: {reason}"),
            Self::Unread { reason, .. } => write!(f, "cannot be read: {reason}"),
        }
    }
}

impl Snapshot {
    /// Fails if its first and last bytes, or its last verification, show that it cannot be used.
    pub(crate) fn refuse_damaged(&self) -> Result<()> {
        let path = self.path.clone();
        match self.damage.clone() {
            None => Ok(()),
            Some(Damage::Bytes(damage)) => Err(Error::Damaged { path, damage }),
            Some(Damage::Unread { reason, code }) => {
                let other = || io::Error::other(reason);
                let source = code.map_or_else(other, io::Error::from_raw_os_error);
                Err(Error::io("read", path)(source))
            }
        }
    }
}
