//! One value whole: its text, JSON indented and coloured, a BLOB as bytes.

use ratatui::{Frame, layout::Rect};

use super::json;
use crate::{
    core::Value,
    text,
    tui::{
        browser::DetailPane,
        screen::DrawContext,
        theme::Role,
        widget::{Text, fit, frame, visible},
    },
};

#[derive(Debug, Default)]
pub(super) struct ValuePane {
    column: String,
    kind: String,
    pub(super) lines: DetailPane,
}

impl ValuePane {
    /// Shows a value, or the beginning of one with `cut_from` bytes.
    pub(super) fn show(&mut self, column: &str, value: &Value, cut_from: Option<usize>) {
        column.clone_into(&mut self.column);
        let ValueLines { kind, lines } = ValueLines::of(value, cut_from);
        self.kind = kind;
        self.lines.show(lines);
    }

    pub(super) fn clear(&mut self) {
        self.column.clear();
        self.kind.clear();
        self.lines.show(Vec::new());
    }

    pub(super) fn draw(
        &self,
        screen: &mut Frame<'_>,
        area: Rect,
        edge: Role,
        context: DrawContext<'_>,
    ) {
        let room = usize::from(area.width.saturating_sub(4));
        let title = fit(&self.column, room);
        let left = room.saturating_sub(title.len() + 2);
        let mut title = Text::of(title, Role::Accent);
        if left > self.kind.len() {
            title = title.and(format!("  {}", self.kind), Role::Faint);
        }
        let block = frame(title, edge, context.theme);
        self.lines.draw(screen, area, block, context);
    }
}

/// A value in lines, and its kind.
#[derive(Default)]
struct ValueLines {
    kind: String,
    lines: Vec<Text>,
}

impl ValueLines {
    /// The most bytes of a value that are shown; an export has all of them.
    const LONGEST: usize = 256 * 1024;
    const LONGEST_BLOB: usize = 4 * 1024;

    fn of(value: &Value, cut_from: Option<usize>) -> Self {
        let mut shown = Self::default();
        shown.show(value, cut_from);
        shown
    }

    fn show(&mut self, value: &Value, cut_from: Option<usize>) {
        match value {
            Value::Null => {
                "NULL".clone_into(&mut self.kind);
                self.lines.push(Text::of("no value", Role::Faint));
            }
            Value::Text(text) => self.show_text(text, cut_from),
            Value::BrokenText(bytes) => {
                self.show_blob(bytes, cut_from);
                self.kind = self.kind.replacen("blob", "text, not UTF-8", 1);
            }
            Value::Blob(bytes) => match (value.readable(), value.beginning_of_json()) {
                (Some(json), _) => self.show_json(&json, bytes.len()),
                (None, Some(json)) if cut_from.is_some() => {
                    self.show_text(json, cut_from);
                    self.kind = self.kind.replacen("text", "blob", 1);
                }
                _ => self.show_blob(bytes, cut_from),
            },
            number => {
                "number".clone_into(&mut self.kind);
                self.lines.push(Text::of(number.to_string(), Role::Text));
            }
        }
    }

    fn show_text(&mut self, text: &str, cut_from: Option<usize>) {
        let whole = cut_from.unwrap_or(text.len());
        let shown = text::beginning(text, Self::LONGEST);
        let set = if shown.len() == whole {
            json::formatted(shown)
        } else {
            None
        };
        let size = text::size(whole as u64);
        self.kind = match (&set, whole) {
            (_, 0) => "empty text".to_owned(),
            (Some(_), _) => format!("text, {size}, JSON"),
            (None, _) => format!("text, {size}"),
        };
        self.lines = set.unwrap_or_else(|| {
            let line = |line: &str| line.chars().map(visible).collect::<String>();
            shown
                .split('\n')
                .map(|text| Text::of(line(text), Role::Text))
                .collect()
        });
        self.note_the_rest(shown.len(), whole);
    }

    fn show_json(&mut self, json: &str, size: usize) {
        self.show_text(json, None);
        self.kind = format!("blob, {}, JSON", text::size(size as u64));
    }

    fn show_blob(&mut self, bytes: &[u8], cut_from: Option<usize>) {
        const ACROSS: usize = 8;
        let whole = cut_from.unwrap_or(bytes.len());
        let shown = &bytes[..bytes.len().min(Self::LONGEST_BLOB)];
        self.kind = format!("blob, {}", text::size(whole as u64));
        for (index, part) in shown.chunks(ACROSS).enumerate() {
            let digits: Vec<String> = part.iter().map(|byte| format!("{byte:02x}")).collect();
            let is_plain = |byte: &u8| byte.is_ascii_graphic();
            let letter = |byte: &u8| {
                if is_plain(byte) {
                    char::from(*byte)
                } else {
                    '.'
                }
            };
            let letters: String = part.iter().map(letter).collect();
            self.lines.push(
                Text::of(format!("{:06x}  ", index * ACROSS), Role::Faint)
                    .and(format!("{:<23}  ", digits.join(" ")), Role::Text)
                    .and(letters, Role::Faint),
            );
        }
        self.note_the_rest(shown.len(), whole);
    }

    fn note_the_rest(&mut self, shown: usize, whole: usize) {
        if shown < whole {
            let more = text::size((whole - shown) as u64);
            self.lines
                .push(Text::of(format!("… {more} more"), Role::Warning));
        }
    }
}
