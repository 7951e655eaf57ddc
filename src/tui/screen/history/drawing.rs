//! Drawing the history of a row: the list of versions, and the pane of the selected one.

use ratatui::{Frame, layout::Rect};
use unicode_width::UnicodeWidthStr;

use super::{HistoryLine, HistoryScreen, KnownRow};
use crate::{
    core::{Place, RowVersion},
    text,
    tui::{
        browser::{Focus, FramedList, Phase, progress_line},
        keymap::Context,
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell, fit, frame, row_style},
    },
};

impl HistoryScreen {
    pub(super) fn draw_list(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let width = usize::from(area.width.saturating_sub(2));
        let list = FramedList {
            title: self.title(width.saturating_sub(2)),
            bottom: self.bottom(width, context),
            lines: self.lines(width, context),
        };
        list.draw(screen, area, context);
    }

    fn title(&self, width: usize) -> Text {
        let table = text::name(&self.request.table);
        let Some(known) = &self.read else {
            return Text::of(
                fit(&format!("{table}, the history of a row"), width),
                Role::Accent,
            );
        };
        let key = known.history.key();
        let named = key
            .iter()
            .map(|(column, value)| format!("{column} = {value}"));
        let key = match &key[..] {
            [] => known.key.to_string(),
            _ => named.collect::<Vec<_>>().join(", "),
        };
        let name = fit(&text::on_one_line(&format!("{table}, {key}")), width);
        let versions = text::counted(known.versions.len() as u64, "version");
        let count = fit(&format!("  {versions}"), width.saturating_sub(name.width()));
        Text::of(name, Role::Accent).and(count, Role::Text)
    }

    /// The progress, why a key did nothing, or that live has changed.
    fn bottom(&self, width: usize, context: DrawContext<'_>) -> Text {
        if let Some(sentence) = self.status {
            return Text::of(fit(&format!(" {sentence} "), width), Role::Warning);
        }
        match &self.state {
            Phase::Reading(progress) => progress_line(" reading ", *progress, " ", width),
            Phase::Failed(reason) => Text::of(fit(&format!(" ✗ {reason} "), width), Role::Bad),
            state => {
                let outdated = state.line(width, (Context::History, "reads it again"), context);
                outdated.unwrap_or_default()
            }
        }
    }

    fn lines(&self, width: usize, context: DrawContext<'_>) -> Vec<Text> {
        let known = self.read.as_ref().filter(|known| !known.lines.is_empty());
        let Some(known) = known else {
            let sentence = match (&self.state, &self.read) {
                (Phase::Reading(_), _) => " …",
                (Phase::Failed(_), None) => "",
                _ => " no snapshot and not live holds this row",
            };
            return vec![Text::of(sentence, Role::Faint)];
        };
        let columns = HistoryColumns::of(known, width, context);
        let mut lines = vec![columns.heading()];
        lines.extend(self.window.rows().map(|row| {
            let is_selected = row == self.window.selected();
            columns.line(known, known.lines[row], is_selected, context)
        }));
        lines
    }

    pub(super) fn draw_detail(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let role = match self.panes.focus {
            Focus::List => Role::Edge,
            Focus::Detail => Role::Text,
        };
        let title = match self.selected() {
            Some((version, known)) => span(version, known, context),
            None => String::new(),
        };
        let title = fit(&title, usize::from(area.width.saturating_sub(6)));
        let mut block = frame(Text::of(title, Role::Accent), role, context.theme);
        if let Some(more) = self.detail.more() {
            block = block.title_bottom(more.line(context.theme));
        }
        self.detail.draw(screen, area, block, context);
    }
}

/// The first side that holds a version, and the last.
fn span(version: &RowVersion, known: &KnownRow, context: DrawContext<'_>) -> String {
    let first = side(version.places[0], known, context);
    match version.places.last() {
        Some(&last) if version.places.len() > 1 => {
            format!("{first} to {}", side(last, known, context))
        }
        _ => first,
    }
}

fn side(place: Place, known: &KnownRow, context: DrawContext<'_>) -> String {
    match place {
        Place::Live => "live".to_owned(),
        Place::Snapshot(index) => {
            let snapshot = &known.history.snapshots()[index];
            text::on_one_line(&text::snapshot(&snapshot.name(), context.zone))
        }
    }
}

/// The widths of the columns.
struct HistoryColumns {
    age: usize,
    /// The first snapshot's name; 0 if it does not fit.
    first: usize,
    held: usize,
    change: usize,
}

impl HistoryColumns {
    const AGE: usize = 7;
    /// From this width on the first snapshot of a version is named.
    const WIDE: usize = 100;

    fn of(known: &KnownRow, width: usize, context: DrawContext<'_>) -> Self {
        let held = known.versions.iter().map(|version| held(version).width());
        let held = held.max().unwrap_or(0).max("IN".len());
        let names = known
            .lines
            .iter()
            .map(|line| side(place(known, *line), known, context).width());
        let first = if width >= Self::WIDE {
            names.max().unwrap_or(0).max("SNAPSHOT".len())
        } else {
            0
        };
        let gap = if first > 0 { 2 } else { 0 };
        let taken = 1 + 2 + Self::AGE + 2 + first + gap + held + 2;
        Self {
            age: Self::AGE,
            first,
            held,
            change: width.saturating_sub(taken),
        }
    }

    fn heading(&self) -> Text {
        let mut line = format!("   {}  ", cell("SEEN", self.age, Align::Right));
        if self.first > 0 {
            line += &format!("{}  ", cell("SNAPSHOT", self.first, Align::Left));
        }
        line += &format!(
            "{}  {}",
            cell("IN", self.held, Align::Left),
            fit("CHANGE", self.change)
        );
        Text::of(line, Role::Faint)
    }

    fn line(
        &self,
        known: &KnownRow,
        line: HistoryLine,
        is_selected: bool,
        context: DrawContext<'_>,
    ) -> Text {
        let place = place(known, line);
        let (sign, meaning, held, change) = match line {
            HistoryLine::Version(index) => {
                let version = &known.versions[index];
                let (sign, meaning) = match (&version.row, &version.before) {
                    (None, _) => ("-", Role::Removed),
                    (Some(_), None) => ("+", Role::Added),
                    (Some(_), Some(_)) if version.is_back => ("+", Role::Added),
                    _ => ("~", Role::Warning),
                };
                let rewound = if version.rewinds.is_empty() {
                    ""
                } else {
                    "rewind, "
                };
                let room = self.change.saturating_sub(rewound.width());
                let change = format!("{rewound}{}", text::version_change(version, room));
                (sign, meaning, self::held(version), change)
            }
            HistoryLine::Failed(index) => {
                let reason = &known.history.failed()[index].1;
                (
                    "!",
                    Role::Bad,
                    String::new(),
                    format!("not readable: {reason}"),
                )
            }
        };
        let age = match place {
            Place::Live => "live".to_owned(),
            Place::Snapshot(index) => {
                text::age(known.history.snapshots()[index].taken_at(), context.now)
            }
        };
        let (bar, role) = row_style(is_selected);
        let line = bar.and(format!("{sign} "), role(meaning)).and(
            format!("{}  ", cell(&age, self.age, Align::Right)),
            role(Role::Text),
        );
        let name = match self.first {
            0 => String::new(),
            width => format!(
                "{}  ",
                cell(&side(place, known, context), width, Align::Left)
            ),
        };
        let name = format!("{name}{}  ", cell(&held, self.held, Align::Left));
        let change = cell(&text::on_one_line(&change), self.change, Align::Left);
        line.and(name, role(Role::Text))
            .and(change, role(Role::Strong))
    }
}

fn place(known: &KnownRow, line: HistoryLine) -> Place {
    match line {
        HistoryLine::Version(index) => known.versions[index].places[0],
        HistoryLine::Failed(index) => known.history.failed()[index].0,
    }
}

/// The sides of a version in a few words.
fn held(version: &RowVersion) -> String {
    let count = version.snapshots().count() as u64;
    match (count, version.is_live()) {
        (0, _) => "live".to_owned(),
        (_, true) => format!("{} + live", text::counted(count, "snapshot")),
        (_, false) => text::counted(count, "snapshot"),
    }
}
