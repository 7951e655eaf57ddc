//! Drawing a search.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
};

use super::{SearchScreen, Which, marks};
use crate::{
    core::{EventStatus, Finding, Place, Snapshot, Syntax},
    text,
    tui::{
        browser::{Panes, Phase, draw_lines, progress_line, typed_line},
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell, fit, frame, row_style},
    },
};

/// The line and the status, the rows, and the selected row whole.
pub(super) struct SearchAreas {
    head: Rect,
    rows: Rect,
    detail: Rect,
}

impl SearchAreas {
    pub(super) fn of(area: Rect, panes: Panes) -> Self {
        let inner = ratatui::widgets::Block::bordered().inner(area);
        let detail = match inner.height {
            _ if panes.is_enlarged() => 0,
            0..8 => 0,
            8..16 => 3,
            _ => 7,
        };
        let parts = [
            Constraint::Length(2),
            Constraint::Min(0),
            Constraint::Length(detail),
        ];
        let [head, rows, detail] = Layout::vertical(parts).areas(inner);
        Self { head, rows, detail }
    }

    /// The rows without their heading.
    pub(super) fn below_heading(&self) -> Rect {
        let heading = self.rows.height.min(1);
        Rect {
            y: self.rows.y + heading,
            height: self.rows.height - heading,
            ..self.rows
        }
    }
}

impl SearchScreen {
    pub(super) fn draw_parts(&self, screen: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let title = Text::of("Search", Role::Accent);
        screen.render_widget(frame(title, Role::Edge, context.theme), area);
        let areas = SearchAreas::of(area, self.panes);
        let width = usize::from(areas.head.width);
        let head = [self.line(width), self.status(width)];
        draw_lines(screen, areas.head, &head, context);
        draw_lines(screen, areas.rows, &self.table(width, context), context);
        let height = usize::from(areas.detail.height);
        let detail = self.detail(width, height, context);
        draw_lines(screen, areas.detail, &detail, context);
    }

    fn line(&self, width: usize) -> Text {
        let label = match self.request.syntax {
            Syntax::Text => " text: ",
            Syntax::Regex => " regular expression: ",
        };
        if self.is_typing {
            return typed_line(label, &self.input, width);
        }
        let label = Text::of(fit(label, width), Role::Accent);
        let room = width.saturating_sub(label.width());
        label.and(fit(&self.request.text, room), Role::Strong)
    }

    /// What is searched, and the progress.
    fn status(&self, width: usize) -> Text {
        let kind = self.request.kind.map_or("all", crate::core::Kind::name);
        let table = self.request.table.as_deref().unwrap_or("all tables");
        let scope = format!(" live and {kind} snapshots · {table}  ");
        let room = width.saturating_sub(scope.chars().count());
        let status = match &self.state {
            Phase::Idle => Text::default(),
            Phase::Failed(reason) => Text::of(fit(reason, room), Role::Bad),
            Phase::Reading(progress) => {
                progress_line("", *progress, &format!("  {}", self.count()), room)
            }
            Phase::Done | Phase::Outdated => Text::of(fit(&self.count(), room), Role::Text),
        };
        Text::of(fit(&scope, width), Role::Faint).joined(status)
    }

    fn count(&self) -> String {
        let Some(found) = &self.found else {
            return String::new();
        };
        if self.range_from.is_some() {
            return "a range of rows to mark has begun".to_owned();
        }
        let more = if found.has_more { "more than " } else { "" };
        let mut rows = text::counted(found.rows.len() as u64, "row");
        if self.which == Which::Missing {
            rows = format!(
                "{} that live lacks, of {rows}",
                text::count(self.rows().len() as u64)
            );
        }
        let failed = match found.failed.len() {
            0 => String::new(),
            sides => format!(", {} not searched", text::counted(sides as u64, "side")),
        };
        format!("{more}{rows}{failed}")
    }

    fn table(&self, width: usize, context: DrawContext<'_>) -> Vec<Text> {
        let Some(found) = &self.found else {
            let sentence = match self.state {
                Phase::Idle => {
                    "Type a text to find it in live and in every snapshot, even where JSON escapes it."
                }
                _ => "",
            };
            return Text::of(format!(" {sentence}"), Role::Faint).wrapped(width.max(1));
        };
        let columns = SearchColumns::within(width);
        if self.rows().is_empty() {
            let sentence = match self.state {
                Phase::Done | Phase::Outdated if !found.rows.is_empty() => {
                    " live has every row that contains it"
                }
                Phase::Done | Phase::Outdated => " no row contains it",
                _ => " …",
            };
            let mut lines = vec![Text::of(sentence, Role::Faint)];
            lines.extend(self.failures(width));
            return lines;
        }
        let mut lines = vec![columns.heading()];
        lines.extend(self.window.rows().map(|row| {
            let is_selected = row == self.window.selected();
            columns.row(&self.rows()[row], &found.snapshots, is_selected, context)
        }));
        lines
    }

    /// The sides that could not be searched, and why.
    fn failures(&self, width: usize) -> Vec<Text> {
        let Some(found) = &self.found else {
            return Vec::new();
        };
        let lines = found.failed.iter().map(|(place, reason)| {
            let side = match place {
                Place::Live => "live".to_owned(),
                Place::Snapshot(index) => found.snapshots[*index].name(),
            };
            let sentence = format!(" ! {side} could not be searched: {reason}");
            Text::of(fit(&sentence, width), Role::Warning)
        });
        lines.collect()
    }

    /// The selected row: its text, where it is, and what brings it back.
    fn detail(&self, width: usize, height: usize, context: DrawContext<'_>) -> Vec<Text> {
        let Some((finding, snapshots)) = self.selected() else {
            return Vec::new();
        };
        let column = &finding.excerpt.column;
        let name = format!(
            " {}, {}, {column} ",
            text::name(&finding.table),
            key(finding)
        );
        let name = fit(&name, width.saturating_sub(2));
        let rule = "─".repeat(width.saturating_sub(2 + Text::of(&*name, Role::Faint).width()));
        let mut lines = vec![
            Text::of("──", Role::Edge)
                .and(name, Role::Accent)
                .and(rule, Role::Edge),
        ];
        let about = self.about(finding, snapshots, width, context);
        // At least one line of the text, if anything fits.
        let room = height.saturating_sub(1 + about.len()).max(1);
        let excerpt = &finding.excerpt;
        let line = text::on_one_line;
        let whole = Text::of(format!(" {}", line(&excerpt.before)), Role::Text)
            .and(line(&excerpt.found), Role::Accent)
            .and(line(&excerpt.behind), Role::Text)
            .wrapped(width.saturating_sub(1).max(1));
        if height > 3 {
            lines.extend(whole.into_iter().take(room));
        }
        lines.extend(about);
        let failures = self.failures(width);
        let left = height.saturating_sub(lines.len());
        lines.extend(failures.into_iter().take(left));
        lines.truncate(height);
        lines
    }

    fn about(
        &self,
        finding: &Finding,
        snapshots: &[Snapshot],
        width: usize,
        context: DrawContext<'_>,
    ) -> Vec<Text> {
        let (_, role) = mark(finding);
        let live = text::in_live(finding);
        let seen = format!("; {}", text::in_snapshots(finding, snapshots, context.now));
        let seen = fit(&seen, width.saturating_sub(live.len() + 1));
        let mut lines = vec![Text::of(format!(" {live}"), role).and(seen, Role::Text)];
        if let Some(sentence) = self.status {
            lines.push(Text::of(fit(&format!(" {sentence}"), width), Role::Warning));
        } else if !finding.is_in_live() {
            let sentence = match finding.counts_in() {
                Some((index, _)) => {
                    let name = text::snapshot(&snapshots[index].name(), context.zone);
                    format!(" {name} brings it back")
                }
                None => " no snapshot holds it as it was before the rewind".to_owned(),
            };
            lines.push(Text::of(fit(&sentence, width), Role::Strong));
        }
        lines
    }
}

/// The key of a row in words.
pub(super) fn key(finding: &Finding) -> String {
    let named = finding.key.iter();
    let named = named.map(|(column, value)| format!("{} = {value}", text::name(column)));
    named.collect::<Vec<_>>().join(", ")
}

/// Whether live holds a row, at a glance.
fn mark(finding: &Finding) -> (&'static str, Role) {
    match finding.live {
        Some(EventStatus::Active) => ("✓", Role::Added),
        Some(EventStatus::Rewound | EventStatus::Hidden) => ("!", Role::Warning),
        None => ("✗", Role::Removed),
    }
}

/// The widths of the columns.
struct SearchColumns {
    row: usize,
    /// How many snapshots hold it, and the age of the newest; `None` if they do not fit.
    seen: Option<[usize; 2]>,
    text: usize,
}

impl SearchColumns {
    fn within(width: usize) -> Self {
        let row = (width / 4).min(28);
        let seen = (width >= 70).then_some([9, 8]);
        let taken = 8 + row + 2 + seen.map_or(0, |widths| widths.iter().sum::<usize>() + 4);
        Self {
            row,
            seen,
            text: width.saturating_sub(taken + 1),
        }
    }

    fn heading(&self) -> Text {
        let mut line = format!("  LIVE  {}  ", cell("ROW", self.row, Align::Left));
        if let Some([count, last]) = self.seen {
            line += &format!(
                "{}  {}  ",
                cell("SNAPSHOTS", count, Align::Right),
                cell("LAST", last, Align::Right)
            );
        }
        line += &fit("TEXT", self.text);
        Text::of(line, Role::Faint)
    }

    fn row(
        &self,
        finding: &Finding,
        snapshots: &[Snapshot],
        is_selected: bool,
        context: DrawContext<'_>,
    ) -> Text {
        let (bar, role) = row_style(is_selected);
        let (mark, meaning) = mark(finding);
        let values: Vec<String> = finding
            .key
            .iter()
            .map(|(_, value)| value.to_string())
            .collect();
        let name = format!("{} {}", text::name(&finding.table), values.join(" "));
        let is_marked = context.marks.has(&finding.table, &marks::key(finding));
        let dot = if is_marked { "●" } else { " " };
        let bar = bar.and(dot, role(Role::Warning));
        let mut line = bar.and(format!("{mark}     "), role(meaning)).and(
            format!("{}  ", cell(&name, self.row, Align::Left)),
            role(Role::Text),
        );
        if let Some([count, last]) = self.seen {
            let newest = finding.snapshots().next();
            let age = newest.map_or_else(
                || "-".to_owned(),
                |index| text::age(snapshots[index].taken_at(), context.now),
            );
            let held = format!("{} of {}", finding.count(), snapshots.len());
            let seen = format!(
                "{}  {}  ",
                cell(&held, count, Align::Right),
                cell(&age, last, Align::Right)
            );
            line = line.and(seen, role(Role::Text));
        }
        let [before, found, behind] = text::excerpt(&finding.excerpt, self.text);
        let end = self.text.saturating_sub(
            [&before, &found, &behind]
                .map(|part| Text::of(&**part, Role::Text).width())
                .iter()
                .sum(),
        );
        line.and(before, role(Role::Text))
            .and(
                found,
                if is_selected {
                    Role::Match
                } else {
                    Role::Accent
                },
            )
            .and(behind, role(Role::Text))
            .and(" ".repeat(end + 1), role(Role::Text))
    }
}
