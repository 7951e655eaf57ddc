//! The palette: every command of the context, found by typing a part of its name.

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use super::{lines::SheetLines, sheet::Sheet};
use crate::tui::{
    keymap::{Action, Context, Keymap},
    screen::DrawContext,
    theme::Role,
    widget::{Align, Input, Text, Window, cell, row_style},
};

#[derive(Debug)]
pub struct Palette {
    input: Input,
    all: Vec<PaletteEntry>,
    /// The commands that match what was typed, as indices into `all`.
    found: Vec<usize>,
    window: Window,
}

#[derive(Debug)]
struct PaletteEntry {
    action: Action,
    label: &'static str,
    help: String,
    key: String,
}

impl Palette {
    const ROWS: u16 = 12;
    /// The lines for the typed text, a blank, the frame and the keys.
    const AROUND: u16 = 6;

    pub fn new(keys: &Keymap, here: Context, area: Rect) -> Self {
        let mut all: Vec<PaletteEntry> = Vec::new();
        for line in keys.here(here) {
            let is_known = all.iter().any(|entry| entry.action == line.action);
            if !is_known && line.action != Action::Palette {
                all.push(PaletteEntry {
                    action: line.action,
                    label: line.label,
                    help: keys.help(line),
                    key: line.names[0].clone(),
                });
            }
        }
        let mut palette = Self {
            input: Input::default(),
            all,
            found: Vec::new(),
            window: Window::default(),
        };
        palette.resize(area);
        palette.find();
        palette
    }

    pub fn resize(&mut self, area: Rect) {
        let rows = Self::ROWS.min(area.height.saturating_sub(Self::AROUND));
        self.window.resize(rows.into());
    }

    /// Types into its line.
    pub fn type_with(&mut self, edit: impl FnOnce(&mut Input)) {
        edit(&mut self.input);
        self.find();
    }

    pub fn act(&mut self, action: Action) {
        self.window.act(action);
    }

    pub fn chosen(&self) -> Option<Action> {
        let entry = *self.found.get(self.window.selected())?;
        Some(self.all[entry].action)
    }

    fn find(&mut self) {
        let typed = self.input.text().trim().to_lowercase();
        let ranks = self.all.iter().enumerate();
        let mut found: Vec<(usize, usize)> = ranks
            .filter_map(|(index, entry)| Some((rank(entry, &typed)?, index)))
            .collect();
        found.sort_unstable();
        self.found = found.into_iter().map(|(_, index)| index).collect();
        self.window.set_len(self.found.len());
        self.window.select(0);
    }

    pub(super) fn row_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<isize> {
        let lines = self.lines(area);
        let (line, _) = Self::sheet(&lines, context).line_at(at, area)?;
        self.window.row_in(line.checked_sub(Self::ABOVE)?)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        Self::sheet(&self.lines(area), context).draw(frame, area, context);
    }

    /// The lines above the commands: what was typed, and a blank.
    const ABOVE: usize = 2;

    fn lines(&self, area: Rect) -> SheetLines {
        let room = Sheet::room(area);
        let prompt = Text::of("> ", Role::Accent).joined(self.input.line(room.saturating_sub(2)));
        let mut lines = vec![prompt, Text::default()];
        if self.found.is_empty() {
            lines.push(Text::of("  no matching command", Role::Faint));
        }
        let rows = self.window.rows();
        lines.extend(rows.map(|row| self.row(row, room)));
        // It keeps its size while the user types.
        let rows = Self::ROWS.min(area.height.saturating_sub(Self::AROUND));
        lines.resize(usize::from(rows) + Self::ABOVE, Text::default());
        lines.into()
    }

    fn sheet<'l>(lines: &'l SheetLines, context: DrawContext<'_>) -> Sheet<'l> {
        let actions = [Action::Answer, Action::Back];
        let bottom = Text::of(context.keys.hints(Context::Palette, &actions), Role::Faint);
        Sheet::new("What can be done here", lines, bottom)
    }

    fn row(&self, row: usize, room: usize) -> Text {
        const LABEL: usize = 14;
        const KEY: usize = 9;
        let entry = &self.all[self.found[row]];
        let is_selected = row == self.window.selected();
        let (bar, role) = row_style(is_selected);
        let help = cell(
            &entry.help,
            room.saturating_sub(LABEL + KEY + 3),
            Align::Left,
        );
        bar.and(cell(entry.label, LABEL, Align::Left), role(Role::Strong))
            .and(format!(" {help} "), role(Role::Faint))
            .and(cell(&entry.key, KEY, Align::Right), role(Role::Accent))
    }
}

/// How well an entry matches what was typed, 0 best; `None` if it does not.
fn rank(entry: &PaletteEntry, typed: &str) -> Option<usize> {
    let (label, help) = (entry.label, entry.help.to_lowercase());
    let word_starts = |text: &str| text.split(' ').any(|word| word.starts_with(typed));
    let mut letters = label.chars();
    let fits = [
        label.starts_with(typed),
        word_starts(label),
        label.contains(typed),
        word_starts(entry.action.synonyms()),
        word_starts(&help),
        help.contains(typed),
        // The letters in their order, with others between them.
        typed
            .chars()
            .all(|typed_letter| letters.any(|letter| letter == typed_letter)),
    ];
    fits.into_iter().position(|fits| fits)
}
