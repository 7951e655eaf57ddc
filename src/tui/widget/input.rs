//! A line to type in: text, and a cursor that moves by user-perceived characters.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::Text;
use crate::tui::theme::Role;

/// A line that is being typed.
#[derive(Clone, Debug, Default)]
pub struct Input {
    before: String,
    after: String,
}

impl Input {
    /// A line with a text, and the cursor at its end.
    pub fn of(text: impl Into<String>) -> Self {
        Self {
            before: text.into(),
            after: String::new(),
        }
    }

    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// Handles a key that types, deletes or moves the cursor.
    pub fn key(&mut self, key: KeyEvent) {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let by_word = control || alt;
        match key.code {
            KeyCode::Char('a') if control => self.go_to_start(),
            KeyCode::Char('e') if control => self.go_to_end(),
            KeyCode::Char('u') if control => self.before.clear(),
            KeyCode::Char('k') if control => self.after.clear(),
            KeyCode::Char('w') if control => self.delete_back(true),
            KeyCode::Char(character) if !by_word => self.before.push(character),
            KeyCode::Backspace => self.delete_back(by_word),
            KeyCode::Delete => self.delete_on(by_word),
            KeyCode::Left => self.step_back(by_word),
            KeyCode::Right => self.step_on(by_word),
            KeyCode::Home => self.go_to_start(),
            KeyCode::End => self.go_to_end(),
            _ => {}
        }
    }

    /// Inserts a text at the cursor; control characters become blanks.
    pub fn paste(&mut self, text: &str) {
        let blank = |character: char| {
            if character.is_control() {
                ' '
            } else {
                character
            }
        };
        self.before.extend(text.trim_end().chars().map(blank));
    }

    fn go_to_start(&mut self) {
        self.after.insert_str(0, &std::mem::take(&mut self.before));
    }

    fn go_to_end(&mut self) {
        self.before += &std::mem::take(&mut self.after);
    }

    fn delete_back(&mut self, by_word: bool) {
        self.before.truncate(last_start(&self.before, by_word));
    }

    fn delete_on(&mut self, by_word: bool) {
        self.after.drain(..first_end(&self.after, by_word));
    }

    fn step_back(&mut self, by_word: bool) {
        let moved = self.before.split_off(last_start(&self.before, by_word));
        self.after.insert_str(0, &moved);
    }

    fn step_on(&mut self, by_word: bool) {
        let moved = first_end(&self.after, by_word);
        self.before.extend(self.after.drain(..moved));
    }

    /// The line in at most `width` columns, with the part around the cursor in sight.
    pub fn line(&self, width: usize) -> Text {
        let mut after = self.after.graphemes(true);
        let under = after.next().unwrap_or(" ");
        let mut room = width.saturating_sub(under.width());
        let mut before = Vec::new();
        for grapheme in self.before.graphemes(true).rev() {
            if grapheme.width() > room {
                break;
            }
            room -= grapheme.width();
            before.push(grapheme);
        }
        before.reverse();
        let behind = after.take_while(|grapheme| {
            let fits = grapheme.width() <= room;
            room = room.saturating_sub(grapheme.width());
            fits
        });
        let behind: String = behind.collect();
        Text::of(before.concat(), Role::Text)
            .and(under, Role::Selected)
            .and(behind, Role::Text)
    }
}

/// The start of the last character of a text, or of its last word with the blanks after it.
fn last_start(text: &str, by_word: bool) -> usize {
    if by_word {
        let mut words = text.trim_end().split_word_bound_indices();
        words.next_back().map_or(0, |(start, _)| start)
    } else {
        let mut graphemes = text.grapheme_indices(true);
        graphemes.next_back().map_or(0, |(start, _)| start)
    }
}

/// The end of the first character of a text, or of its first word with the blanks before it.
fn first_end(text: &str, by_word: bool) -> usize {
    let blanks = if by_word {
        text.len() - text.trim_start().len()
    } else {
        0
    };
    let rest = &text[blanks..];
    let first = if by_word {
        rest.split_word_bounds().next()
    } else {
        rest.graphemes(true).next()
    };
    blanks + first.map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    use super::Input;

    fn pressed(text: &str, keys: &[(KeyCode, KeyModifiers)]) -> (String, String) {
        let mut input = Input::of(text);
        for (code, modifiers) in keys {
            input.key(KeyEvent::new(*code, *modifiers));
        }
        (input.before, input.after)
    }

    #[test]
    fn the_cursor_moves_by_characters_and_words_as_people_see_them() {
        use KeyCode::{Backspace, Char, Delete, End, Home, Left, Right};
        let (none, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        let cases: [(&str, &[_], (&str, &str)); 8] = [
            ("ab", &[(Left, none), (Char('é'), none)], ("aé", "b")),
            (
                "x👨‍👩‍👧e\u{301}",
                &[(Backspace, none), (Backspace, none)],
                ("x", ""),
            ),
            ("x👨‍👩‍👧", &[(Left, none), (Delete, none)], ("x", "")),
            ("the old lamp ", &[(Char('w'), control)], ("the old ", "")),
            (
                "the old lamp",
                &[(Left, control), (Left, control)],
                ("the ", "old lamp"),
            ),
            ("the old", &[(Home, none), (Delete, control)], ("", " old")),
            (
                "ab",
                &[(Home, none), (Right, none), (Char('u'), control)],
                ("", "b"),
            ),
            (
                "ab",
                &[(Home, none), (End, none), (Right, none)],
                ("ab", ""),
            ),
        ];
        for (text, keys, (before, after)) in cases {
            assert_eq!(
                pressed(text, keys),
                (before.to_owned(), after.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_pasted_stays_on_one_line() {
        let mut input = Input::of("a");
        input.paste("b\n\tc\r\n");
        assert_eq!(input.text(), "ab  c");
    }

    #[test]
    fn the_cursor_is_in_sight_however_narrow_the_line_is() {
        let mut input = Input::of("中文字");
        for width in 0..8 {
            assert!(input.line(width).width() <= width.max(1), "{width}");
        }
        input.key(KeyEvent::new(KeyCode::Home, KeyModifiers::NONE));
        assert!(input.line(4).width() <= 4);
    }
}
