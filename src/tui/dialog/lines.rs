//! The lines of a dialog. Of thousands of snapshots to prune, only those in sight are made.

use std::{borrow::Cow, sync::Arc};

use chrono::{DateTime, Utc};

use super::pruning::verdict_line;
use crate::{
    core::PrunePlan,
    text::Zone,
    tui::{screen::DrawContext, widget::Text},
};

/// Lines, and the plan whose verdicts some of them show.
#[derive(Debug, Default)]
pub struct SheetLines {
    lines: Vec<SheetLine>,
    verdicts: Option<Verdicts>,
}

#[derive(Debug)]
enum SheetLine {
    /// A line that wraps.
    Made(Text),
    /// The line of the verdict at this index, which is cut.
    Verdict(usize),
}

#[derive(Debug)]
struct Verdicts {
    plan: Arc<PrunePlan>,
    zone: Zone,
    now: DateTime<Utc>,
}

impl<I: IntoIterator<Item = Text>> From<I> for SheetLines {
    fn from(lines: I) -> Self {
        Self {
            lines: lines.into_iter().map(SheetLine::Made).collect(),
            verdicts: None,
        }
    }
}

impl SheetLines {
    /// The most verdicts that are made at once.
    const FEW: usize = 200;

    /// No lines yet, to which those of a plan's verdicts can be added.
    pub(super) fn of_plan(plan: Arc<PrunePlan>, context: DrawContext<'_>) -> Self {
        let (zone, now) = (context.zone, context.now);
        Self {
            lines: Vec::new(),
            verdicts: Some(Verdicts { plan, zone, now }),
        }
    }

    pub(super) fn extend(&mut self, lines: impl IntoIterator<Item = Text>) {
        self.lines.extend(lines.into_iter().map(SheetLine::Made));
    }

    /// Adds the lines of these verdicts of the plan.
    pub(super) fn extend_by_verdicts(&mut self, indices: impl Iterator<Item = usize>) {
        let Some(Verdicts { plan, zone, now }) = &self.verdicts else {
            return;
        };
        let is_made = plan.verdicts.len() <= Self::FEW;
        self.lines.extend(indices.map(|index| {
            if is_made {
                SheetLine::Made(verdict_line(&plan.verdicts[index], *zone, *now))
            } else {
                SheetLine::Verdict(index)
            }
        }));
    }

    pub(super) fn set(&mut self, index: usize, line: Text) {
        self.lines[index] = SheetLine::Made(line);
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, Text>> {
        (0..self.len()).map(|index| self.line(index))
    }

    pub(super) fn line(&self, index: usize) -> Cow<'_, Text> {
        match (&self.lines[index], &self.verdicts) {
            (SheetLine::Made(line), _) => Cow::Borrowed(line),
            (SheetLine::Verdict(index), Some(Verdicts { plan, zone, now })) => {
                Cow::Owned(verdict_line(&plan.verdicts[*index], *zone, *now))
            }
            (SheetLine::Verdict(_), None) => Cow::Owned(Text::default()),
        }
    }

    /// How many rows of `room` columns the first `count` lines take.
    pub(super) fn rows(&self, count: usize, room: usize) -> usize {
        (0..count).map(|index| self.height(index, room)).sum()
    }

    pub(super) fn height(&self, index: usize, room: usize) -> usize {
        match &self.lines[index] {
            SheetLine::Made(line) => line.height(room),
            SheetLine::Verdict(_) => 1,
        }
    }

    /// How many of `room` columns a line needs.
    pub(super) fn width(&self, index: usize, room: usize) -> usize {
        match &self.lines[index] {
            SheetLine::Made(line) => line.width_within(room),
            SheetLine::Verdict(_) => room,
        }
    }
}
