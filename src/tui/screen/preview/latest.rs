//! The last events of the selected snapshot, as many as fit.

use crate::{
    core::{Event, EventStatus},
    text,
    tui::{
        theme::Role,
        widget::{Text, fit},
    },
};

/// The most lines of an event's text.
const LINES: usize = 3;
/// In fewer lines nothing is shown: the last sentence says more.
const LEAST: usize = 8;

/// The last events in this many columns and lines; only the heading until they are read.
pub(super) fn lines(events: Option<&[Event]>, (width, height): (usize, usize)) -> Vec<Text> {
    if height < LEAST || events.is_some_and(<[Event]>::is_empty) {
        return Vec::new();
    }
    let mut shown: Vec<Vec<Text>> = Vec::new();
    let mut left = height - 2;
    for event in events.unwrap_or_default().iter().rev() {
        let lines = event_lines(event, width);
        let Some(rest) = left.checked_sub(lines.len()) else {
            break;
        };
        left = rest;
        shown.push(lines);
    }
    let heading = Text::of(fit("LAST EVENTS", width), Role::Faint);
    let lines = shown.into_iter().rev().flatten();
    [Text::default(), heading]
        .into_iter()
        .chain(lines)
        .collect()
}

/// The event's id, time and kind, and below its text.
fn event_lines(event: &Event, width: usize) -> Vec<Text> {
    let (sign, plain) = match event.status {
        EventStatus::Active => ("", Role::Text),
        EventStatus::Rewound => ("◂ ", Role::Faint),
        EventStatus::Hidden => ("· ", Role::Faint),
    };
    let time = event.time.as_deref().unwrap_or_default();
    let time: String = time.replacen('T', " ", 1).chars().take(19).collect();
    let kind = event.kind.as_deref().unwrap_or_default();
    let facts = [text::event_id(event.id), time, kind.to_owned()];
    let facts: Vec<String> = facts.into_iter().filter(|fact| !fact.is_empty()).collect();
    let head = format!("{sign}{}", facts.join("  "));
    let mut lines = vec![Text::of(fit(&head, width), Role::Faint)];
    if let Some(said) = &event.text {
        // One line more than fits would show that there is more.
        let said = fit(said, width.saturating_sub(4) * LINES);
        let said = Text::of(format!("  {said}"), plain).wrapped(width.max(1));
        lines.extend(said.into_iter().take(LINES));
    }
    lines
}
