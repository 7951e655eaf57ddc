//! The key table: every key of every place in one line, with what it does there in a word or two for
//! the footer, and in a sentence for the help, the palette and the documentation.
//!
//! A sentence names another key as `{action}`, or as `{place.action}` if that is bound elsewhere, by
//! the names in the user's configuration: the key that is shown is the one the user has.

use super::{Action, Context};

/// One line of the key table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where it holds.
    pub context: Context,
    /// The keys by their names, with blanks between them; the first is the one that is shown.
    pub keys: &'static str,
    /// What they do.
    pub action: Action,
    /// That in a word or two.
    pub says: &'static str,
    /// And in a sentence.
    pub help: &'static str,
}

macro_rules! bindings {
    ($($context:ident { $($keys:literal $action:ident $says:literal $help:literal;)* })*) => {
        &[$($(Binding {
            context: Context::$context,
            keys: $keys,
            action: Action::$action,
            says: $says,
            help: $help,
        },)*)*]
    };
}

/// The key table; within a place what matters most comes first.
pub const BINDINGS: &[Binding] = bindings! {
    Snapshots {
        "r"                            Restore      "restore"         "restore the selected snapshot: shows the plan first";
        "s"                            Search       "search"          "find a text in live and in every snapshot";
        "d"                            Diff         "difference"      "what differs between the selected and live, or between two marked";
        "e"                            Events       "events"          "the events of the selected and of live, and what became of them";
        "t"                            Take         "take"            "take a snapshot of live";
        "R"                            Recover      "recover"         "take back the last rewind: shows the plan first";
        "u"                            Undo         "undo"            "undo the last restore: shows the plan first";
        "enter right l"                Open         "tables"          "choose a table in the preview";
        "p"                            Prune        "prune"           "delete what the policies no longer keep: shows the plan first";
        "x delete"                     Delete       "delete"          "delete the marked or the selected: asks first";
        "n"                            Label        "label"           "label the selected with a line of text";
        "P"                            Pin          "pin"             "pin, so that no pruning touches it, or unpin";
        "V"                            Verify       "verify"          "verify: check that it is whole and sound";
        "U ctrl-r"                     Redo         "redo"            "redo what was undone last: shows the plan first";
        "space"                        Mark         "mark"            "mark or unmark, for {delete}, {diff}, {pin} and {verify}";
        "/ f"                          Filter       "filter"          "show only what fits: kind, age, event or text";
        "o"                            NextOrder    "order"           "sort by the next column; so does a click on its heading";
        "tab"                          NextKinds    "kind"            "show all, only rewind, only periodic snapshots";
        "shift-tab"                    PrevKinds    "kind before"     "the same, the other way";
        "v"                            MarkRange    "mark range"      "mark from here on as the selection moves; again ends it";
        "a ctrl-a"                     MarkAll      "mark all"        "mark everything that is shown, or unmark it";
        "O"                            ReverseOrder "turn order"      "sort the other way round";
        "esc"                          Clear        "clear"           "forget the marks, then the filter; it never quits";
        "q"                            Back         "quit"            "back: forget the marks and the filter, or quit";
        "down j"                       Down         "down"            "one down";
        "up k"                         Up           "up"              "one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "one page up";
        "g home"                       First        "newest"          "to the newest";
        "G end"                        Last         "oldest"          "to the oldest";
    }
    Confirm {
        "n esc q"                      No           "no"              "no: go back, and leave everything as it is";
        "y"                            Yes          "yes"             "yes: do what the plan says";
        "tab shift-tab left right h l" OtherAnswer  "other answer"    "to the other answer";
        "enter"                        Answer       "answer"          "give the answer that has the focus";
    }
    Restore {
        "s"                            Scope        "scope"           "restore the log too, or the tables only";
        "e"                            Newer        "newer events"    "keep or drop the events newer than the snapshot";
        "d"                            Diff         "difference"      "what would change, table by table and row by row";
    }
    Prune {
        "+ ="                          KeepMore     "keep more"       "keep one more, or a day longer; for this prune only";
        "-"                            KeepFewer    "keep fewer"      "keep one fewer, or a day less; for this prune only";
        "p"                            OtherNumber  "other kind"      "to the other kind's number";
    }
    Kind {
        "enter"                        Answer       "take it"         "take one of the kind that has the focus";
        "tab shift-tab down up j k"    OtherAnswer  "other kind"      "to the other kind";
        "esc q n"                      No           "do not take one" "go back and take none";
    }
    Running {
        "esc q ctrl-c"                 Cancel       "cancel"          "stop, and leave everything as it was";
        "? f1"                         Help         "help"            "the keys that work here, and those of other places";
    }
    Message {
        "enter esc q space"            Back         "close"           "close it";
    }
    Sheet {
        "down j"                       Down         "down"            "one down";
        "up k"                         Up           "up"              "one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "one page up";
        "g home"                       First        "first"           "to the top";
        "G end"                        Last         "last"            "to the bottom";
        "/"                            Find         "find"            "find a text in it; {input.answer} on an empty line finds the next";
    }
    Dialog {
        "? f1"                         Help         "help"            "the keys that work here, and those of other places";
        ":"                            Palette      "commands"        "everything that can be done here, found by typing";
    }
    Message {
        "n"                            FindNext     "find next"       "to the next line that has it";
        "N"                            FindPrevious "find previous"   "to the line before that has it";
    }
    Diff {
        "enter"                        Open         "rows"            "the rows of the selected table that differ";
        "r"                            Restore      "restore table"   "restore just the selected table or the marked: shows the plan first";
        "space"                        Mark         "mark"            "mark or unmark the table, for {restore}";
        "/"                            Find         "find table"      "look for a table by its name";
    }
    Tables {
        "enter"                        Open         "rows"            "the rows of the table";
        "v"                            OtherSide    "rows in live"    "the rows of the table in live";
        "left h"                       Left         "snapshots"       "back to the list";
    }
    Rows {
        "/"                            Find         "find"            "look for a text";
        "f"                            Filter       "filter"          "show only rows that have a text";
        "enter"                        Open         "read"            "read the selected value: the keys that move move in it";
        "r"                            Restore      "restore"         "restore the snapshot whose rows they are: shows the plan first";
        "c"                            Copy         "copy"            "copy the selected value to the clipboard";
        "v"                            OtherSide    "other side"      "the same table in live, and back";
        "n"                            FindNext     "next"            "to the next row that has it";
        "N"                            FindPrevious "previous"        "to the row before that has it";
        "#"                            Jump         "row number"      "go to a row by its number";
        "left h"                       Left         "left"            "one column to the left";
        "right l"                      Right        "right"           "one column to the right";
        "0"                            FirstColumn  "first column"    "to the first column";
        "$"                            LastColumn   "last column"     "to the last column";
    }
    Value {
        "enter"                        Open         "rows"            "back to the rows";
        "c"                            Copy         "copy"            "copy the selected value to the clipboard";
    }
    Changes {
        "enter"                        Open         "read"            "read the selected row: the keys that move move in it";
        "r"                            Restore      "restore table"   "restore just this table: shows the plan first";
        "tab"                          NextKinds    "kind"            "show all, only added, changed or removed rows";
        "/"                            Find         "find"            "look for a text";
        "n"                            FindNext     "next"            "to the next row that has it";
        "N"                            FindPrevious "previous"        "to the row before that has it";
    }
    Events {
        "tab"                          NextKinds    "lost, newer …"   "show all, only lost, only newer … events, as far as there are any";
        "/"                            Find         "kind or branch"  "show events by words that name a kind or a branch";
        "i"                            GoTo         "go to id"        "go to the event of a number";
        "r"                            Restore      "restore"         "restore the snapshot: shows the plan first";
    }
    Search {
        "enter"                        Open         "row"             "the row where it counts: in live, else in the newest snapshot";
        "r"                            Restore      "bring it back"   "restore the newest snapshot that brings the row back: shows the plan first";
        "/ i"                          Find         "edit text"       "edit the text";
        "tab"                          NextKinds    "kind"            "search all, only rewind, only periodic snapshots";
        "shift-tab"                    PrevKinds    "kind before"     "the same, the other way";
        "t ctrl-t"                     NextTable    "table"           "search all tables, or the next one";
        "ctrl-r"                       Regex        "regex"           "the text is a regular expression, or a text again";
    }
    Screen {
        "esc q"                        Back         "back"            "back to where it was opened";
        "down j"                       Down         "down"            "one down";
        "up k"                         Up           "up"              "one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "one page up";
        "g home"                       First        "first"           "to the first";
        "G end"                        Last         "last"            "to the last";
    }
    Everywhere {
        "? f1"                         Help         "help"            "the keys that work here, and those of other places";
        ":"                            Palette      "commands"        "everything that can be done here, found by typing";
        "L"                            Messages     "messages"        "read again what was told: results, errors and warnings";
        "T"                            NextTheme    "theme"           "the next theme: dark, light, sixteen colours, high contrast, plain";
        "M"                            Mouse        "mouse"           "leave the mouse to the terminal, to select text, or take it back; Shift and dragging selects, too";
        "f5"                           Reload       "reload"          "read everything again";
    }
    Palette {
        "enter"                        Answer       "do it"           "do what is selected";
        "esc"                          Back         "close"           "close it and do nothing";
        "down ctrl-n tab"              Down         "down"            "one down";
        "up ctrl-p shift-tab"          Up           "up"              "one up";
    }
    SearchLine {
        "enter"                        Answer       "to the rows"     "to the rows that were found";
        "esc"                          Back         "back"            "to the rows that were found, or back";
        "tab"                          NextKinds    "kind"            "search all, only rewind, only periodic snapshots";
        "shift-tab"                    PrevKinds    "kind before"     "the same, the other way";
        "ctrl-t"                       NextTable    "table"           "search all tables, or the next one";
        "ctrl-r"                       Regex        "regex"           "the text is a regular expression, or a text again";
        "down"                         Down         "down"            "one down";
        "up"                           Up           "up"              "one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "one page up";
    }
    Input {
        "enter"                        Answer       "done"            "done: keep what was typed";
        "esc"                          Back         "forget it"       "forget what was typed";
    }
    Running {
        "ctrl-l"                       Repaint      "repaint"         "draw the whole screen again";
        "ctrl-z"                       Suspend      "suspend"         "stop Unrewind; `fg` in the shell continues it";
    }
    Always {
        "ctrl-c"                       Quit         "quit"            "quit";
        "ctrl-l"                       Repaint      "repaint"         "draw the whole screen again";
        "ctrl-z"                       Suspend      "suspend"         "stop Unrewind; `fg` in the shell continues it";
    }
};
