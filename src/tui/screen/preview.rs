//! The preview of the selected snapshot: its facts, its tables beside live's, one of which can be
//! chosen, how they grew, and its last events. If no snapshot is selected, it shows live.

mod cache;
mod compact;
mod facts;
mod growth;
mod latest;
mod table_line;
mod tables;

use ratatui::{Frame, layout::Rect, widgets::Paragraph};

use super::DrawContext;
use crate::{
    core::{Counts, Snapshot},
    text,
    tui::{
        keymap::Action,
        theme::Role,
        widget::{Text, bar, fit, frame},
    },
};
use cache::PreviewCache;
use growth::Growth;
use table_line::BesideRows;
use tables::TableList;

pub use cache::Counted;

#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The selected snapshot; `None` means live.
    pub snapshot: Option<&'a Snapshot>,
    /// The rows of live, if it can be read.
    pub live: Option<&'a Counts>,
    pub all: &'a [Snapshot],
    /// Its last sentence: empty until it is read, `None` without an event log.
    pub sentence: Option<&'a str>,
}

#[derive(Debug, Default)]
pub struct Preview {
    /// What is read of snapshots.
    pub cache: PreviewCache,
    /// The chosen table while the preview has the focus.
    chosen: Option<usize>,
}

impl Preview {
    /// The rows of the subject, and what is beside them.
    fn sides<'a>(&'a self, subject: Subject<'a>) -> Option<(&'a Counts, BesideRows<'a>)> {
        let Some(snapshot) = subject.snapshot else {
            return Some((subject.live?, BesideRows::Nothing));
        };
        let beside = subject.live.map_or(BesideRows::Unknown, BesideRows::Live);
        Some((self.cache.counts(snapshot)?, beside))
    }

    pub fn has_focus(&self) -> bool {
        self.chosen.is_some()
    }

    /// Begins to choose a table, if the tables are known.
    pub fn focus(&mut self, subject: Subject<'_>) {
        self.chosen = self.sides(subject).map(|_| 0);
    }

    pub fn unfocus(&mut self) {
        self.chosen = None;
    }

    /// Chooses another table; whether the action was to choose one.
    pub fn act(&mut self, action: Action, subject: Subject<'_>) -> bool {
        let (Some(chosen), Some((counts, beside))) = (self.chosen, self.sides(subject)) else {
            return false;
        };
        let last = table_line::names(counts, beside).len().saturating_sub(1);
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

    /// The chosen table, and its rows in the subject.
    pub fn chosen(&self, subject: Subject<'_>) -> Option<(String, Option<u64>)> {
        let (counts, beside) = self.sides(subject)?;
        let name = table_line::names(counts, beside)
            .into_iter()
            .nth(self.chosen?)?;
        let rows = counts.rows(&name);
        Some((name, rows))
    }

    pub fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        subject: Subject<'_>,
        context: DrawContext<'_>,
    ) {
        let title = match (subject.snapshot, subject.live) {
            (Some(snapshot), _) => {
                let kind = snapshot.kind().map_or("", crate::core::Kind::name);
                format!("{kind} {}", text::time(snapshot.taken_at(), context.zone))
            }
            (None, Some(_)) => "live".to_owned(),
            (None, None) => "Preview".to_owned(),
        };
        let edge = if self.has_focus() {
            Role::Accent
        } else {
            Role::Edge
        };
        let mut block = self::frame(Text::of(title, Role::Accent), edge, context.theme);
        if let Some(snapshot) = subject.snapshot {
            // The name that commands accept.
            let width = usize::from(area.width).saturating_sub(4);
            let name = Text::of(fit(&format!(" {} ", snapshot.name()), width), Role::Faint);
            block = block.title_bottom(name.line(context.theme).right_aligned());
        }
        let inner = block.inner(area);
        frame.render_widget(block, area);
        let room = (
            usize::from(inner.width).saturating_sub(2),
            inner.height.into(),
        );
        let lines: Vec<_> = self
            .lines(subject, room, context)
            .into_iter()
            .map(|line| Text::of(" ", Role::Text).joined(line).line(context.theme))
            .collect();
        frame.render_widget(Paragraph::new(lines), inner);
    }

    fn lines(
        &self,
        subject: Subject<'_>,
        (width, height): (usize, usize),
        context: DrawContext<'_>,
    ) -> Vec<Text> {
        let beside = self.latest_beside(subject, (width, height));
        let width = if beside.is_empty() {
            width
        } else {
            Self::SUMMARY
        };
        let facts = subject
            .snapshot
            .map(|one| facts::facts(one, context, width));
        let mut lines = facts.unwrap_or_default();
        let sentence = subject.sentence.filter(|_| subject.snapshot.is_some());
        // The last sentence is among the last events.
        let sentence = sentence.filter(|_| beside.is_empty());
        let sentence_at = lines.len();
        let room = height.saturating_sub(lines.len() + usize::from(sentence.is_some()));
        let growth = self.growth(subject);
        let tables = match self.sides(subject) {
            Some((counts, beside)) => {
                TableList::of((counts, beside), &growth, self.chosen, (width, room))
                    .lines(self.chosen)
            }
            None => subject.snapshot.map_or_else(Vec::new, |snapshot| {
                counting(self.cache.counted(snapshot), width)
            }),
        };
        if tables.len() < room && !lines.is_empty() {
            lines.push(Text::default());
        }
        lines.extend(tables);
        if !beside.is_empty() {
            return side_by_side(lines, beside);
        }
        let latest = self.latest(subject, (width, height.saturating_sub(lines.len())));
        if !latest.is_empty() {
            lines.extend(latest);
            return lines;
        }
        // Its line is there before it is read, so that nothing moves then.
        let sentence = sentence.map(|text| match text {
            "" => Text::default(),
            text => Text::of(fit(&format!("“{text}”"), width), Role::Strong),
        });
        lines.splice(sentence_at..sentence_at, sentence);
        lines
    }

    /// The last events of a snapshot whose tables are known, under a blank line.
    fn latest(&self, subject: Subject<'_>, room: (usize, usize)) -> Vec<Text> {
        let known = subject.snapshot.filter(|_| self.sides(subject).is_some());
        known.map_or_else(Vec::new, |snapshot| {
            latest::lines(self.cache.last_events(snapshot), room)
        })
    }

    /// The width of what is beside the last events.
    const SUMMARY: usize = 48;
    const GAP: usize = 3;

    /// The last events beside the tables, if there is room and no table is being chosen.
    fn latest_beside(&self, subject: Subject<'_>, (width, height): (usize, usize)) -> Vec<Text> {
        let room = width.saturating_sub(Self::SUMMARY + Self::GAP);
        if room < Self::SUMMARY - Self::GAP || self.has_focus() {
            return Vec::new();
        }
        let mut latest = self.latest(subject, (room, height + 1)).into_iter();
        latest.next();
        latest.collect()
    }

    /// The rows of those newest snapshots that are counted.
    fn growth<'a>(&'a self, subject: Subject<'a>) -> Growth<'a> {
        let newest = subject.all.iter().take(PreviewCache::MOST);
        let mut growth = Growth {
            counted: Vec::new(),
            selected: None,
            all: newest.len(),
        };
        for snapshot in newest.rev() {
            let Some(counts) = self.cache.counts(snapshot) else {
                continue;
            };
            if subject
                .snapshot
                .is_some_and(|selected| selected.path == snapshot.path)
            {
                growth.selected = Some(growth.counted.len());
            }
            growth.counted.push(counts);
        }
        growth
    }
}

/// Lines no wider than the summary, and others to the right of them.
fn side_by_side(left: Vec<Text>, right: Vec<Text>) -> Vec<Text> {
    let lines = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let line = |_| {
        let (left, right) = (left.next().unwrap_or_default(), right.next());
        let gap = (Preview::SUMMARY + Preview::GAP).saturating_sub(left.width());
        left.and(" ".repeat(gap), Role::Text)
            .joined(right.unwrap_or_default())
    };
    (0..lines).map(line).collect()
}

/// Why there are no rows of a snapshot to show.
fn counting(counted: Option<&Counted>, width: usize) -> Vec<Text> {
    match counted {
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
        _ => vec![Text::of("counting rows …", Role::Faint)],
    }
}
