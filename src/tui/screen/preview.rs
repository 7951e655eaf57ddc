//! The preview of the selected snapshot: what it is, and its tables beside live's.

use std::{
    cmp::Ordering,
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use ratatui::{Frame, layout::Rect, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::Look;
use crate::{
    core::{Counts, Progress, Snapshot},
    text,
    tui::{
        theme::Role,
        widget::{Align, Text, bar, cell, fit, frame},
    },
};

/// The rows of one snapshot, as far as they are known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// They are being counted.
    Counting(Option<Progress>),
    /// They are known.
    Known(Counts),
    /// They cannot be counted, for this reason.
    Failed(String),
}

/// What is known of the rows of the snapshots that were looked at.
#[derive(Debug, Default)]
pub struct Preview {
    counts: HashMap<PathBuf, (Version, Counted)>,
}

/// A file that was written since is another.
type Version = (u64, DateTime<Utc>);

fn version(snapshot: &Snapshot) -> Version {
    (snapshot.size, snapshot.modified)
}

impl Preview {
    /// Whether a snapshot is to be counted; if so it counts as being counted.
    pub fn wants(&mut self, snapshot: &Snapshot) -> bool {
        let known = self.counts.get(&snapshot.path);
        if known.is_some_and(|(known, _)| *known == version(snapshot)) {
            return false;
        }
        // The job that counted another one is cancelled by this one's.
        self.counts
            .retain(|_, (_, counted)| !matches!(counted, Counted::Counting(_)));
        self.counts.insert(
            snapshot.path.clone(),
            (version(snapshot), Counted::Counting(None)),
        );
        true
    }

    /// Takes how far the counting is.
    pub fn set_progress(&mut self, progress: Progress) {
        for (_, counted) in self.counts.values_mut() {
            if let Counted::Counting(known) = counted {
                *known = Some(progress);
            }
        }
    }

    /// Takes what the counting came to.
    pub fn set(&mut self, path: &Path, counted: Counted) {
        if let Some((_, known)) = self.counts.get_mut(path) {
            *known = counted;
        }
    }

    /// Draws the preview of a snapshot beside what live has.
    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        snapshot: Option<&Snapshot>,
        live: Option<&Counts>,
        look: Look<'_>,
    ) {
        let title = snapshot.map_or("Preview".to_owned(), |snapshot| {
            let kind = snapshot.kind().map_or("", crate::core::Kind::name);
            format!("{kind} {}", text::time(snapshot.taken_at(), look.zone))
        });
        let block = self::frame(Text::of(title, Role::Accent), Role::Edge, look.theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let Some(snapshot) = snapshot else { return };
        let width = usize::from(inner.width).saturating_sub(2);
        let mut lines = facts(snapshot, look, width);
        let counted = self.counts.get(&snapshot.path).map(|(_, counted)| counted);
        let room = usize::from(inner.height).saturating_sub(lines.len());
        let tables = tables(counted, live, width, room);
        if tables.len() < room {
            lines.push(Text::default());
        }
        lines.extend(tables);
        let lines: Vec<_> = lines
            .iter()
            .map(|line| {
                Text::of(" ", Role::Text)
                    .joined(line.clone())
                    .line(look.theme)
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }
}

/// What is said of a snapshot before its tables.
fn facts(snapshot: &Snapshot, look: Look<'_>, width: usize) -> Vec<Text> {
    let (size, last) = (text::size(snapshot.size), text::last_event(snapshot));
    let ago = text::ago(snapshot.taken_at(), look.now);
    let first = Text::of(format!("{ago} · {size} · last event {last}"), Role::Text);
    let mut lines = vec![first];
    for standing in standing(snapshot, look) {
        let last = lines.pop().unwrap_or_default();
        let joined = last.clone().and(" · ", Role::Text).joined(standing.clone());
        lines.extend(if joined.width() <= width {
            vec![joined]
        } else {
            vec![last, standing]
        });
    }
    if let Some(label) = &snapshot.note.label {
        lines.push(Text::of(fit(&format!("“{label}”"), width), Role::Strong));
    }
    if let Some(of) = &snapshot.note.guards {
        let of = text::snapshot(of, look.zone);
        lines.push(Text::of(
            fit(&format!("↩ guard: live before {of} was restored"), width),
            Role::Accent,
        ));
    }
    if snapshot.damage.is_none()
        && let Some(flaw) = snapshot.verified().and_then(|found| found.flaw.as_ref())
    {
        let says = format!("✗ unsound: {}", flaw.reason());
        lines.push(Text::of(fit(&says, width), Role::Bad));
    }
    if let Some(damage) = &snapshot.damage {
        lines.push(Text::of(
            fit(
                &format!("✗ damaged: {damage}; it cannot be restored"),
                width,
            ),
            Role::Bad,
        ));
    }
    lines
}

/// Whether it is verified, and that it is pinned.
fn standing(snapshot: &Snapshot, look: Look<'_>) -> Vec<Text> {
    let mut standing = Vec::new();
    if let Some(found) = snapshot.verified() {
        let ago = text::ago(found.at, look.now);
        standing.push(match found.flaw {
            None => Text::of(format!("✓ verified {ago}"), Role::Added),
            Some(_) => Text::of(format!("✗ verified {ago}"), Role::Bad),
        });
    } else if snapshot.is_intact() {
        standing.push(Text::of("not verified", Role::Faint));
    }
    if snapshot.pinned {
        standing.push(Text::of("◆ pinned", Role::Accent));
    }
    standing
}

fn tables(
    counted: Option<&Counted>,
    live: Option<&Counts>,
    width: usize,
    height: usize,
) -> Vec<Text> {
    match counted {
        Some(Counted::Known(counts)) => table(counts, live, width, height),
        Some(Counted::Failed(reason)) => Text::of(reason.clone(), Role::Bad).wrapped(width),
        Some(Counted::Counting(Some(progress))) => {
            let percent = text::percent(progress.done, progress.total);
            let bar = bar(percent, width.saturating_sub(22).min(40));
            vec![
                Text::of("counting rows  ", Role::Faint)
                    .and(bar, Role::Accent)
                    .and(format!(" {percent:>3} %"), Role::Text),
            ]
        }
        Some(Counted::Counting(None)) | None => vec![Text::of("counting rows …", Role::Faint)],
    }
}

/// Between two tables side by side.
const GAP: usize = 3;

/// The tables, flowing into as many columns as there is room for.
fn table(counts: &Counts, live: Option<&Counts>, width: usize, height: usize) -> Vec<Text> {
    let rows = rows(counts, live);
    let widths = Widths::of(&rows).spread(width);
    let across = widths.across(width);
    let down = rows.len().div_ceil(across);
    let shown = down.min(height.saturating_sub(1));
    let heading = widths.set(&HEADINGS.map(str::to_owned), [Role::Faint; 4]);
    let lines: Vec<Text> = rows
        .iter()
        .map(|row| widths.set(&row.cells, row.roles))
        .collect();
    let mut table = vec![beside(vec![heading; across.min(rows.len()).max(1)])];
    for row in 0..shown {
        table.push(beside(
            (0..across)
                .filter_map(|column| lines.get(column * down + row).cloned())
                .collect(),
        ));
    }
    if shown < down && shown > 0 {
        table.pop();
        let hidden: usize = rows.len() - across * (shown - 1);
        table.push(Text::of(
            format!(
                "… {}; a taller window shows them",
                text::counted(hidden as u64, "more table")
            ),
            Role::Faint,
        ));
    }
    table
}

fn beside(parts: Vec<Text>) -> Text {
    let join = |line: Text, part| line.and(" ".repeat(GAP), Role::Text).joined(part);
    parts.into_iter().reduce(join).unwrap_or_default()
}

const HEADINGS: [&str; 4] = ["TABLE", "ROWS", "LIVE", "DIFF"];

/// One table's line.
struct Row {
    cells: [String; 4],
    roles: [Role; 4],
}

fn rows(counts: &Counts, live: Option<&Counts>) -> Vec<Row> {
    let only_live = live
        .map(|live| live.tables.as_slice())
        .unwrap_or_default()
        .iter();
    let only_live = only_live.filter(|(name, _)| counts.rows(name).is_none());
    counts
        .tables
        .iter()
        .chain(only_live)
        .map(|(name, _)| row(name, counts.rows(name), live))
        .collect()
}

fn row(name: &str, snapshot: Option<u64>, live: Option<&Counts>) -> Row {
    let shown = |rows: Option<u64>| rows.map_or("–".to_owned(), text::count);
    let Some(live) = live else {
        let cells = [
            name.to_owned(),
            shown(snapshot),
            "…".to_owned(),
            String::new(),
        ];
        return Row {
            cells,
            roles: [Role::Text, Role::Strong, Role::Faint, Role::Faint],
        };
    };
    let live = live.rows(name);
    let (here, there) = (snapshot.unwrap_or(0), live.unwrap_or(0));
    let role = match there.cmp(&here) {
        Ordering::Less => Role::Removed,
        Ordering::Equal => Role::Faint,
        Ordering::Greater => Role::Added,
    };
    let cells = [
        name.to_owned(),
        shown(snapshot),
        shown(live),
        text::difference(here, there),
    ];
    Row {
        cells,
        roles: [Role::Text, Role::Strong, Role::Text, role],
    }
}

/// As wide as the widest cell of each column.
struct Widths([usize; 4]);

impl Widths {
    fn of(rows: &[Row]) -> Self {
        let mut widths = HEADINGS.map(str::len);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(&row.cells) {
                *width = cell.width().max(*width);
            }
        }
        Self(widths)
    }

    /// How many tables fit side by side.
    fn across(&self, width: usize) -> usize {
        let total = self.0.iter().sum::<usize>() + self.0.len() - 1;
        ((width + GAP) / (total + GAP)).max(1)
    }

    /// With a blank more before each number, if as many tables fit side by side with it.
    fn spread(self, width: usize) -> Self {
        let [name, numbers @ ..] = self.0;
        let [rows, live, difference] = numbers.map(|width| width + 1);
        let wider = Self([name, rows, live, difference]);
        if wider.across(width) == self.across(width) {
            wider
        } else {
            self
        }
    }

    fn set(&self, cells: &[String; 4], roles: [Role; 4]) -> Text {
        let mut line = Text::default();
        for (index, (text, role)) in cells.iter().zip(roles).enumerate() {
            let align = if index == 0 {
                Align::Left
            } else {
                Align::Right
            };
            let gap = if index == 0 { "" } else { " " };
            line = line.and(format!("{gap}{}", cell(text, self.0[index], align)), role);
        }
        line
    }
}
