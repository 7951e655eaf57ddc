//! Drawing events: a line each, and the selected one below.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};
use unicode_width::UnicodeWidthStr;

use super::{EventsQuery, EventsScreen};
use crate::{
    core::{EventChange, EventEntry, EventStatus},
    text,
    tui::{
        browser::{FramedList, Panes, Phase, draw_lines, progress_line},
        keymap::Context,
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell, fit, frame, row_style},
    },
};

/// The list, and below it the selected event.
pub(super) struct EventsPanes {
    pub(super) list: Rect,
    pub(super) detail: Rect,
}

impl EventsPanes {
    pub(super) fn of(area: Rect, panes: Panes) -> Self {
        let detail = match area.height {
            _ if panes.is_enlarged() => 0,
            0..10 => 0,
            10..20 => 4,
            height => (height / 4).min(12),
        };
        let rows = [Constraint::Min(0), Constraint::Length(detail)];
        let [list, detail] = Layout::vertical(rows).areas(area);
        Self { list, detail }
    }
}

/// The sign, the word and the role of a change: the sign says what the snapshot has beside live, as in a
/// difference and a plan.
fn change_label(change: EventChange) -> (&'static str, &'static str, Role) {
    match change {
        EventChange::Same => (" ", "", Role::Text),
        EventChange::Lost => ("!", "lost", Role::Warning),
        EventChange::Gone => ("+", "only snapshot", Role::Added),
        EventChange::Back => ("~", "active again", Role::Warning),
        EventChange::Newer => ("-", "newer", Role::Removed),
        EventChange::Inserted => ("-", "only live", Role::Removed),
        EventChange::Rewound => ("◂", "rewound", Role::Faint),
        EventChange::Hidden => ("·", "hidden", Role::Faint),
    }
}

impl EventsScreen {
    pub(super) fn draw_list(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let lines = match &self.state {
            Phase::Failed(reason) => {
                Text::of(format!(" ✗ {reason}"), Role::Bad).wrapped(width.max(1))
            }
            Phase::Reading(_) if self.len() == 0 => {
                vec![Text::of(" reading the events …", Role::Faint)]
            }
            _ if self.len() == 0 => vec![Text::of(self.nothing(), Role::Text)],
            _ => self.lines(width),
        };
        let list = FramedList {
            title: self.title(context),
            bottom: self.bottom(width, context),
            lines,
        };
        list.draw(screen, area, context);
    }

    fn nothing(&self) -> &'static str {
        if !self.choice.words.is_empty() {
            " No kind or branch matches."
        } else if self.choice.is_some() {
            " No event matches."
        } else {
            " There are no events."
        }
    }

    fn title(&self, context: DrawContext<'_>) -> Text {
        let of = match &self.snapshot {
            Some(snapshot) => format!(
                "{} and live",
                text::snapshot(&snapshot.name(), context.zone)
            ),
            None => "live".to_owned(),
        };
        let place = match self.len() {
            0 => format!("0 of {}", text::count(self.history.len() as u64)),
            shown => format!(
                "{} of {}",
                text::count(self.window.selected() as u64 + 1),
                text::count(shown as u64)
            ),
        };
        let which = match self.choice.change {
            Some(change) => format!(" {}", change_label(change).1),
            None => String::new(),
        };
        Text::of("Events", Role::Accent)
            .and(format!("  {place}{which}"), Role::Text)
            .and(format!("  {of}"), Role::Text)
    }

    /// The typed line, the progress, or how many events changed in which way.
    fn bottom(&self, width: usize, context: DrawContext<'_>) -> Text {
        let label = |query| match query {
            EventsQuery::Find => " find: ",
            EventsQuery::Filter => " kind or branch: ",
            EventsQuery::GoTo => " go to the event with the id: ",
        };
        if let Some(line) = self.prompt.line(label, width.saturating_sub(1)) {
            return line.and(" ", Role::Text);
        }
        if let (Phase::Reading(progress), Some(text)) = (&self.find, &self.text) {
            let label = format!(" finding “{}” ", text.text());
            return progress_line(&label, *progress, " ", width);
        }
        if let Some(sentence) = &self.status {
            return Text::of(fit(&format!(" {sentence} "), width), Role::Strong);
        }
        let reads = (Context::Events, "reads them again");
        if let Some(line) = self.state.line(width, reads, context) {
            return line;
        }
        let words = &self.choice.words;
        let mut line = Text::default();
        if !words.is_empty() {
            line = line.and(format!(" kind or branch: {words} "), Role::Accent);
        }
        for (change, count) in &self.counts {
            let (sign, word, role) = change_label(*change);
            let part = format!(" {sign} {} {word} ", text::count(*count));
            if line.width() + part.width() <= width {
                line = line.and(part, role);
            }
        }
        line
    }

    fn lines(&self, width: usize) -> Vec<Text> {
        let rows = self.window.rows();
        let entries = || rows.clone().filter_map(|row| self.entry(row));
        let widest = |width: &dyn Fn(&EventEntry) -> usize| {
            entries().map(|entry| width(&entry)).max().unwrap_or(0)
        };
        let columns = EventLineColumns {
            id: widest(&|entry| text::event_id(entry.id).len()),
            branch: widest(&|entry| self.history.branch(entry).width()).min(12),
            kind: widest(&|entry| self.history.kind(entry).width()).min(18),
            is_compared: self.history.snapshot_ends.is_some(),
            width,
        };
        let row = |row| {
            let entry = self.entry(row)?;
            Some(self.line(row, &entry, &columns))
        };
        let heading = columns.heading();
        std::iter::once(heading)
            .chain(rows.clone().filter_map(row))
            .collect()
    }

    fn line(&self, row: usize, entry: &EventEntry, columns: &EventLineColumns) -> Text {
        let is_selected = row == self.window.selected();
        let (sign, _, meaning) = change_label(self.history.change(entry));
        let (bar, role) = row_style(is_selected);
        let event = self.text(row);
        let time = event.and_then(|event| event.time.as_deref());
        let time = time.unwrap_or_default().replacen('T', " ", 1);
        let time = time.chars().take(columns.time()).collect();
        let text = event.map_or("…", |event| event.text.as_deref().unwrap_or_default());
        let plain = match self.history.change(entry) {
            EventChange::Rewound | EventChange::Hidden => Role::Faint,
            _ => Role::Text,
        };
        let said = match plain {
            Role::Text if self.slider.marks(self.history.kind(entry)) => Role::Strong,
            plain => plain,
        };
        let mut line = bar.and(format!("{sign} "), role(meaning));
        let status = |status| cell_of(status).to_owned();
        let parts = [
            (text::event_id(entry.id), plain),
            (time, Role::Faint),
            (self.history.branch(entry).to_owned(), Role::Faint),
            (self.history.kind(entry).to_owned(), plain),
            (status(entry.live()), meaning),
            (status(entry.snapshot()), meaning),
        ];
        for ((part, part_role), (_, width, align)) in parts.into_iter().zip(columns.parts()) {
            if width > 0 {
                let part = format!("{}  ", cell(&part, width, align));
                line = line.and(part, role(part_role));
            }
        }
        let room = columns.width.saturating_sub(line.width());
        let text = if text.is_empty() || text == "…" {
            text.to_owned()
        } else {
            format!("“{}”", fit(text, room.max(2)))
        };
        line.and(cell(&text, room, Align::Left), role(said))
    }

    pub(super) fn draw_detail(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let Some(entry) = self.selected() else {
            return;
        };
        let mut sentence = format!("event {}", text::event_id(entry.id));
        if self.history.snapshot_ends.is_some() {
            let standing = match (entry.live(), entry.snapshot()) {
                (Some(live), Some(snapshot)) if live == snapshot => {
                    format!("{} in live and in the snapshot", word(live))
                }
                (Some(live), Some(snapshot)) => {
                    format!("{} in live, {} in the snapshot", word(live), word(snapshot))
                }
                (Some(live), None) => format!("{} in live, not in the snapshot", word(live)),
                (None, Some(snapshot)) => {
                    format!("{} in the snapshot, not in live", word(snapshot))
                }
                (None, None) => String::new(),
            };
            sentence += &format!("  {standing}");
        }
        let width = usize::from(area.width);
        let title = Text::of(fit(&sentence, width.saturating_sub(6)), Role::Accent);
        let mut block = frame(title, Role::Edge, context.theme);
        let inner = block.inner(area);
        if let Some(edge) = self.edge(usize::from(inner.width)) {
            block = block.title_bottom(edge.line(context.theme));
        }
        screen.render_widget(block, area);
        let event = self.text(self.window.selected());
        let said = event.and_then(|event| event.text.as_deref()).unwrap_or("");
        // No more than fits is wrapped: a text may have any length.
        let most = usize::from(inner.width) * usize::from(inner.height);
        let said = Text::of(format!(" {}", fit(said, most)), Role::Text);
        let lines = said.wrapped(usize::from(inner.width).max(1));
        draw_lines(screen, inner, &lines, context);
    }
}

fn word(status: EventStatus) -> &'static str {
    match status {
        EventStatus::Active => "active",
        EventStatus::Rewound => "rewound",
        EventStatus::Hidden => "hidden",
    }
}

/// Where an event stands on a side.
fn cell_of(status: Option<EventStatus>) -> &'static str {
    status.map_or("–", word)
}

/// The widths of the columns.
struct EventLineColumns {
    id: usize,
    branch: usize,
    kind: usize,
    /// Whether there is a snapshot beside live.
    is_compared: bool,
    width: usize,
}

impl EventLineColumns {
    /// On a narrower screen, the text is worth more than the time and the branch.
    const WIDE: usize = 90;
    /// And than where it stands on both sides, of which the sign shows most.
    const NARROW: usize = 56;

    fn time(&self) -> usize {
        if self.width >= Self::WIDE { 19 } else { 0 }
    }

    /// The headings before the text, each with its width and where it stands.
    fn parts(&self) -> [(&'static str, usize, Align); 6] {
        const WORD: usize = "SNAPSHOT".len();
        let is_wide = self.width >= Self::WIDE;
        let branch = if is_wide { self.branch.max(6) } else { 0 };
        let has_room = self.width >= Self::NARROW;
        let snapshot = if self.is_compared && has_room {
            WORD
        } else {
            0
        };
        let live = if has_room { WORD - 1 } else { 0 };
        [
            ("ID", self.id.max(2), Align::Right),
            ("TIME", self.time(), Align::Left),
            ("BRANCH", branch, Align::Left),
            ("KIND", self.kind().max(4), Align::Left),
            ("LIVE", live, Align::Left),
            ("SNAPSHOT", snapshot, Align::Left),
        ]
    }

    fn heading(&self) -> Text {
        let shown = self.parts().into_iter().filter(|(_, width, _)| *width > 0);
        let cells = shown.map(|(name, width, align)| format!("{}  ", cell(name, width, align)));
        let cells: String = cells.collect();
        Text::of(fit(&format!("   {cells}TEXT"), self.width), Role::Faint)
    }

    fn kind(&self) -> usize {
        if self.width >= 70 {
            self.kind
        } else {
            self.kind.min(9)
        }
    }
}
