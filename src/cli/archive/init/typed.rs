//! A password typed on the terminal, which shows nothing of it.

use std::io::{self, IsTerminal};

use anyhow::bail;
use crossterm::{
    event::{self, Event, KeyCode, KeyEventKind, KeyModifiers},
    terminal,
};

use super::{super::super::output, named};
use crate::core::{ArchiveSettings, Error, Secret};

/// Asks for a password twice.
pub(super) fn ask(settings: &ArchiveSettings) -> anyhow::Result<Secret> {
    if !output::can_ask() || !io::stdout().is_terminal() {
        bail!(
            "not a terminal, so Unrewind cannot ask for the password of the archive {}: name a file that holds it with --password-file",
            named(settings)
        );
    }
    output::say(&format!(
        "password for the archive {} (without it, nothing in the archive can be read):",
        named(settings)
    ));
    let first = line()?;
    if first.is_empty() {
        bail!("the password is empty, and restic has no archive without one; nothing was created");
    }
    output::say("the same again:");
    if line()? != first {
        bail!("the two passwords differ; nothing was created");
    }
    Ok(Secret::new(first))
}

/// Reads a line without showing it.
fn line() -> anyhow::Result<String> {
    /// Restores the terminal, whatever happens.
    struct Raw;
    impl Drop for Raw {
        fn drop(&mut self) {
            let _ = terminal::disable_raw_mode();
        }
    }
    terminal::enable_raw_mode()?;
    let _raw = Raw;
    let mut text = String::new();
    loop {
        match event::read()? {
            Event::Key(key) if key.kind == KeyEventKind::Release => {}
            Event::Key(key) => match key.code {
                KeyCode::Enter => return Ok(text),
                KeyCode::Esc => return Err(Error::Cancelled.into()),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                    return Err(Error::Cancelled.into());
                }
                KeyCode::Backspace => {
                    text.pop();
                }
                KeyCode::Char(letter) => text.push(letter),
                _ => {}
            },
            Event::Paste(pasted) => text.push_str(pasted.trim_end()),
            _ => {}
        }
    }
}
