//! A key: its name in the key table and in the user's configuration, its event in a terminal, and
//! its label on the screen.

use std::{fmt, str::FromStr};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::text;

/// A key, with or without Control and Alt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyPress {
    code: KeyCode,
    control: bool,
    alt: bool,
}

/// The keys that are not characters: name, label, code.
const NAMED: [(&str, &str, KeyCode); 16] = [
    ("space", "Space", KeyCode::Char(' ')),
    ("enter", "Enter", KeyCode::Enter),
    ("esc", "Esc", KeyCode::Esc),
    ("tab", "Tab", KeyCode::Tab),
    ("shift-tab", "Shift-Tab", KeyCode::BackTab),
    ("backspace", "Backspace", KeyCode::Backspace),
    ("delete", "Del", KeyCode::Delete),
    ("insert", "Ins", KeyCode::Insert),
    ("up", "↑", KeyCode::Up),
    ("down", "↓", KeyCode::Down),
    ("left", "←", KeyCode::Left),
    ("right", "→", KeyCode::Right),
    ("home", "Home", KeyCode::Home),
    ("end", "End", KeyCode::End),
    ("pgup", "PgUp", KeyCode::PageUp),
    ("pgdn", "PgDn", KeyCode::PageDown),
];

impl KeyPress {
    /// The key of an event. The terminal decides which letters are upper case.
    pub fn of(event: KeyEvent) -> Self {
        let control = event.modifiers.contains(KeyModifiers::CONTROL);
        let code = match event.code {
            KeyCode::Char(letter) if control => KeyCode::Char(letter.to_ascii_lowercase()),
            KeyCode::Tab if event.modifiers.contains(KeyModifiers::SHIFT) => KeyCode::BackTab,
            code => code,
        };
        Self {
            code,
            control,
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// Its name on the screen.
    pub fn label(self, arrows: Arrows) -> String {
        let name = self.base();
        let named = NAMED.into_iter().find(|(known, ..)| *known == name);
        let base = match (named, self.code) {
            (Some((_, label, _)), _) if label.is_ascii() || arrows == Arrows::Signs => {
                label.to_owned()
            }
            (None, KeyCode::Char(letter)) if !self.control && !self.alt => letter.to_string(),
            _ => text::capitalized(&name),
        };
        let alt = if self.alt { "Alt-" } else { "" };
        let control = if self.control { "Ctrl-" } else { "" };
        format!("{control}{alt}{base}")
    }

    fn base(self) -> String {
        let named = NAMED.into_iter().find(|(.., code)| *code == self.code);
        match (named, self.code) {
            (Some((name, ..)), _) => name.to_owned(),
            (None, KeyCode::Char(letter)) => letter.to_string(),
            (None, KeyCode::F(number)) => format!("f{number}"),
            (None, other) => other.to_string().to_lowercase(),
        }
    }
}

/// The names of the arrow keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrows {
    /// By arrows.
    #[default]
    Signs,
    /// In words.
    Words,
}

impl fmt::Display for KeyPress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let control = if self.control { "ctrl-" } else { "" };
        let alt = if self.alt { "alt-" } else { "" };
        write!(f, "{control}{alt}{}", self.base())
    }
}

impl FromStr for KeyPress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (control, rest) = strip(text, "ctrl-");
        let (alt, name) = strip(rest, "alt-");
        let named = NAMED.into_iter().find(|(known, ..)| *known == name);
        let mut letters = name.chars();
        let code = match (named, letters.next(), letters.next()) {
            (Some((.., code)), ..) => Some(code),
            (None, Some(letter), None) if !letter.is_control() => Some(KeyCode::Char(letter)),
            (None, Some('f'), Some(_)) => name[1..].parse().ok().map(KeyCode::F),
            _ => None,
        };
        let code = code.filter(|code| !matches!(code, KeyCode::F(0 | 25..)));
        let code = code.ok_or_else(|| {
            let names = NAMED.map(|(name, ..)| name).join(", ");
            format!(
                "there is no key {text:?}: write a character, f1 to f24, {names}, or one of them after ctrl- or alt-"
            )
        })?;
        let code = match code {
            KeyCode::Char(letter) if control => KeyCode::Char(letter.to_ascii_lowercase()),
            code => code,
        };
        Ok(Self { code, control, alt })
    }
}

fn strip<'t>(text: &'t str, prefix: &str) -> (bool, &'t str) {
    // `ctrl--` is control and minus.
    match text.strip_prefix(prefix) {
        Some(rest) if !rest.is_empty() => (true, rest),
        _ => (false, text),
    }
}
