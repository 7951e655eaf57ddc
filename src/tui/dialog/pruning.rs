//! What a prune goes by: the policies' numbers, which can be changed for this once, and what only the
//! snapshots hold that go.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::{
    core::{ExclusiveRows, Fate, Kind, Progress, PrunePlan, Reason, Retention, Snapshot, Verdict},
    text,
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::Text,
    },
};

/// The snapshots to judge, and the numbers to judge them by.
#[derive(Clone, Debug)]
pub struct Pruning {
    snapshots: Vec<Snapshot>,
    retentions: [(Kind, Retention); 2],
    /// Which number is changed.
    focus: usize,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Pruning {
    /// By the numbers of the policies.
    pub fn new(snapshots: Vec<Snapshot>, retentions: [(Kind, Retention); 2]) -> Self {
        Self {
            snapshots,
            retentions,
            focus: 0,
        }
    }

    /// What follows from the numbers.
    pub fn plan(&self, now: DateTime<Utc>) -> PrunePlan {
        let plans = self.retentions.map(|(kind, retention)| {
            PrunePlan::by_retention(&self.snapshots, kind, retention, now)
        });
        plans.into_iter().fold(PrunePlan::default(), PrunePlan::and)
    }

    /// The same with a number changed, or the other number to be changed. None is ever less than one.
    #[must_use]
    pub fn changed(mut self, action: Action) -> Self {
        let (_, Retention { keep, keep_within }) = &mut self.retentions[self.focus];
        match action {
            Action::KeepMore => {
                *keep = keep.map(|keep| keep.saturating_add(1));
                *keep_within = keep_within.map(|within| within.saturating_add(DAY));
            }
            Action::KeepFewer => {
                *keep = keep.map(|keep| keep.saturating_sub(1).max(1));
                *keep_within = keep_within.map(|within| within.saturating_sub(DAY).max(DAY));
            }
            _ => self.focus = (self.focus + 1) % self.retentions.len(),
        }
        self
    }

    /// A line for each number, and how they are changed.
    pub(super) fn lines(&self, plan: &PrunePlan, context: DrawContext<'_>) -> Vec<Text> {
        let lines = self
            .retentions
            .iter()
            .enumerate()
            .map(|(index, (kind, retention))| {
                let has_focus = index == self.focus;
                let bar = if has_focus { "▌" } else { " " };
                let role = if has_focus {
                    Role::Selected
                } else {
                    Role::Strong
                };
                let says = match (retention.keep, retention.keep_within) {
                    (Some(keep), _) => ("keeps the newest ", text::count(keep as u64)),
                    (_, Some(within)) => ("keeps those of ", text::duration(within)),
                    (None, None) => ("keeps all", String::new()),
                };
                let count = |fate: Fate| {
                    let of_kind = |verdict: &&Verdict| {
                        verdict.fate == fate && verdict.snapshot.kind() == Some(*kind)
                    };
                    plan.verdicts.iter().filter(of_kind).count() as u64
                };
                let (goes, stays) = (count(Fate::Delete), count(Fate::Keep));
                let follows = format!("   {} go, {} stay", text::count(goes), text::count(stays));
                Text::of(bar, Role::Accent)
                    .and(format!(" {:<9}", kind.name()), Role::Text)
                    .and(says.0, Role::Text)
                    .and(format!(" {} ", says.1), role)
                    .and(follows, Role::Faint)
            });
        let actions = [Action::KeepMore, Action::KeepFewer, Action::OtherNumber];
        let keys = context.keys.hints(Context::Prune, &actions);
        let keys = Text::of(format!("  {keys}; for this once"), Role::Faint);
        lines.chain([keys, Text::default()]).collect()
    }
}

/// How long a snapshot is still kept, where its age is what keeps it.
pub(super) fn time_left(verdict: &Verdict, now: DateTime<Utc>) -> Option<String> {
    let Reason::Within(within) = verdict.reason else {
        return None;
    };
    let snapshot = &verdict.snapshot;
    let age = now - snapshot.taken_at().max(snapshot.modified);
    let left = chrono::TimeDelta::from_std(within).ok()? - age;
    Some(format!("{} left", text::span(left)))
}

/// What only the snapshots hold that go.
#[derive(Clone, Debug, Default)]
pub enum Holds {
    /// It is being looked for.
    #[default]
    ReadDelay,
    /// It is this far.
    Looking(Progress),
    /// It is known.
    Known(ExclusiveRows),
    /// It could not be found out, for this reason.
    Failed(String),
}

impl Holds {
    pub(super) fn line(&self) -> Text {
        match self {
            Self::ReadDelay => Text::of("looking for what only they hold …", Role::Faint),
            Self::Looking(progress) => {
                let percent = text::percent(progress.done, progress.total);
                Text::of(
                    format!("looking for what only they hold … {percent} %"),
                    Role::Faint,
                )
            }
            Self::Known(unique) if unique.is_empty() => {
                Text::of("✓ everything in them exists elsewhere, too", Role::Text)
            }
            Self::Known(unique) => Text::of(format!("! {}", text::unique(unique)), Role::Warning),
            Self::Failed(reason) => Text::of(
                format!("cannot find out what only they hold: {reason}"),
                Role::Faint,
            ),
        }
    }
}
