//! What `latest` means, of every kind or of one.

use super::{Id, Kind, Origin};

/// Of which snapshots `latest`, `latest:rewind` or `latest:periodic` means the newest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latest(&'static [Kind]);

impl Latest {
    /// Parses the text.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "latest" => Some(Self(&Kind::ALL)),
            "latest:rewind" => Some(Self(&[Kind::Rewind])),
            "latest:periodic" => Some(Self(&[Kind::Periodic])),
            _ => None,
        }
    }

    /// Returns the kinds.
    pub fn kinds(self) -> &'static [Kind] {
        self.0
    }

    /// Returns whether it may mean a snapshot. `latest:rewind` means what was taken before a rewind, also after a
    /// restore: no safety snapshot, which `undo` brings back.
    pub fn means(self, id: Id) -> bool {
        self.0.contains(&id.kind) && (self.0.len() > 1 || id.origin != Origin::Safety)
    }
}
