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

/// Returns the replay command of these words; `None` if there are none.
pub(super) fn command(words: Vec<String>) -> anyhow::Result<Option<ReplayCommand>> {
    let mut words = words.into_iter();
    let Some(program) = words.next() else {
        return Ok(None);
    };
    refuse_relative(&program, "replay.command")?;
    Ok(Some(ReplayCommand {
        program,
        arguments: words.collect(),
    }))
}

/// Fails if a setting's program is in the working directory: it would depend on where Unrewind is called.
pub(super) fn refuse_relative(program: &str, setting: &str) -> anyhow::Result<()> {
    if program.is_empty() || (program.contains('/') && Path::new(program).is_relative()) {
        bail!(
            "{setting} begins with {program:?}: name the program by an absolute path, or by its name if it is in PATH"
        );
    }
    Ok(())
}
