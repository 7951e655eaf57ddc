//! The plan of a restore in lines.

use unicode_width::UnicodeWidthStr;

use crate::{
    core::{Existing, Newer, RestoreOptions, RestorePlan, Scope, TableChanges},
    text::{self, Point, Tone},
    tui::{
        keymap::{Action, Context},
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell},
    },
};

/// How many events the user chose, which count again and nothing else.
pub(super) fn chosen_events(plan: &RestorePlan) -> u64 {
    let merge = plan.merge.as_ref();
    merge.map_or(0, |merge| merge.events.len() as u64)
}

pub(super) fn scope(plan: &RestorePlan) -> Text {
    let RestoreOptions {
        scope,
        newer,
        tables,
        rows,
        existing,
        ..
    } = &plan.options;
    let only = match (rows.len() as u64, existing) {
        (0, Existing::Keep) => Some("rows that live lacks".to_owned()),
        (0, _) => None,
        (rows, Existing::Keep) => Some(format!(
            "those of {} that live lacks",
            text::counted(rows, "row")
        )),
        (rows, _) => Some(text::counted(rows, "row")),
    };
    if let Some(only) = only {
        return Text::of("only ", Role::Faint)
            .and(only, Role::Strong)
            .and(": everything else stays as it is", Role::Text);
    }
    if !tables.is_empty() {
        return Text::of("only ", Role::Faint)
            .and(text::list(tables), Role::Strong)
            .and(": everything else stays as it is", Role::Text);
    }
    let events = chosen_events(plan);
    if events > 0 {
        let count = if events == 1 { "counts" } else { "count" };
        return Text::of("only ", Role::Faint)
            .and(text::counted(events, "event"), Role::Strong)
            .and(
                format!(" that {count} again: every other event stays as it is"),
                Role::Text,
            );
    }
    if let Some(composed) = &plan.moment {
        let event = text::event_id(composed.moment.event);
        let sentence = format!(": tables and event log, as just after event {event}");
        return Text::of("scope ", Role::Faint)
            .and("full", Role::Strong)
            .and(sentence, Role::Text);
    }
    let (is, sentence) = match (scope, newer) {
        (Scope::Full, Newer::Drop) => ("full", "tables and event log, exactly as in the snapshot"),
        (Scope::Full, Newer::Keep) => (
            "both sides",
            "what the snapshot has comes back, and what live has stays",
        ),
        (Scope::Tables, _) => (
            "tables",
            "projected tables only; the event log stays as it is",
        ),
    };
    Text::of("scope ", Role::Faint)
        .and(is, Role::Strong)
        .and(format!(": {sentence}"), Role::Text)
}

/// Both answers to a rewind, and which of them is planned.
pub(super) fn both_answers(plan: &RestorePlan, context: DrawContext<'_>) -> Text {
    let back = text::count(plan.events_back());
    let kept = plan.merge.as_ref().map(|merge| merge.kept.count);
    let kept = kept.map_or("what is newer".to_owned(), text::count);
    let key = context.keys.key(Context::Restore, Action::Merge);
    let answers = [
        ("everything as it was".to_owned(), plan.merge.is_none()),
        (
            format!("bring back {back}, keep {kept}"),
            plan.merge.is_some(),
        ),
    ];
    let mut line = Text::default();
    for (answer, is_planned) in answers {
        line = if is_planned {
            line.and("● ", Role::Accent).and(answer, Role::Strong)
        } else {
            line.and("○ ", Role::Faint)
                .and(format!("{answer} ({key})"), Role::Faint)
        };
        line = line.and("   ", Role::Text);
    }
    line
}

/// What a click on a column of the line with both answers does: it plans the one that is not planned.
pub(super) fn answer_at(line: &str, column: usize) -> Option<Action> {
    let second = line
        .rfind(['●', '○'])
        .filter(|_| line.starts_with(['●', '○']))?;
    let is_second = column >= line[..second].width();
    let answer = if is_second { &line[second..] } else { line };
    answer.starts_with('○').then_some(Action::Merge)
}

/// Returns whether live and the snapshot changed the same thing differently.
pub(super) fn has_conflicts(plan: &RestorePlan) -> bool {
    let merge = plan.merge.as_ref();
    merge.is_some_and(|merge| !merge.conflicts.is_empty())
}

/// A sentence of the plan, and the first and the last of the events it is about.
pub(super) fn point_lines(point: &Point) -> Vec<Text> {
    let line = match point.tone {
        Tone::Plain => Text::of("• ", Role::Accent).and(point.sentence.clone(), Role::Strong),
        Tone::Warning => Text::of("! ", Role::Warning).and(point.sentence.clone(), Role::Warning),
    };
    let ends = text::ends(&point.events);
    let below = ends.iter().chain(&point.rows);
    let below = below.map(|row| Text::of(format!("  {row}"), Role::Text));
    std::iter::once(line).chain(below).collect()
}

pub(super) fn tables(changes: &[TableChanges]) -> Vec<Text> {
    let changed: Vec<&TableChanges> = changes.iter().filter(|table| !table.is_empty()).collect();
    if changed.is_empty() {
        return Vec::new();
    }
    let same = changes.len() - changed.len();
    let heading = format!(
        "{:<20} {:>9} {:>9} {:>9}",
        "TABLE", "ADDED", "CHANGED", "REMOVED"
    );
    let mut lines = vec![Text::default(), Text::of(heading, Role::Faint)];
    lines.extend(changed.into_iter().map(table_line));
    if same > 0 {
        lines.push(Text::of(text::no_difference(same), Role::Faint));
    }
    lines
}

/// How a new plan differs from the outdated one.
pub(super) fn what_changed(before: &[TableChanges], now: &[TableChanges]) -> Vec<Text> {
    let mut lines = vec![Text::of(
        "! live changed since you saw the plan; nothing was done. This is the plan now.",
        Role::Warning,
    )];
    for table in now {
        let earlier = before.iter().find(|earlier| earlier.name == table.name);
        if let Some(earlier) = earlier.filter(|earlier| *earlier != table) {
            let numbers = |table: &TableChanges| {
                format!(
                    "+{} ~{} -{}",
                    text::count(table.added),
                    text::count(table.changed),
                    text::count(table.removed)
                )
            };
            let sentence = format!(
                "    {}: was {}, is {}",
                text::name(&table.name),
                numbers(earlier),
                numbers(table)
            );
            lines.push(Text::of(sentence, Role::Text));
        }
    }
    lines.push(Text::default());
    lines
}

fn table_line(table: &TableChanges) -> Text {
    let number = |rows: u64, sign: &str| {
        if rows == 0 {
            "·".to_owned()
        } else {
            format!("{sign}{}", text::count(rows))
        }
    };
    let role = |rows: u64, role: Role| if rows == 0 { Role::Faint } else { role };
    Text::of(cell(&text::name(&table.name), 20, Align::Left), Role::Text)
        .and(
            format!(" {:>9}", number(table.added, "+")),
            role(table.added, Role::Added),
        )
        .and(
            format!(" {:>9}", number(table.changed, "~")),
            role(table.changed, Role::Warning),
        )
        .and(
            format!(" {:>9}", number(table.removed, "-")),
            role(table.removed, Role::Removed),
        )
}
