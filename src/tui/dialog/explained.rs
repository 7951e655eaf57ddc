//! What each action does, in a sentence, for the help, the palette and the README.

use crate::tui::keymap::{Action, Context, Keymap};

/// What an action does, in a sentence; the keys in it are the user's.
pub fn explained(keys: &Keymap, context: Context, action: Action) -> String {
    let says = explained_there(context, action).unwrap_or_else(|| explained_anywhere(action));
    let named = [
        ("{answer}", Action::Answer),
        ("{delete}", Action::Delete),
        ("{difference}", Action::Diff),
        ("{pin}", Action::Pin),
        ("{restore}", Action::Restore),
        ("{verify}", Action::Verify),
    ];
    let named = named.into_iter().filter(|(name, _)| says.contains(name));
    named.fold(says.to_owned(), |says, (name, action)| {
        let place = match action {
            Action::Answer => Context::Input,
            _ => context,
        };
        says.replace(name, keys.key(place, action))
    })
}

/// What an action does where it means something of its own.
fn explained_there(context: Context, action: Action) -> Option<&'static str> {
    let says = match (context, action) {
        (Context::Kind, Action::Answer) => "take one of the kind that has the focus",
        (Context::Kind, Action::OtherAnswer) => "to the other kind",
        (Context::Kind, Action::No) => "go back and take none",
        (Context::Message, Action::Back) => "close it",
        (Context::Message, Action::FindNext) => "to the next line that has it",
        (Context::Message, Action::FindPrevious) => "to the line before that has it",
        (Context::Sheet, Action::First) => "to the top",
        (Context::Sheet, Action::Last) => "to the bottom",
        (Context::Sheet, Action::Find) => {
            "find a text in it; {answer} on an empty line finds the next"
        }
        (Context::Restore, Action::Diff) => "what would change, table by table and row by row",
        (Context::Diff, Action::Open) => "the rows of the selected table that differ",
        (Context::Changes, Action::Open) => "read the selected row: the keys that move move in it",
        (Context::Changes, Action::NextKinds) => "show all, only added, changed or removed rows",
        (Context::Diff, Action::Mark) => "mark or unmark the table, for {restore}",
        (Context::Diff, Action::Restore) => {
            "restore just the selected table or the marked: shows the plan first"
        }
        (Context::Events, Action::NextKinds) => {
            "show all, only lost, only newer … events, as far as there are any"
        }
        (Context::Events, Action::Find) => "show events by words that name a kind or a branch",
        (Context::Events, Action::Restore) => "restore the snapshot: shows the plan first",
        (Context::Changes, Action::Restore) => "restore just this table: shows the plan first",
        (Context::Diff, Action::Find) => "look for a table by its name",
        (Context::Snapshots, Action::Open) => "choose a table in the preview",
        (Context::Tables, Action::Open) => "the rows of the table",
        (Context::Tables, Action::OtherSide) => "the rows of the table in live",
        (Context::Tables, Action::Left) => "back to the list",
        (Context::Rows, Action::Filter) => "show only rows that have a text",
        (Context::Rows, Action::Open) => "read the selected value: the keys that move move in it",
        (Context::Value, Action::Open) => "back to the rows",
        (Context::Rows, Action::Restore) => {
            "restore the snapshot whose rows they are: shows the plan first"
        }
        (Context::Search, Action::Open) => {
            "the row where it counts: in live, else in the newest snapshot"
        }
        (Context::Search, Action::Restore) => {
            "restore the newest snapshot that brings the row back: shows the plan first"
        }
        (Context::Search, Action::Find) => "edit the text",
        (Context::Search | Context::SearchLine, Action::NextKinds) => {
            "search all, only rewind, only periodic snapshots"
        }
        (Context::SearchLine, Action::Answer) => "to the rows that were found",
        (Context::SearchLine, Action::Back) => "to the rows that were found, or back",
        (Context::Screen, Action::First) => "to the first",
        (Context::Screen, Action::Last) => "to the last",
        (Context::Screen, Action::Back) => "back to where it was opened",
        (Context::Palette, Action::Answer) => "do what is selected",
        (Context::Palette, Action::Back) => "close it and do nothing",
        (Context::Input, Action::Answer) => "done: keep what was typed",
        (Context::Input, Action::Back) => "forget what was typed",
        _ => return None,
    };
    Some(says)
}

fn explained_anywhere(action: Action) -> &'static str {
    match action {
        Action::Up => "one up",
        Action::Down => "one down",
        Action::PageUp => "one page up",
        Action::PageDown => "one page down",
        Action::First => "to the newest",
        Action::Last => "to the oldest",
        Action::NextKinds => "show all, only rewind, only periodic snapshots",
        Action::PrevKinds => "the same, the other way",
        Action::Mark => "mark or unmark, for {delete}, {difference}, {pin} and {verify}",
        Action::NextOrder => "sort by the next column; so does a click on its heading",
        Action::ReverseOrder => "sort the other way round",
        Action::Filter => "show only what fits: kind, age, event or text",
        Action::MarkRange => "mark from here on as the selection moves; again ends it",
        Action::MarkAll => "mark everything that is shown, or unmark it",
        Action::Take => "take a snapshot of live",
        Action::Search => "find a text in live and in every snapshot",
        Action::Regex => "the text is a regular expression, or a text again",
        Action::NextTable => "search all tables, or the next one",
        Action::Diff => "what differs between the selected and live, or between two marked",
        Action::Events => "the events of the selected and of live, and what became of them",
        Action::GoTo => "go to the event of a number",
        Action::Find => "look for a text",
        Action::Jump => "go to a row by its number",
        Action::OtherSide => "the same table in live, and back",
        Action::Copy => "copy the selected value to the clipboard",
        Action::Left => "one column to the left",
        Action::Right => "one column to the right",
        Action::FirstColumn => "to the first column",
        Action::LastColumn => "to the last column",
        Action::FindNext => "to the next row that has it",
        Action::FindPrevious => "to the row before that has it",
        Action::Open => "look into what is selected",
        Action::Restore => "restore the selected snapshot: shows the plan first",
        Action::Recover => "take back the last rewind: shows the plan first",
        Action::Undo => "undo the last restore: shows the plan first",
        Action::Redo => "redo what was undone last: shows the plan first",
        Action::Prune => "delete what the policies no longer keep: shows the plan first",
        Action::Delete => "delete the marked or the selected: asks first",
        Action::Label => "label the selected with a line of text",
        Action::Pin => "pin, so that no pruning touches it, or unpin",
        Action::Verify => "verify: check that it is whole and sound",
        Action::Reload => "read everything again",
        Action::NextTheme => "the next theme: dark, light, sixteen colours, high contrast, plain",
        Action::Mouse => {
            "leave the mouse to the terminal, to select text, or take it back; Shift and dragging selects, too"
        }
        Action::Palette => "everything that can be done here, found by typing",
        Action::Messages => "read again what was told: results, errors and warnings",
        Action::Help => "the keys that work here, and those of other places",
        Action::Clear => "forget the marks, then the filter; it never quits",
        Action::Back => "back: forget the marks and the filter, or quit",
        Action::Quit => "quit",
        Action::Repaint => "draw the whole screen again",
        Action::Suspend => "stop Unrewind; `fg` in the shell continues it",
        Action::OtherAnswer => "to the other answer",
        Action::Answer => "give the answer that has the focus",
        Action::Yes => "yes: do what the plan says",
        Action::No => "no: go back, and leave everything as it is",
        Action::Scope => "restore the log too, or the tables only",
        Action::Newer => "keep or drop the events newer than the snapshot",
        Action::KeepMore => "keep one more, or a day longer; for this prune only",
        Action::KeepFewer => "keep one fewer, or a day less; for this prune only",
        Action::OtherNumber => "to the other kind's number",
        Action::Cancel => "stop, and leave everything as it was",
    }
}
