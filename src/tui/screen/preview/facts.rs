//! The facts about a snapshot above its tables: age, size, last event, verification, label.

use crate::{
    core::{Snapshot, StoredIn},
    text,
    tui::{
        screen::DrawContext,
        theme::Role,
        widget::{Text, fit},
    },
};

pub(super) fn facts(snapshot: &Snapshot, context: DrawContext<'_>, width: usize) -> Vec<Text> {
    let ago = text::ago(snapshot.taken_at(), context.now);
    let size = text::size(snapshot.size);
    let last = match snapshot.ends_at() {
        Some(0) => String::new(),
        _ => format!(" · last event {}", text::last_event(snapshot)),
    };
    let first = Text::of(fit(&format!("{ago} · {size}{last}"), width), Role::Text);
    let mut lines = vec![first];
    for standing in standing(snapshot, context) {
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
    if let Some(restore) = &snapshot.note.restore {
        let of = text::snapshot(&restore.of, context.zone);
        lines.push(Text::of(
            fit(
                &format!("↩ safety snapshot: live before {of} was restored"),
                width,
            ),
            Role::Accent,
        ));
    }
    if snapshot.damage.is_none()
        && let Some(problem) = snapshot.verified().and_then(|found| found.problem.as_ref())
    {
        let sentence = format!("✗ {}: {}", text::soundness(Some(problem)), problem.reason());
        lines.push(Text::of(fit(&sentence, width), Role::Bad));
    }
    if let Some(damage) = &snapshot.damage {
        lines.push(Text::of(
            fit(&format!("✗ {damage}; it cannot be restored"), width),
            Role::Bad,
        ));
    }
    lines
}

/// Whether it is verified, whether it is pinned, and whether the archive holds it.
fn standing(snapshot: &Snapshot, context: DrawContext<'_>) -> Vec<Text> {
    let mut standing = Vec::new();
    if let Some(found) = snapshot.verified() {
        let ago = text::ago(found.at, context.now);
        standing.push(match found.problem {
            None => Text::of(format!("✓ verified {ago}"), Role::Added),
            Some(_) => Text::of(format!("✗ verified {ago}"), Role::Bad),
        });
    } else if snapshot.is_intact() {
        standing.push(Text::of("not verified", Role::Faint));
    }
    if let Some(pinned) = text::pinned(snapshot) {
        let role = snapshot
            .pin_damage
            .as_ref()
            .map_or(Role::Accent, |_| Role::Bad);
        standing.push(Text::of(format!("◆ {pinned}"), role));
    }
    match snapshot.stored_in {
        StoredIn::Folder => {}
        StoredIn::Archive => standing.push(Text::of("only in the archive", Role::Accent)),
        StoredIn::Both => standing.push(Text::of("also in the archive", Role::Faint)),
    }
    standing
}
