//! The rows of one table that differ, a line each, and the selected one whole:
//!
//! ```text
//! ╭ memories  5 rows differ ──────────────────╮╭ id = 1408 ────────────╮
//! │▌- id = 1408  “The harbour light …”        ││ text  The harbour …   │
//! ╰ + only in live  ~ changed  - only in … ───╯╰───────────────────────╯
//! ```
//!
//! Only the rows in sight are ever read, so memory does not grow with the difference.

mod detail;
mod words;

use crossterm::event::KeyEvent;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::Paragraph,
};

use super::{Ask, Look};
use crate::{
    core::{Change, ChangeKind, Progress, RestoreOptions, Snapshot, TableDiff},
    text,
    tui::{
        keymap::{Action, Context},
        msg::{ChangeLine, ChangePage, Differing, Direction, News, Read},
        theme::Role,
        widget::{Align, Input, Text, Window, cell, fit, frame},
    },
};

/// The rows of one table that differ.
#[derive(Debug)]
pub struct Changes {
    rows: Box<Differing>,
    /// The sides in a word or two.
    sides: (&'static str, &'static str),
    restores: Option<(Box<Snapshot>, RestoreOptions)>,
    window: Window,
    page: ChangePage,
    /// The selected row, in lines as wide as its pane.
    detail: Vec<Text>,
    focus: Focus,
    finding: Finding,
    area: Rect,
    failed: Option<String>,
}

/// What the keys that move move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Focus {
    Rows,
    /// So many lines of the selected row are above those in sight.
    Detail(usize),
}

/// A text that is looked for.
#[derive(Debug, Default)]
struct Finding {
    text: String,
    typing: Option<Input>,
    state: Found,
}

#[derive(Debug, Default)]
enum Found {
    #[default]
    Idle,
    Looking(Option<Progress>),
    Nowhere,
}

impl Changes {
    /// The rows that differ in a table, and what `r` would restore of it.
    pub(super) fn new(
        diff: TableDiff,
        sides: (&'static str, &'static str),
        restores: Option<(Box<Snapshot>, RestoreOptions)>,
    ) -> Self {
        Self {
            rows: Box::new(Differing { diff, kind: None }),
            sides,
            restores,
            window: Window::default(),
            page: ChangePage::default(),
            detail: Vec::new(),
            focus: Focus::Rows,
            finding: Finding::default(),
            area: Rect::default(),
            failed: None,
        }
    }

    pub(super) fn context(&self) -> Context {
        match (&self.finding.typing, self.focus) {
            (Some(_), _) => Context::Input,
            (None, Focus::Rows) => Context::Changes,
            (None, Focus::Detail(_)) => Context::Detail,
        }
    }

    pub(super) fn resize(&mut self, area: Rect) {
        self.area = area;
        let rows = Panes::of(area).rows;
        self.window
            .resize(usize::from(rows.height.saturating_sub(2)));
        self.show_detail();
    }

    pub(super) fn load(&mut self) -> Ask {
        self.window.set_len(self.count());
        self.read()
    }

    fn count(&self) -> usize {
        usize::try_from(self.rows.count()).unwrap_or(usize::MAX)
    }

    /// Reads what is in sight, and a screenful more on either side.
    fn read(&self) -> Ask {
        let rows = self.window.rows();
        let more = rows.len();
        let places = rows.start.saturating_sub(more)..rows.end.saturating_add(more);
        let places = places.start as u64..places.end as u64;
        let whole = self.window.selected() as u64;
        Ask::Read(Read::Changes(self.rows.clone(), places, whole))
    }

    pub(super) fn act(&mut self, action: Action) -> Option<Ask> {
        if let Focus::Detail(_) = self.focus {
            return self.act_in_detail(action);
        }
        if self.window.act(action) {
            return Some(self.read());
        }
        match (action, self.finding.typing.take()) {
            (Action::Answer, Some(input)) => {
                self.finding.text = input.text();
                return self.find(Direction::Forward);
            }
            (Action::Open, None) => self.focus = Focus::Detail(0),
            (Action::NextKinds, None) => return Some(self.next_kind()),
            (Action::Find, None) => self.finding.typing = Some(Input::default()),
            (Action::FindNext, None) => return self.find(Direction::Forward),
            (Action::FindPrevious, None) => return self.find(Direction::Backward),
            (Action::Restore, None) => {
                let (snapshot, options) = self.restores.clone()?;
                return Some(Ask::Restore(snapshot, options));
            }
            (Action::Back, None) => return Some(Ask::Close),
            _ => {}
        }
        None
    }

    fn act_in_detail(&mut self, action: Action) -> Option<Ask> {
        let height = usize::from(Panes::of(self.area).detail.height.saturating_sub(2));
        let Focus::Detail(scroll) = &mut self.focus else {
            return None;
        };
        let last = self.detail.len().saturating_sub(height);
        *scroll = match action {
            Action::Up => scroll.saturating_sub(1),
            Action::Down => *scroll + 1,
            Action::PageUp => scroll.saturating_sub(height),
            Action::PageDown => *scroll + height,
            Action::First => 0,
            Action::Last => last,
            _ => *scroll,
        }
        .min(last);
        if matches!(action, Action::Back | Action::Open) {
            self.focus = Focus::Rows;
        }
        None
    }

    pub(super) fn type_key(&mut self, key: KeyEvent) {
        if let Some(input) = &mut self.finding.typing {
            input.key(key);
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(input) = &mut self.finding.typing {
            input.paste(text);
        }
    }

    fn next_kind(&mut self) -> Ask {
        let kinds = [
            None,
            Some(ChangeKind::Added),
            Some(ChangeKind::Changed),
            Some(ChangeKind::Removed),
        ];
        let place = kinds.iter().position(|kind| *kind == self.rows.kind);
        let others = kinds.iter().cycle().skip(place.unwrap_or(0) + 1);
        let shown = |kind: &&Option<ChangeKind>| self.rows.diff.count(**kind) > 0;
        self.rows.kind = others.take(4).find(shown).copied().flatten();
        self.page = ChangePage::default();
        self.window.set_len(self.count());
        self.window.select(0);
        self.read()
    }

    fn find(&mut self, direction: Direction) -> Option<Ask> {
        if self.finding.text.is_empty() || self.count() == 0 {
            return None;
        }
        self.finding.state = Found::Looking(None);
        let (text, from) = (self.finding.text.clone(), self.window.selected() as u64);
        let find = Read::FindChange(self.rows.clone(), text, from, direction);
        Some(Ask::Read(find))
    }

    pub(super) fn hear(&mut self, news: News) -> Option<Ask> {
        match news {
            News::Progress(progress) => {
                if let Found::Looking(known) = &mut self.finding.state {
                    *known = Some(progress);
                }
            }
            News::Changes(Ok(page)) => {
                self.page = page;
                self.show_detail();
            }
            News::FoundChange(Ok(Some(place))) => {
                self.finding.state = Found::Idle;
                self.window
                    .select(usize::try_from(place).unwrap_or(usize::MAX));
                return Some(self.read());
            }
            News::FoundChange(Ok(None)) => self.finding.state = Found::Nowhere,
            News::Changes(Err(error)) | News::FoundChange(Err(error)) => {
                self.failed = Some(error.to_string());
            }
            _ => {}
        }
        None
    }

    fn show_detail(&mut self) {
        let Some((_, change)) = &self.page.whole else {
            return;
        };
        let width = usize::from(Panes::of(self.area).detail.width.saturating_sub(4));
        let lines = detail::lines(change, &self.rows.diff.table);
        self.detail = lines
            .iter()
            .flat_map(|line| line.wrapped(width.max(1)))
            .collect();
        if let Focus::Detail(scroll) = &mut self.focus {
            *scroll = (*scroll).min(self.detail.len().saturating_sub(1));
        }
    }

    /// Draws both panes.
    pub(super) fn draw(&self, screen: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let panes = Panes::of(area);
        self.draw_rows(screen, panes.rows, look);
        self.draw_detail(screen, panes.detail, look);
    }

    fn draw_rows(&self, screen: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let block = frame(self.title(), Role::Edge, look.theme);
        let block = block.title_bottom(self.bottom(width).line(look.theme));
        let inner = block.inner(area);
        screen.render_widget(block, area);
        let key = self
            .page
            .lines
            .iter()
            .map(|line| Text::of(line.key.clone(), Role::Text).width());
        let key = key.max().unwrap_or(0).min(width / 3);
        let lines: Vec<_> = self
            .window
            .rows()
            .map(|row| {
                let is_selected = row == self.window.selected();
                let place = (row as u64).checked_sub(self.page.from);
                let place = place.and_then(|place| usize::try_from(place).ok());
                let line = place.and_then(|place| self.page.lines.get(place));
                row_line(line, is_selected, key, width).line(look.theme)
            })
            .collect();
        screen.render_widget(Paragraph::new(lines), inner);
    }

    fn title(&self) -> Text {
        let count = self.count() as u64;
        let what = match self.rows.kind {
            None => "differ",
            Some(ChangeKind::Added) => "added",
            Some(ChangeKind::Changed) => "changed",
            Some(ChangeKind::Removed) => "removed",
        };
        let place = if self.window.is_longer() {
            format!("{} of ", text::count(self.window.selected() as u64 + 1))
        } else {
            String::new()
        };
        let rows = format!("  {place}{} {what}", text::counted(count, "row"));
        Text::of(self.rows.diff.table.name.clone(), Role::Accent).and(rows, Role::Text)
    }

    /// What is looked for, or what the signs mean.
    fn bottom(&self, width: usize) -> Text {
        let Finding {
            text,
            typing,
            state,
        } = &self.finding;
        if let Some(failed) = &self.failed {
            return Text::of(fit(&format!(" ✗ {failed} "), width), Role::Bad);
        }
        if let Some(input) = typing {
            let label = Text::of(" find: ", Role::Accent);
            let room = width.saturating_sub(label.width() + 1);
            return label.joined(input.line(room)).and(" ", Role::Text);
        }
        match state {
            Found::Looking(progress) => {
                let percent = progress.map_or(0, |at| text::percent(at.done, at.total));
                let says = format!(" looking for “{text}” … {percent} % ");
                Text::of(fit(&says, width), Role::Text)
            }
            Found::Nowhere => {
                let says = format!(" ! “{text}” is in none of these rows ");
                Text::of(fit(&says, width), Role::Warning)
            }
            Found::Idle => {
                let (from, to) = self.sides;
                let says = format!(" + only in {to}  ~ changed  - only in {from} ");
                Text::of(fit(&says, width), Role::Faint)
            }
        }
    }

    fn draw_detail(&self, screen: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let (scroll, role) = match self.focus {
            Focus::Rows => (0, Role::Edge),
            Focus::Detail(scroll) => (scroll, Role::Text),
        };
        let title = self.page.whole.as_ref().map(|(_, change)| {
            let (Change::Added(record)
            | Change::Removed(record)
            | Change::Changed { to: record, .. }) = change;
            let key = record.key_text(&self.rows.diff.table);
            fit(&key, usize::from(area.width.saturating_sub(6)))
        });
        let title = Text::of(title.unwrap_or_default(), Role::Accent);
        let block = frame(title, role, look.theme);
        let inner = block.inner(area);
        let height = usize::from(inner.height);
        let hidden = self.detail.len().saturating_sub(scroll + height);
        let block = if hidden > 0 {
            let more = format!(" ↓ {} ", text::counted(hidden as u64, "more line"));
            block.title_bottom(Text::of(more, Role::Warning).line(look.theme))
        } else {
            block
        };
        screen.render_widget(block, area);
        let shown = self.detail.iter().skip(scroll).take(height);
        let lines: Vec<_> = shown
            .map(|line| {
                Text::of(" ", Role::Text)
                    .joined(line.clone())
                    .line(look.theme)
            })
            .collect();
        screen.render_widget(Paragraph::new(lines), inner);
    }
}

fn row_line(line: Option<&ChangeLine>, is_selected: bool, key: usize, width: usize) -> Text {
    let bar = if is_selected { "▌" } else { " " };
    let role = |role| if is_selected { Role::Selected } else { role };
    let text = Text::of(bar, Role::Accent);
    let Some(line) = line else {
        return text.and(
            cell("…", width.saturating_sub(1), Align::Left),
            role(Role::Faint),
        );
    };
    let (sign, meaning) = match line.kind {
        ChangeKind::Added => ("+ ", Role::Added),
        ChangeKind::Changed => ("~ ", Role::Warning),
        ChangeKind::Removed => ("- ", Role::Removed),
    };
    let gap = if key > 0 { "  " } else { "" };
    let text = text.and(sign, role(meaning)).and(
        format!("{}{gap}", cell(&line.key, key, Align::Left)),
        role(Role::Text),
    );
    let room = width.saturating_sub(text.width());
    let cells = fit(&line.cells, room);
    let text = text.and(cells.clone(), role(Role::Strong));
    let room = width.saturating_sub(text.width());
    let gap = if cells.is_empty() { "" } else { "  " };
    let label = cell(&format!("{gap}{}", line.label), room, Align::Left);
    text.and(label, role(Role::Text))
}

/// The rows, and the selected one beside them or below.
struct Panes {
    rows: Rect,
    detail: Rect,
}

impl Panes {
    /// From this width on the panes stand side by side.
    const WIDE: u16 = 112;

    fn of(area: Rect) -> Self {
        let halves = [Constraint::Percentage(55), Constraint::Min(0)];
        let [rows, detail] = if area.width >= Self::WIDE {
            Layout::horizontal(halves).areas(area)
        } else {
            Layout::vertical(halves).areas(area)
        };
        Self { rows, detail }
    }
}
