//! What stands over the screen: a question with its plan, the choice of a kind, an operation under
//! way, a message. Each is state and how it is drawn; what keys do to it is the app's.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    widgets::{Clear, Paragraph},
};

use super::{
    keymap::{self, Action, Context, bindings},
    screen::Look,
    theme::Role,
    widget::{Align, Text, bar, cell, centered, frame},
};
use crate::{
    core::{
        Fate, Kind, Progress, PrunePlan, RestorePlan, Restored, Safety, Scope, Snapshot, TablePlan,
        Taken, Verdict,
    },
    text,
};

/// What stands over the screen.
#[derive(Debug)]
pub enum Dialog {
    /// A question with a plan.
    Confirm(Confirm),
    /// Which kind to take.
    Kind(KindChoice),
    /// An operation under way.
    Running(Running),
    /// Something to read.
    Message(Message),
}

/// A plan and the question whether to go ahead. The answer is no unless the user says otherwise.
#[derive(Debug)]
pub struct Confirm {
    title: String,
    lines: Vec<Text>,
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

/// Which kind to take.
#[derive(Debug)]
pub struct KindChoice {
    /// The kind that has the focus.
    pub kind: Kind,
    lines: Vec<(Kind, Vec<Text>)>,
}

/// An operation under way.
#[derive(Debug)]
pub struct Running {
    title: String,
    /// How far it is, once it told.
    pub progress: Option<Progress>,
    /// Whether it was asked to stop.
    pub cancelled: bool,
}

/// Something to read.
#[derive(Debug)]
pub struct Message {
    title: Text,
    lines: Vec<Text>,
    /// Lines above the visible ones.
    pub scroll: usize,
}

impl Dialog {
    /// An operation under way.
    pub fn running(title: impl Into<String>) -> Self {
        Self::Running(Running {
            title: title.into(),
            progress: None,
            cancelled: false,
        })
    }

    /// Something to read.
    pub fn message(title: impl Into<String>, lines: Vec<Text>) -> Self {
        Self::Message(Message {
            title: Text::of(title, Role::Accent),
            lines,
            scroll: 0,
        })
    }

    /// What went wrong, and what to do about it.
    pub fn error(title: &str, error: &crate::core::Error) -> Self {
        let mut lines = vec![Text::of(error.to_string(), Role::Text)];
        if let Some(hint) = text::hint(error) {
            lines.push(Text::default());
            lines.push(Text::of("What to do: ", Role::Strong).and(hint, Role::Text));
        }
        Self::Message(Message {
            title: Text::of(format!("✗ {title}"), Role::Bad),
            lines,
            scroll: 0,
        })
    }

    /// The keys of a screen, from the key table.
    pub fn help(context: Context) -> Self {
        let line = |binding: &keymap::Binding| {
            let keys: Vec<&str> = binding.keys.iter().map(|key| keymap::label(key)).collect();
            Text::of(
                format!("  {}", cell(&keys.join(", "), 16, Align::Left)),
                Role::Accent,
            )
            .and(explained(binding.action), Role::Text)
        };
        Self::message("Keys", bindings(context).map(line).collect())
    }

    /// Where keys are looked up while it is open.
    pub fn context(&self) -> Context {
        match self {
            Self::Confirm(_) => Context::Confirm,
            Self::Kind(_) => Context::Kind,
            Self::Running(_) => Context::Running,
            Self::Message(_) => Context::Message,
        }
    }

    /// Moves what is longer than the dialog.
    pub fn scroll_by(&mut self, lines: isize) {
        match self {
            Self::Confirm(Confirm {
                scroll, lines: all, ..
            })
            | Self::Message(Message {
                scroll, lines: all, ..
            }) => {
                *scroll = scroll
                    .saturating_add_signed(lines)
                    .min(all.len().saturating_sub(1));
            }
            Self::Kind(_) | Self::Running(_) => {}
        }
    }

    /// Draws it in the middle of the screen.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        match self {
            Self::Confirm(confirm) => confirm.draw(frame, area, look),
            Self::Kind(choice) => choice.draw(frame, area, look),
            Self::Running(running) => running.draw(frame, area, look),
            Self::Message(message) => message.draw(frame, area, look),
        }
    }
}

/// What an action does, in a sentence.
fn explained(action: Action) -> &'static str {
    match action {
        Action::Up => "one up",
        Action::Down => "one down",
        Action::PageUp => "one page up",
        Action::PageDown => "one page down",
        Action::First => "to the newest",
        Action::Last => "to the oldest",
        Action::NextKinds => "show all, only rewind, only periodic snapshots",
        Action::Mark => "mark or unmark, for x",
        Action::Take => "take a snapshot of live",
        Action::Restore => "restore the selected snapshot: shows the plan first",
        Action::Prune => "delete what the policies no longer keep: shows the plan first",
        Action::Delete => "delete the marked or the selected: asks first",
        Action::Reload => "read everything again",
        Action::Help => "this help",
        Action::Back => "back: forget the marks, or quit",
        Action::Quit => "quit",
        Action::OtherAnswer => "to the other answer",
        Action::Answer => "give the answer that has the focus",
        Action::Yes => "yes",
        Action::No => "no",
        Action::Scope => "restore the log too, or the tables only",
        Action::Cancel => "stop, and leave everything as it was",
    }
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

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
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

fn verdict_line(verdict: &Verdict, look: Look<'_>) -> Text {
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

impl KindChoice {
    /// A choice between the kinds; `pruned` is what the policy deletes after a periodic one.
    pub fn new(keep_rewind: &str, pruned: &PrunePlan, look: Look<'_>) -> Self {
        let rewind = vec![Text::of(
            format!("kept for {keep_rewind}; nothing is deleted"),
            Role::Text,
        )];
        let mut periodic = vec![Text::of(
            "where the application starts from the next time",
            Role::Text,
        )];
        let deleted = pruned.deleted().map(|verdict| verdict_line(verdict, look));
        periodic.extend(deleted);
        Self {
            kind: Kind::Rewind,
            lines: vec![(Kind::Rewind, rewind), (Kind::Periodic, periodic)],
        }
    }

    /// Gives the focus to the other kind.
    pub fn other(&mut self) {
        self.kind = match self.kind {
            Kind::Rewind => Kind::Periodic,
            Kind::Periodic => Kind::Rewind,
        };
    }

    fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let mut lines = Vec::new();
        for (kind, says) in &self.lines {
            let has_focus = *kind == self.kind;
            let role = if has_focus {
                Role::Selected
            } else {
                Role::Strong
            };
            let bar = if has_focus { "▌" } else { " " };
            lines.push(Text::of(bar, Role::Accent).and(format!(" {kind} "), role));
            lines.extend(
                says.iter()
                    .map(|line| Text::of("    ", Role::Text).joined(line.clone())),
            );
            lines.push(Text::default());
        }
        let bottom = Text::of("Enter take  ↓ other kind  Esc do not take one", Role::Faint);
        let title = Text::of("Take a snapshot of live", Role::Accent);
        Sheet {
            title,
            lines: &lines,
            scroll: 0,
            bottom,
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}

impl Running {
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let (stage, percent) = self.progress.map_or(("starting", 0), |progress| {
            (
                text::stage(progress.stage),
                text::percent(progress.done, progress.total),
            )
        });
        let stage = if self.cancelled { "stopping" } else { stage };
        let lines = [
            Text::of(format!("{stage} …"), Role::Text),
            Text::default(),
            Text::of(bar(percent, 48), Role::Accent).and(format!(" {percent:>3} %"), Role::Strong),
        ];
        let title = Text::of(self.title.clone(), Role::Accent);
        let bottom = Text::of("Esc cancel: everything stays as it was", Role::Faint);
        Sheet {
            title,
            lines: &lines,
            scroll: 0,
            bottom,
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}

impl Message {
    fn draw(&self, frame: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let bottom = Text::of(" Close ", Role::Selected);
        Sheet {
            title: self.title.clone(),
            lines: &self.lines,
            scroll: self.scroll,
            bottom,
            beside: Text::default(),
        }
        .draw(frame, area, look);
    }
}

/// A framed sheet in the middle of the screen: lines, and below them one that always stays.
struct Sheet<'a> {
    title: Text,
    lines: &'a [Text],
    scroll: usize,
    bottom: Text,
    /// At the right end of the bottom line.
    beside: Text,
}

impl Sheet<'_> {
    const WIDEST: u16 = 84;

    fn draw(&self, screen: &mut Frame<'_>, area: Rect, look: Look<'_>) {
        let widest = Self::WIDEST.min(area.width.saturating_sub(2));
        let room = usize::from(widest).saturating_sub(4);
        let lines: Vec<Text> = self
            .lines
            .iter()
            .flat_map(|line| line.wrapped(room.max(1)))
            .collect();
        let needed = lines
            .iter()
            .chain([&self.bottom, &self.title])
            .map(Text::width)
            .max()
            .unwrap_or(0);
        let needed = needed
            .max(self.bottom.width() + self.beside.width() + 4)
            .max(40)
            .min(room);
        let width = u16::try_from(needed + 4).unwrap_or(widest);
        let height = u16::try_from(lines.len() + 4).unwrap_or(u16::MAX);
        let area = centered(area, width, height);
        screen.render_widget(Clear, area);
        let block = frame(self.title.clone(), Role::Accent, look.theme);
        let inner = block.inner(area);
        screen.render_widget(block, area);
        let [_, inner, _] = Layout::horizontal([
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(1),
        ])
        .areas(inner);
        let [body, _, bottom] = Layout::vertical([
            Constraint::Min(0),
            Constraint::Length(1),
            Constraint::Length(1),
        ])
        .areas(inner);
        let visible = usize::from(body.height);
        let scroll = self.scroll.min(lines.len().saturating_sub(visible));
        let shown = lines
            .iter()
            .skip(scroll)
            .take(visible)
            .map(|line| line.line(look.theme))
            .collect::<Vec<_>>();
        screen.render_widget(Paragraph::new(shown), body);
        let hidden = lines.len().saturating_sub(visible + scroll);
        let more = if hidden > 0 {
            Text::of(format!("↓ {hidden} more lines  "), Role::Warning)
        } else {
            Text::default()
        };
        let beside = more.joined(self.beside.clone());
        let gap = usize::from(bottom.width).saturating_sub(self.bottom.width() + beside.width());
        let line = self
            .bottom
            .clone()
            .and(" ".repeat(gap), Role::Text)
            .joined(beside);
        screen.render_widget(Paragraph::new(line.line(look.theme)), bottom);
    }
}

/// What a take did, to read.
pub fn taken(taken: &Taken) -> Dialog {
    let Taken { snapshot, pruned } = taken;
    let mut lines = vec![Text::of(
        format!(
            "{}: {}, last event {}",
            snapshot.name(),
            text::size(snapshot.size),
            text::last_event(snapshot)
        ),
        Role::Text,
    )];
    lines.extend(
        pruned
            .iter()
            .map(|path| Text::of(format!("pruned {}", path.display()), Role::Faint)),
    );
    Dialog::message("✓ Snapshot taken", lines)
}

/// What a restore did, to read.
pub fn restored(restored: &Restored) -> Dialog {
    let rows = restored
        .tables
        .iter()
        .map(|table| table.added + table.changed + table.removed)
        .sum();
    let mut lines = vec![Text::of(
        format!(
            "{} changed; last event {}",
            text::counted(rows, "row"),
            text::event_id(restored.last_event_id)
        ),
        Role::Strong,
    )];
    if let Some(guard) = &restored.guard {
        lines.push(Text::of(
            format!(
                "Guard: {} holds the database as it was before. Restore it to undo this.",
                guard.name()
            ),
            Role::Text,
        ));
    }
    if let Some(checkpoint) = &restored.checkpoint {
        lines.push(Text::of(
            format!(
                "Checkpoint: the application starts from {}.",
                checkpoint.name()
            ),
            Role::Text,
        ));
    }
    lines.push(Text::of(
        "Restart the application if it is running, so that it sees the restored state.",
        Role::Text,
    ));
    Dialog::message("✓ Restored", lines)
}
