//! The numbers of the policies, which can be changed for one prune, and what only the snapshots hold that
//! would be deleted.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};

use crate::{
    core::{
        ArchiveSettings, ExclusiveRows, Fate, Kind, Progress, PrunePlan, Reason, Retention,
        Snapshot, StoredIn, Verdict,
    },
    text::{self, Zone},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell},
    },
};

/// The snapshots to prune, and how many to keep.
#[derive(Clone, Debug)]
pub struct Pruning {
    snapshots: Vec<Snapshot>,
    retentions: [(Kind, Retention); 2],
    /// The index of the number that keys change.
    focus: usize,
    archive: Arc<ArchiveSettings>,
}

const DAY: Duration = Duration::from_hours(24);

impl Pruning {
    pub fn new(
        snapshots: Vec<Snapshot>,
        retentions: [(Kind, Retention); 2],
        archive: Arc<ArchiveSettings>,
    ) -> Self {
        Self {
            snapshots,
            retentions,
            focus: 0,
            archive,
        }
    }

    pub fn plan(&self, now: DateTime<Utc>) -> PrunePlan {
        let plans = self.retentions.map(|(kind, retention)| {
            PrunePlan::by_retention(&self.snapshots, kind, retention, now)
        });
        plans.into_iter().fold(PrunePlan::default(), PrunePlan::and)
    }

    /// Changes a number, which is never less than one, or moves to the other number.
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

    /// A line for each number, and the keys that change it.
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
                let sentence = match (retention.keep, retention.keep_within) {
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
                let verb = |number, one, many| if number == 1 { one } else { many };
                let follows = format!(
                    "   {} {}, {} {}",
                    text::count(goes),
                    verb(goes, "goes", "go"),
                    text::count(stays),
                    verb(stays, "stays", "stay")
                );
                Text::of(bar, Role::Accent)
                    .and(format!(" {:<9}", kind.name()), Role::Text)
                    .and(sentence.0, Role::Text)
                    .and(format!(" {} ", sentence.1), role)
                    .and(follows, Role::Faint)
            });
        let actions = [Action::KeepMore, Action::KeepFewer, Action::OtherNumber];
        let keys = context.keys.hints(Context::Prune, &actions);
        let keys = Text::of(format!("  {keys}; for this once"), Role::Faint);
        lines
            .chain([keys])
            .chain(self.archived(plan))
            .chain([Text::default()])
            .collect()
    }

    /// Counts those that go to the archive first, and says what it keeps.
    fn archived(&self, plan: &PrunePlan) -> impl Iterator<Item = Text> + use<> {
        let goes = |one: &&Verdict| one.snapshot.stored_in == StoredIn::Folder;
        let first = match plan.deleted().filter(goes).count() {
            count if self.archive.before_prune => count,
            _ => 0,
        };
        let goes = match first as u64 {
            0 => None,
            1 => Some("1 goes to the archive first".to_owned()),
            many => Some(format!("{} go to the archive first", text::count(many))),
        };
        let keeps = text::archive_keeps(&self.archive, plan, first);
        let sentences = goes.into_iter().chain(keeps);
        sentences.map(|sentence| Text::of(format!("  {sentence}"), Role::Text))
    }
}

pub(super) fn verdict_line(verdict: &Verdict, zone: Zone, now: DateTime<Utc>) -> Text {
    let Verdict {
        snapshot,
        fate,
        reason,
    } = verdict;
    let (sign, role) = match fate {
        Fate::Keep => ("  keep   ", Role::Faint),
        Fate::Delete => ("✗ delete ", Role::Removed),
    };
    Text::of(sign, role)
        .and(
            cell(&kind_mark(snapshot), 10, Align::Left),
            if *fate == Fate::Keep {
                Role::Faint
            } else {
                Role::Text
            },
        )
        .and(
            text::time(snapshot.taken_at(), zone),
            if *fate == Fate::Keep {
                Role::Faint
            } else {
                Role::Text
            },
        )
        .and(format!(" {:>9}  ", text::size(snapshot.size)), Role::Faint)
        .and(text::reason(*reason), Role::Faint)
        .and(archived(verdict), Role::Faint)
        .and(
            time_left(verdict, now).map_or_else(String::new, |left| format!(", {left}")),
            Role::Text,
        )
}

/// Marks a snapshot to delete that stays in the archive.
fn archived(verdict: &Verdict) -> &'static str {
    let stays = verdict.fate == Fate::Delete && verdict.snapshot.stored_in == StoredIn::Both;
    if stays { ", archived" } else { "" }
}

fn kind_mark(snapshot: &Snapshot) -> String {
    let safety = if snapshot.is_safety_snapshot() {
        " ↩"
    } else {
        ""
    };
    format!("{}{safety}", snapshot.kind().map_or("", Kind::name))
}

/// How much longer a snapshot is kept that its age keeps.
fn time_left(verdict: &Verdict, now: DateTime<Utc>) -> Option<String> {
    let Reason::Within(within) = verdict.reason else {
        return None;
    };
    let snapshot = &verdict.snapshot;
    let age = now - snapshot.taken_at().max(snapshot.modified);
    let left = chrono::TimeDelta::from_std(within).ok()? - age;
    Some(format!("{} left", text::span(left)))
}

/// What only the snapshots hold that would be deleted.
#[derive(Clone, Debug, Default)]
pub enum Holds {
    /// The search has not begun.
    #[default]
    ReadDelay,
    Looking(Progress),
    Known(ExclusiveRows),
    /// The search failed, for this reason.
    Failed(String),
}

impl Holds {
    /// The line in the question whether to delete this many snapshots.
    pub(super) fn line(&self, deleted: usize) -> Text {
        match self {
            Self::ReadDelay => Text::of("finding rows that exist nowhere else …", Role::Faint),
            Self::Looking(progress) => {
                let percent = text::percent(progress.done, progress.total);
                Text::of(
                    format!("finding rows that exist nowhere else … {percent} %"),
                    Role::Faint,
                )
            }
            Self::Known(unique) if unique.is_empty() => {
                Text::of("✓ every row exists elsewhere, too", Role::Text)
            }
            Self::Known(unique) => Text::of(
                format!("! {}", text::unique(unique, deleted)),
                Role::Warning,
            ),
            Self::Failed(reason) => Text::of(
                format!("! cannot find out which rows exist nowhere else: {reason}"),
                Role::Warning,
            ),
        }
    }
}
