//! A plan, and the question whether to go ahead.

mod intent;
mod restore;

use std::sync::Arc;

use ratatui::{
    Frame,
    layout::{Position, Rect},
};

use restore::{
    answer_at, both_answers, chosen_events, has_conflicts, point_lines, scope, tables, what_changed,
};

pub use intent::{Intent, RestorePurpose};

use super::{
    lines::SheetLines,
    pruning::{Holds, Pruning},
    read_delay::ReadDelay,
    reader::SheetReader,
    sheet::Sheet,
};
use crate::{
    core::{AnewPlan, Error, Existing, Fate, PrunePlan, RestorePlan, Safety, Scope},
    text::{self, Concession},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::Text,
    },
};

/// A plan and the question whether to go ahead. The preset answer is no.
#[derive(Debug)]
pub struct Confirm {
    title: String,
    pub(super) lines: SheetLines,
    yes: &'static str,
    /// Whether Enter means yes.
    pub yes_has_focus: bool,
    pub reader: SheetReader,
    pub act: Act,
    pub read_delay: ReadDelay,
    pub pruning: Option<Pruning>,
    /// The index of the line with what only the snapshots hold that would be deleted.
    holds_at: Option<usize>,
}

#[derive(Debug)]
pub enum Act {
    Restore(Box<RestorePlan>),
    /// Plans a refused restore with other options.
    Plan(Box<Intent>),
    MakeAnew(Box<AnewPlan>),
    Delete(Arc<PrunePlan>),
    Nothing,
}

impl Confirm {
    fn new(title: String, lines: impl Into<SheetLines>, yes: &'static str, act: Act) -> Self {
        Self {
            title,
            lines: lines.into(),
            yes,
            yes_has_focus: false,
            reader: SheetReader::default(),
            act,
            read_delay: ReadDelay::default(),
            pruning: None,
            holds_at: None,
        }
    }

    pub fn restore(plan: Box<RestorePlan>, intent: &Intent, context: DrawContext<'_>) -> Self {
        // The header shows the folder.
        let into = plan.database().file_name().unwrap_or_default();
        let mut lines = vec![
            Text::of("into ", Role::Faint).and(into.to_string_lossy(), Role::Text),
            if intent.purpose == RestorePurpose::Recover
                && plan.can_keep_newer()
                && plan.options.scope == Scope::Full
            {
                both_answers(&plan, context)
            } else {
                scope(&plan)
            },
        ];
        if let Some(step) = &intent.step {
            lines.push(Text::of(text::undo_left(step), Role::Faint));
        }
        lines.push(Text::default());
        lines.extend(
            intent
                .outdated
                .iter()
                .flat_map(|before| what_changed(before, &plan.changes())),
        );
        let points = text::plan(&plan, Safety::default());
        lines.extend(points.iter().flat_map(point_lines));
        let mut changes = plan.changes();
        // Of other tables the plan says that they are not touched.
        changes.retain(|table| !(plan.options.is_of_rows() && table.is_empty()));
        lines.extend(tables(&changes));
        lines.push(Text::default());
        if !plan.is_empty() {
            lines.push(Text::of(
                "First a safety snapshot is taken, so that this can be undone.",
                Role::Faint,
            ));
        }
        let then = if plan.is_replayed_on_start() {
            "Then a periodic snapshot lets the application start from this state."
        } else {
            "Then a periodic snapshot of this state is written."
        };
        lines.push(Text::of(then, Role::Faint));
        let yes = intent.purpose.verb();
        Self::new(intent.title(context), lines, yes, Act::Restore(plan))
    }

    /// Offers to plan a refused restore without what the error names.
    pub fn concession(
        error: &Error,
        concession: Concession,
        intent: &Intent,
        context: DrawContext<'_>,
    ) -> Self {
        let lines = vec![
            Text::of(error.to_string(), Role::Warning),
            Text::default(),
            Text::of(concession.sentence, Role::Text),
            Text::of("The plan is shown first; nothing changes yet.", Role::Faint),
        ];
        let conceding = Intent {
            options: concession.options,
            ..intent.clone()
        };
        let act = Act::Plan(Box::new(conceding));
        Self::new(intent.title(context), lines, concession.answer, act)
    }

    /// Offers to make live anew, which is missing or not a database.
    pub fn anew(gone: &Error, plan: Box<AnewPlan>, context: DrawContext<'_>) -> Self {
        let mut lines = vec![Text::of(gone.to_string(), Role::Warning), Text::default()];
        let sentence = text::anew(&plan);
        lines.extend(sentence.into_iter().map(|line| Text::of(line, Role::Text)));
        let name = text::snapshot(&plan.snapshot.name(), context.zone);
        let title = format!("Make the database anew from {name}");
        Self::new(title, lines, "Make it anew", Act::MakeAnew(plan))
    }

    /// Asks whether to delete what the policies no longer keep; their numbers can be changed.
    pub fn prune(pruning: Pruning, context: DrawContext<'_>) -> Self {
        let plan = pruning.plan(context.now);
        let above = pruning.lines(&plan, context);
        Self {
            pruning: Some(pruning),
            ..Self::delete_below(above, plan, "Prune by policy", context)
        }
    }

    /// Asks whether to delete chosen snapshots, below a warning.
    pub fn delete(plan: PrunePlan, warning: Option<String>, context: DrawContext<'_>) -> Self {
        let warning = warning.map(|sentence| Text::of(format!("! {sentence}"), Role::Warning));
        Self::delete_below(Vec::from_iter(warning), plan, "Delete", context)
    }

    fn delete_below(
        above: Vec<Text>,
        plan: PrunePlan,
        title: &str,
        context: DrawContext<'_>,
    ) -> Self {
        let plan = Arc::new(plan);
        let of_fate = |fate: Fate| {
            let verdicts = plan.verdicts.iter().enumerate();
            let of_fate = verdicts.filter(move |(_, verdict)| verdict.fate == fate);
            of_fate.map(|(index, _)| index)
        };
        let has_any = |fate| of_fate(fate).next().is_some();
        let mut lines = SheetLines::of_plan(Arc::clone(&plan), context);
        lines.extend(above);
        lines.extend([Text::of(text::prune_summary(&plan), Role::Strong)]);
        let holds_at = has_any(Fate::Delete).then_some(lines.len());
        if holds_at.is_some() {
            lines.extend([
                Holds::default().line(plan.deleted().count()),
                Text::default(),
            ]);
        }
        lines.extend_by_verdicts(of_fate(Fate::Delete));
        if plan
            .deleted()
            .any(|verdict| verdict.snapshot.is_safety_snapshot())
        {
            let sentence = "↩ is a safety snapshot: without it that restore cannot be undone.";
            lines.extend([Text::default(), Text::of(sentence, Role::Warning)]);
        }
        if has_any(Fate::Keep) {
            lines.extend([Text::default()]);
            lines.extend_by_verdicts(of_fate(Fate::Keep));
        }
        let act = holds_at.map_or(Act::Nothing, |_| Act::Delete(Arc::clone(&plan)));
        Self {
            holds_at,
            ..Self::new(title.to_owned(), lines, "Delete", act)
        }
    }

    pub fn deletes(&self) -> bool {
        matches!(self.act, Act::Delete(_))
    }

    /// Whether what live has could stay.
    pub fn can_keep_newer(&self) -> bool {
        matches!(&self.act, Act::Restore(plan) if plan.can_keep_newer())
    }

    /// The actions that would do nothing under this plan.
    pub fn idle(&self) -> Vec<Action> {
        let Act::Restore(plan) = &self.act else {
            return Vec::new();
        };
        let idle = [
            (Action::Conflicts, !has_conflicts(plan)),
            (Action::Merge, plan.takes_back() || !plan.can_keep_newer()),
            (Action::Scope, plan.takes_back()),
            (Action::MissingOnly, plan.takes_back()),
        ];
        let idle = idle.into_iter().filter(|(_, is_idle)| *is_idle);
        idle.map(|(action, _)| action).collect()
    }

    pub fn has_nothing_to_do(&self) -> bool {
        matches!(self.act, Act::Nothing)
    }

    pub fn set_holds(&mut self, holds: &Holds) {
        if let (Some(line), Act::Delete(plan)) = (self.holds_at, &self.act) {
            self.lines.set(line, holds.line(plan.deleted().count()));
        }
        // What would be lost is a part of the question.
        if !matches!(holds, Holds::Looking(_)) {
            self.read_delay = ReadDelay::NotYet;
        }
    }

    pub(super) fn context(&self) -> Context {
        match &self.act {
            _ if self.pruning.is_some() => Context::Prune,
            Act::Restore(plan) if plan.options.existing == Existing::Revert => Context::Confirm,
            Act::Restore(plan) if plan.moment.is_some() => Context::RestoreMoment,
            Act::Restore(plan) if chosen_events(plan) > 0 => Context::RestoreMoment,
            Act::Restore(plan) if plan.options.is_of_rows() || !plan.options.tables.is_empty() => {
                Context::RestoreRows
            }
            Act::Restore(_) => Context::Restore,
            Act::Plan(_) | Act::MakeAnew(_) | Act::Delete(_) => Context::Confirm,
            // There is nothing to answer.
            Act::Nothing => Context::Message,
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        self.sheet(area, context).draw(frame, area, context);
    }

    /// The answer at a place on the screen.
    pub(super) fn action_at(
        &self,
        at: Position,
        area: Rect,
        context: DrawContext<'_>,
    ) -> Option<Action> {
        const NO: usize = " No, go back  ".len();
        let sheet = self.sheet(area, context);
        let is_typing = self.reader.prompt.is_typing();
        if let Some((line, column)) = sheet.line_at(at, area) {
            return answer_at(&self.lines.line(line).text(), column);
        }
        let column = sheet.column_at(at, area).filter(|_| !is_typing)?;
        match &self.act {
            _ if column >= sheet.bottom.width() => None,
            Act::Nothing => Some(Action::Back),
            _ if column < NO => Some(Action::No),
            _ => Some(Action::Yes),
        }
    }

    fn sheet(&self, area: Rect, context: DrawContext<'_>) -> Sheet<'_> {
        // It is faint while a yes does not count yet.
        let yes = if self.read_delay.takes_yes_now(context.steady) {
            Role::Text
        } else {
            Role::Faint
        };
        let answers = match self.act {
            Act::Nothing => Text::of(" Close ", Role::Selected),
            _ if !Sheet::has_room_to_ask(area) => Text::of("enlarge the window", Role::Warning),
            _ if self.yes_has_focus => Text::of("  No, go back  ", Role::Text)
                .and(format!(" {} ", self.yes), Role::Selected),
            _ => Text::of(" No, go back ", Role::Selected).and(format!("   {} ", self.yes), yes),
        };
        let answers = self.reader.line(Sheet::room(area)).unwrap_or(answers);
        let actions: &[Action] = match &self.act {
            Act::Nothing => &[],
            Act::Restore(plan) if has_conflicts(plan) => &[
                Action::Conflicts,
                Action::Yes,
                Action::No,
                Action::Merge,
                Action::Diff,
            ],
            Act::Restore(_) => &[
                Action::Yes,
                Action::No,
                Action::Merge,
                Action::Scope,
                Action::Diff,
            ],
            Act::Plan(_) | Act::MakeAnew(_) | Act::Delete(_) => &[Action::Yes, Action::No],
        };
        let idle = self.idle();
        let actions: Vec<Action> = actions
            .iter()
            .copied()
            .filter(|it| !idle.contains(it))
            .collect();
        let keys = Text::of(context.keys.hints(self.context(), &actions), Role::Faint);
        Sheet {
            scroll: self.reader.scroll,
            found: self.reader.found,
            beside: keys,
            ..Sheet::new(&*self.title, &self.lines, answers)
        }
    }
}
