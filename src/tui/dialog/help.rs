//! The help: the keys of the place it was opened in, those that move there, those that work everywhere,
//! and then those of other places.

use unicode_width::UnicodeWidthStr;

use super::Notice;
use crate::tui::{
    keymap::{Context, KeyLine, Keymap},
    theme::Role,
    widget::{Align, Text, cell},
};

impl Notice {
    /// The keys that work here, then those of other places, in lines of this width.
    pub fn help(keys: &Keymap, here: Context, width: usize) -> Self {
        let at_hand: Vec<&KeyLine> = keys.here(here).collect();
        let (moving, doing): (Vec<_>, Vec<_>) = at_hand.into_iter().partition(|line| line.moves());
        let (own, general): (Vec<_>, Vec<_>) = doing
            .into_iter()
            .partition(|line| line.context == here || !line.context.is_everywhere());
        let mut lines = Vec::new();
        // The title names the place of the first group.
        let groups = [("", own), ("Moving", moving), ("Everywhere", general)];
        for (heading, group) in groups {
            section(&mut lines, heading, &group, keys, width);
        }
        let mut others: Vec<Context> = Vec::new();
        for line in keys.lines().filter(|line| !here.holds(line.context)) {
            if !others.contains(&line.context) {
                others.push(line.context);
            }
        }
        for other in others {
            let there = keys.lines().filter(|line| line.context == other);
            let there: Vec<&KeyLine> = there.collect();
            section(&mut lines, other.place(), &there, keys, width);
        }
        let place = here.place();
        let title = format!("Keys {}{}", place[..1].to_lowercase(), &place[1..]);
        Self::new(title, lines)
    }
}

fn section(lines: &mut Vec<Text>, heading: &str, group: &[&KeyLine], keys: &Keymap, width: usize) {
    const GAP: usize = 2;
    const LEAST: usize = 16;
    if group.is_empty() {
        return;
    }
    if !lines.is_empty() {
        lines.push(Text::default());
        lines.push(Text::of(heading, Role::Strong));
    }
    let names = |line: &KeyLine| line.names.join(", ");
    let widest = group.iter().map(|line| names(line).width()).max();
    let column = widest.unwrap_or(0) + GAP;
    for line in group {
        let help = Text::of(keys.help(line), Role::Text);
        let help = help.wrapped(width.saturating_sub(column).max(LEAST));
        for (row, part) in help.into_iter().enumerate() {
            let names = if row == 0 { names(line) } else { String::new() };
            let names = Text::of(cell(&names, column, Align::Left), Role::Accent);
            lines.push(names.joined(part));
        }
    }
}
