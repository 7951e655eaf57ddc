//! The replay command.

use std::path::Path;

use anyhow::bail;
use serde::Deserialize;

use crate::core::ReplayCommand;

/// `[replay]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayLayer {
    pub(super) command: Option<Vec<String>>,
}

impl ReplayLayer {
    /// Takes the command from here, or else from `below`.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            command: self.command.or(below.command),
        }
    }
}

/// Returns the command of these words; `None` if there are none.
pub(super) fn command(words: Vec<String>) -> anyhow::Result<Option<ReplayCommand>> {
    let mut words = words.into_iter();
    let Some(program) = words.next() else {
        return Ok(None);
    };
    // A program in the working directory would depend on where Unrewind is called.
    if program.is_empty() || (program.contains('/') && Path::new(&program).is_relative()) {
        bail!(
            "replay.command begins with {program:?}: name the program by an absolute path, or by its name if it is in PATH"
        );
    }
    Ok(Some(ReplayCommand {
        program,
        arguments: words.collect(),
    }))
}
