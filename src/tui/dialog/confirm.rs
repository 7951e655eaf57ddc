//! A plan, and the question whether to go ahead.

use ratatui::{Frame, layout::Rect};

use super::sheet::Sheet;
use crate::{
    core::{Fate, Kind, PrunePlan, RestorePlan, Safety, Scope, Snapshot, TablePlan, Verdict},
    text,
    tui::{
        screen::Look,
        theme::Role,
        widget::{Align, Text, cell},
    },
};

/// A plan and the question whether to go ahead. The answer is no unless the user says otherwise.
#[derive(Debug)]
pub struct Confirm {
    title: String,
    pub(super) lines: Vec<Text>,
    yes: &'static str,
    /// Whether Enter means yes.
    pub yes_has_focus: bool,
    /// Lines above the visible ones.
    pub scroll: usize,
    /// What yes does.
    pub act: Act,
}

/// What a yes does.
#[derive(Debug)]
pub enum Act {
    /// Restores.
    Restore(Box<RestorePlan>),
    /// Deletes.
    Delete(PrunePlan),
    /// There is nothing to do.
    Nothing,
}

impl Confirm {
    /// Whether to do what a restore plan says.
    pub fn restore(plan: Box<RestorePlan>, look: Look<'_>) -> Self {
        let title = format!(
            "Restore {} {}",
            plan.snapshot.kind().map_or("", Kind::name),
            text::time(plan.snapshot.taken_at(), look.zone)
        );
        let mut lines = vec![
            Text::of("into ", Role::Faint).and(plan.database().display().to_string(), Role::Text),
            scope(plan.scope),
        ];
        lines.push(Text::default());
        for sentence in text::plan(&plan, Safety::default()) {
            lines.push(Text::of("• ", Role::Accent).and(sentence, Role::Text));
        }
        let changed: Vec<&TablePlan> = plan
            .tables
            .iter()
            .filter(|table| !table.diff.is_empty())
            .collect();
        if !changed.is_empty() {
            lines.push(Text::default());
            lines.push(Text::of(
                format!(
                    "{:<20} {:>9} {:>9} {:>9}",
                    "TABLE", "ADDED", "CHANGED", "REMOVED"
                ),
                Role::Faint,
            ));
            lines.extend(changed.into_iter().map(table_line));
            lines.push(Text::default());
            lines.push(Text::of(
                "First live is kept as a rewind snapshot, so that this can be undone.",
                Role::Faint,
            ));
        }
        lines.push(Text::of(
            "Then a periodic snapshot lets the application start from this state.",
            Role::Faint,
        ));
        Self {
            title,
            lines,
            yes: "Restore",
            yes_has_focus: false,
            scroll: 0,
            act: Act::Restore(plan),
        }
    }

    /// Whether to delete what a plan says.
    pub fn delete(plan: PrunePlan, title: &str, look: Look<'_>) -> Self {
        let deleted: Vec<&Verdict> = plan.deleted().collect();
        let mut lines = vec![
            Text::of(text::prune_summary(&plan), Role::Strong),
            Text::default(),
        ];
        lines.extend(deleted.iter().map(|verdict| verdict_line(verdict, look)));
        if deleted.iter().any(|verdict| verdict.snapshot.is_guard()) {
            lines.push(Text::default());
            lines.push(Text::of(
                "↩ is a guard: without it that restore cannot be undone.",
                Role::Warning,
            ));
        }
        let kept: Vec<&Verdict> = plan.kept().collect();
        if !kept.is_empty() {
            lines.push(Text::default());
            lines.extend(kept.into_iter().map(|verdict| verdict_line(verdict, look)));
        }
        let act = if deleted.is_empty() {
            Act::Nothing
        } else {
            Act::Delete(plan)
        };
        Self {
            title: title.to_owned(),
            lines,
            yes: "Delete",
            yes_has_focus: false,
            scroll: 0,
            act,
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let answers = match self.act {
            Act::Nothing => Text::of(" Close ", Role::Selected),
            _ if self.yes_has_focus => Text::of("  No, go back  ", Role::Text)
                .and(format!(" {} ", self.yes), Role::Selected),
            _ => Text::of(" No, go back ", Role::Selected)
                .and(format!("   {} ", self.yes), Role::Text),
        };
        let keys = match self.act {
            Act::Nothing => Text::default(),
            Act::Restore(_) => Text::of("y yes  n no  s scope", Role::Faint),
            Act::Delete(_) => Text::of("y yes  n no", Role::Faint),
        };
        let title = Text::of(self.title.clone(), Role::Accent);
        Sheet {
            title,
            lines: &self.lines,
            scroll: self.scroll,
            bottom: answers,
            beside: keys,
        }
        .draw(frame, area, look);
    }
}

fn scope(scope: Scope) -> Text {
    let (is, says) = match scope {
        Scope::Full => ("full", "tables and event log, exactly as in the snapshot"),
        Scope::Tables => (
            "tables",
            "projected tables only; the event log stays as it is",
        ),
    };
    Text::of("scope ", Role::Faint)
        .and(is, Role::Strong)
        .and(format!(": {says}"), Role::Text)
}

fn table_line(table: &TablePlan) -> Text {
    let diff = &table.diff;
    let number = |rows: u64, sign: &str| {
        if rows == 0 {
            "·".to_owned()
        } else {
            format!("{sign}{}", text::count(rows))
        }
    };
    let role = |rows: u64, role: Role| if rows == 0 { Role::Faint } else { role };
    Text::of(cell(&diff.table.name, 20, Align::Left), Role::Text)
        .and(
            format!(" {:>9}", number(diff.added, "+")),
            role(diff.added, Role::Added),
        )
        .and(
            format!(" {:>9}", number(diff.changed, "~")),
            role(diff.changed, Role::Warning),
        )
        .and(
            format!(" {:>9}", number(diff.removed, "-")),
            role(diff.removed, Role::Removed),
        )
}

pub(super) fn verdict_line(verdict: &Verdict, look: Look<'_>) -> Text {
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
            text::time(snapshot.taken_at(), look.zone),
            if *fate == Fate::Keep {
                Role::Faint
            } else {
                Role::Text
            },
        )
        .and(format!(" {:>9}  ", text::size(snapshot.size)), Role::Faint)
        .and(text::reason(*reason), Role::Faint)
}

fn kind_mark(snapshot: &Snapshot) -> String {
    let guard = if snapshot.is_guard() { " ↩" } else { "" };
    format!("{}{guard}", snapshot.kind().map_or("", Kind::name))
}
