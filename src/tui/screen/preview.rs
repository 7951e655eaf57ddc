//! The preview of the selected snapshot: what it is, and its tables beside live's, one of which can
//! be chosen to look into.

mod tables;

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{DateTime, Utc};
use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::Look;
use crate::{
    core::{Counts, Progress, Snapshot},
    text,
    tui::{
        keymap::Action,
        theme::Role,
        widget::{Text, bar, fit, frame},
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
    /// The table that is chosen while the preview has the focus.
    chosen: Option<usize>,
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

    fn known(&self, snapshot: &Snapshot) -> Option<&Counts> {
        match self.counts.get(&snapshot.path) {
            Some((_, Counted::Known(counts))) => Some(counts),
            _ => None,
        }
    }

    /// Whether a table is being chosen.
    pub fn has_focus(&self) -> bool {
        self.chosen.is_some()
    }

    /// Begins to choose a table, if they are known.
    pub fn focus(&mut self, snapshot: &Snapshot) {
        self.chosen = self.known(snapshot).map(|_| 0);
    }

    /// Leaves the tables.
    pub fn unfocus(&mut self) {
        self.chosen = None;
    }

    /// Chooses another table as an action says; whether it was such an action.
    pub fn act(&mut self, action: Action, snapshot: &Snapshot, live: Option<&Counts>) -> bool {
        let (Some(chosen), Some(counts)) = (self.chosen, self.known(snapshot)) else {
            return false;
        };
        let last = tables::names(counts, live).len().saturating_sub(1);
        let chosen = match action {
            Action::Up => chosen.saturating_sub(1),
            Action::Down => chosen + 1,
            Action::PageUp | Action::First => 0,
            Action::PageDown | Action::Last => last,
            _ => return false,
        };
        self.chosen = Some(chosen.min(last));
        true
    }

    /// The chosen table, and how many rows of it the snapshot has.
    pub fn chosen(
        &self,
        snapshot: &Snapshot,
        live: Option<&Counts>,
    ) -> Option<(String, Option<u64>)> {
        let counts = self.known(snapshot)?;
        let name = tables::names(counts, live).into_iter().nth(self.chosen?)?;
        let rows = counts.rows(&name);
        Some((name, rows))
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
        let edge = if self.has_focus() {
            Role::Accent
        } else {
            Role::Edge
        };
        let block = self::frame(Text::of(title, Role::Accent), edge, look.theme);
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let Some(snapshot) = snapshot else { return };
        let width = usize::from(inner.width).saturating_sub(2);
        let mut lines = facts(snapshot, look, width);
        let counted = self.counts.get(&snapshot.path).map(|(_, counted)| counted);
        let room = usize::from(inner.height).saturating_sub(lines.len());
        let tables = tables(counted, live, self.chosen, (width, room));
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
    chosen: Option<usize>,
    (width, height): (usize, usize),
) -> Vec<Text> {
    match counted {
        Some(Counted::Known(counts)) => tables::table(counts, live, chosen, (width, height)),
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
