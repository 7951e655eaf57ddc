//! What Snapback knows of a snapshot beyond the service's file: a small JSON file beside it, whose
//! name the service does not look at.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{
    draft::Draft,
    error::{Error, Result},
};

/// The note on one snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// For a guard: the name of the snapshot whose restore it was taken before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guards: Option<String>,
    /// No pruning touches the snapshot.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pinned: bool,
}

impl Note {
    /// How the note's file ends where the snapshot's ends with `json`.
    pub(crate) const EXTENSION: &str = "note";

    /// Where the note on a snapshot is.
    pub(crate) fn path(snapshot: &Path) -> PathBuf {
        snapshot.with_extension(Self::EXTENSION)
    }

    /// Reads the note on a snapshot. One that cannot be read pins it: what was asked for is unknown.
    pub(crate) fn read(snapshot: &Path) -> Self {
        let bytes = match fs::read(Self::path(snapshot)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::default(),
            Err(_) => {
                return Self {
                    pinned: true,
                    ..Self::default()
                };
            }
        };
        serde_json::from_slice(&bytes).unwrap_or(Self {
            pinned: true,
            ..Self::default()
        })
    }

    /// Writes the note on a snapshot, whole or not at all.
    pub(crate) fn write(&self, snapshot: &Path) -> Result<()> {
        let path = Self::path(snapshot);
        let mut draft = Draft::new(snapshot.parent().unwrap_or(Path::new(".")), Draft::PLAIN)?;
        serde_json::to_writer(&mut draft, self)
            .map_err(|error| Error::io("write", &path)(error.into()))?;
        draft.replace(&path)
    }
}
