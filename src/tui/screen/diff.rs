//! What differs between two sides, table by table:
//!
//! ```text
//! ╭ Difference  from rewind 2026-11-23 03:49:11 to live ──────────╮
//! │ • 62 events that count in the snapshot are superseded in live │
//! │                                                               │
//! │   TABLE                    ADDED   CHANGED   REMOVED          │
//! │▌  event_log                   +3       ~62         ·          │
//! ╰───────────────────────────────────────────────────────────────╯
//! ```

use crossterm::event::KeyEvent;
use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::{Ask, Look};
use crate::{
    core::{Difference, Error, Progress, RestoreOptions, TableDiff},
    text::{self, Zone},
    tui::{
        keymap::{Action, Context},
        msg::{News, Origin, Read},
        theme::Role,
        widget::{Align, Input, Text, Window, bar, cell, fit, frame},
    },
};

/// What differs from one side to another.
#[derive(Debug)]
pub struct Diff {
    from: Origin,
    to: Origin,
    compared: Compared,
    /// What the names of the shown tables hold.
    find: String,
    typing: Option<Input>,
    /// Those that are shown, as indices into the difference's.
    shown: Vec<usize>,
    window: Window,
    area: Rect,
}

/// How far the comparison is.
#[derive(Debug)]
enum Compared {
    Comparing(Option<Progress>),
    Known(Box<Difference>),
    Failed(String),
}

impl Diff {
    /// The difference from one side to another, before it is known.
    pub fn new(from: Origin, to: Origin) -> Self {
        Self {
            from,
            to,
            compared: Compared::Comparing(None),
            find: String::new(),
            typing: None,
            shown: Vec::new(),
            window: Window::default(),
            area: Rect::default(),
        }
    }

    pub(super) fn context(&self) -> Context {
        match self.typing {
            Some(_) => Context::Input,
            None => Context::Diff,
        }
    }

    pub(super) fn resize(&mut self, area: Rect) {
        self.area = area;
        self.fit();
    }

    pub(super) fn load(&mut self) -> Ask {
        self.compared = Compared::Comparing(None);
        self.filter();
        Ask::Read(Read::Difference(self.from.clone(), self.to.clone()))
    }

    pub(super) fn act(&mut self, action: Action) -> Option<Ask> {
        if self.window.act(action) {
            return None;
        }
        match (action, self.typing.is_some()) {
            (Action::Answer, true) => self.typing = None,
            (Action::Back, true) => {
                self.typing = None;
                self.find.clear();
                self.filter();
            }
            (Action::Find, _) => self.typing = Some(Input::of(&self.find)),
            (Action::Reload, _) => return Some(self.load()),
            (Action::Restore, _) => return self.restore(),
            (Action::Back, false) if !self.find.is_empty() => {
                self.find.clear();
                self.filter();
            }
            (Action::Back, false) => return Some(Ask::Close),
            _ => {}
        }
        None
    }

    pub(super) fn type_key(&mut self, key: KeyEvent) -> Option<Ask> {
        self.typed(|input| input.key(key))
    }

    pub(super) fn paste(&mut self, text: &str) -> Option<Ask> {
        self.typed(|input| input.paste(text))
    }

    fn typed(&mut self, edit: impl FnOnce(&mut Input)) -> Option<Ask> {
        let input = self.typing.as_mut()?;
        edit(input);
        self.find = input.text();
        self.filter();
        None
    }

    pub(super) fn hear(&mut self, news: News) -> Option<Ask> {
        match (news, &mut self.compared) {
            (News::Progress(progress), Compared::Comparing(known)) => *known = Some(progress),
            (News::Compared(Ok(difference)), _) => {
                self.compared = Compared::Known(Box::new(difference));
                self.filter();
            }
            (News::Compared(Err(error)), _) if !matches!(error, Error::Cancelled) => {
                self.compared = Compared::Failed(error.to_string());
            }
            _ => {}
        }
        None
    }

    /// Restores just the selected table from the snapshot that is compared with live.
    fn restore(&self) -> Option<Ask> {
        let table = self
            .tables()
            .get(*self.shown.get(self.window.selected())?)?;
        let snapshot = match (&self.from, &self.to) {
            (Origin::Snapshot(snapshot), Origin::Live)
            | (Origin::Live, Origin::Snapshot(snapshot)) => snapshot.clone(),
            _ => return None,
        };
        let options = RestoreOptions {
            tables: vec![table.table.name.clone()],
            ..RestoreOptions::default()
        };
        Some(Ask::Restore(snapshot, options))
    }

    fn tables(&self) -> &[TableDiff] {
        match &self.compared {
            Compared::Known(difference) => &difference.tables,
            _ => &[],
        }
    }

    fn filter(&mut self) {
        let find = self.find.to_lowercase();
        let shown = self.tables().iter().enumerate();
        let shown = shown.filter(|(_, diff)| diff.table.name.to_lowercase().contains(&find));
        self.shown = shown.map(|(index, _)| index).collect();
        self.window.set_len(self.shown.len());
        self.fit();
    }

    /// Leaves the window on the tables the room that the lines above them do not take.
    fn fit(&mut self) {
        let inside = usize::from(self.area.height.saturating_sub(2));
        // The heading, and the line in which names are looked for.
        let taken = 1 + self.story(self.width()).len() + usize::from(self.finds());
        self.window.resize(inside.saturating_sub(taken));
    }

    fn finds(&self) -> bool {
        self.typing.is_some() || !self.find.is_empty()
    }

    fn width(&self) -> usize {
        usize::from(self.area.width.saturating_sub(2))
    }

    /// Draws it.
    pub(super) fn draw(&self, screen: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let block = frame(self.title(look.zone), Role::Edge, look.theme);
        let inner = block.inner(area);
        screen.render_widget(block, area);
        let width = usize::from(inner.width);
        let mut lines = match &self.compared {
            Compared::Comparing(progress) => vec![comparing(*progress, width)],
            Compared::Failed(reason) => {
                Text::of(format!("✗ {reason}"), Role::Bad).wrapped(width.max(1))
            }
            Compared::Known(_) => self.story(width),
        };
        if let Compared::Known(_) = self.compared {
            let columns = Columns::within(width);
            lines.push(columns.heading());
            lines.extend(self.window.rows().map(|row| {
                let diff = &self.tables()[self.shown[row]];
                columns.row(diff, row == self.window.selected())
            }));
        }
        if self.finds() {
            lines.truncate(usize::from(inner.height.saturating_sub(1)));
            lines.push(self.find_line(width));
        }
        let lines: Vec<_> = lines.iter().map(|line| line.line(look.theme)).collect();
        screen.render_widget(Paragraph::new(lines), inner);
    }

    fn title(&self, zone: Zone) -> Text {
        let sides = format!("  from {} to {}", self.from.says(zone), self.to.says(zone));
        Text::of("Difference", Role::Accent).and(sides, Role::Text)
    }

    /// What became of the events, in sentences, and a blank line below.
    fn story(&self, width: usize) -> Vec<Text> {
        let Compared::Known(difference) = &self.compared else {
            return Vec::new();
        };
        let (from, to) = self.briefly();
        let points = difference.log.iter();
        let points = points.flat_map(|log| text::difference_of_logs(log, from, to));
        let mut lines: Vec<Text> = points
            .map(|point| {
                let says = fit(&point.says, width.saturating_sub(3));
                Text::of(" • ", Role::Accent).and(says, Role::Strong)
            })
            .collect();
        if difference.is_empty() {
            lines.push(Text::of(" Both sides are the same.", Role::Strong));
        }
        lines.push(Text::default());
        lines
    }

    /// The sides in a word or two.
    fn briefly(&self) -> (&'static str, &'static str) {
        match (&self.from, &self.to) {
            (Origin::Snapshot(_), Origin::Snapshot(_)) => ("the first", "the second"),
            (Origin::Live, _) => ("live", "the snapshot"),
            (_, Origin::Live) => ("the snapshot", "live"),
        }
    }

    fn find_line(&self, width: usize) -> Text {
        let label = Text::of(" table: ", Role::Accent);
        let room = width.saturating_sub(label.width());
        match &self.typing {
            Some(input) => label.joined(input.line(room)),
            None => label.and(fit(&self.find, room), Role::Strong),
        }
    }
}

fn comparing(progress: Option<Progress>, width: usize) -> Text {
    let Some(progress) = progress else {
        return Text::of(" comparing …", Role::Faint);
    };
    let percent = text::percent(progress.done, progress.total);
    Text::of(format!(" {}  ", text::stage(progress.stage)), Role::Faint)
        .and(bar(percent, width.saturating_sub(36).min(40)), Role::Accent)
        .and(format!(" {percent:>3} %"), Role::Text)
}

/// How wide the columns are.
struct Columns {
    name: usize,
    number: usize,
    spare: usize,
}

impl Columns {
    fn within(width: usize) -> Self {
        let number = 9.min(width / 5);
        let name = width.saturating_sub(3 + 3 * (number + 1)).min(40);
        let spare = width.saturating_sub(3 + name + 3 * (number + 1));
        Self {
            name,
            number,
            spare,
        }
    }

    fn heading(&self) -> Text {
        let numbers = ["ADDED", "CHANGED", "REMOVED"].map(|heading| self.number(heading));
        let name = cell("TABLE", self.name, Align::Left);
        Text::of(format!("   {name}{}", numbers.concat()), Role::Faint)
    }

    fn number(&self, text: &str) -> String {
        format!(" {}", cell(text, self.number, Align::Right))
    }

    fn row(&self, diff: &TableDiff, is_selected: bool) -> Text {
        let bar = if is_selected { "▌" } else { " " };
        let plain = if diff.is_empty() {
            Role::Faint
        } else {
            Role::Text
        };
        let role = |role| if is_selected { Role::Selected } else { role };
        let name = cell(&diff.table.name, self.name, Align::Left);
        let mut line = Text::of(bar, Role::Accent).and(format!("  {name}"), role(plain));
        for (rows, sign, meaning) in [
            (diff.added, "+", Role::Added),
            (diff.changed, "~", Role::Warning),
            (diff.removed, "-", Role::Removed),
        ] {
            let (text, meaning) = match rows {
                0 => ("·".to_owned(), Role::Faint),
                _ => (format!("{sign}{}", text::count(rows)), meaning),
            };
            line = line.and(self.number(&text), role(meaning));
        }
        line.and(" ".repeat(self.spare), role(Role::Text))
    }
}

impl Origin {
    /// The side in words.
    fn says(&self, zone: Zone) -> String {
        match self {
            Self::Live => "live".to_owned(),
            Self::Snapshot(snapshot) => text::snapshot(&snapshot.name(), zone),
        }
    }
}
