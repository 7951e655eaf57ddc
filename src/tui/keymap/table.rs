//! The key table: one line for each action of each context, with its keys, a label for
//! the footer, and a sentence for the help, the palette and the documentation.
//!
//! A sentence names another key as `{action}`, or as `{place.action}` if that is bound elsewhere, by
//! the names in the user's configuration: the key that is shown is the one the user has.

use super::{Action, Context};

/// One line of the key table.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Where its keys work.
    pub context: Context,
    /// The keys by their names, with blanks between them; the first is the one that is shown.
    pub keys: &'static str,
    /// What they do.
    pub action: Action,
    /// Its label: a word or two.
    pub label: &'static str,
    /// Its help: a sentence.
    pub help: &'static str,
}

macro_rules! bindings {
    ($($context:ident { $($keys:literal $action:ident $label:literal $help:literal;)* })*) => {
        &[$($(Binding {
            context: Context::$context,
            keys: $keys,
            action: Action::$action,
            label: $label,
            help: $help,
        },)*)*]
    };
}

/// The key table; within a context the most important keys come first.
pub const BINDINGS: &[Binding] = bindings! {
    Snapshots {
        "r"                            Restore      "restore"         "restore the selected snapshot: shows the plan first";
        "R"                            Recover      "recover"         "undo the last rewind: shows the plan first";
        "u"                            Undo         "undo"            "undo the last restore: shows the plan first";
        "s"                            Search       "search"          "find a text in live and in every snapshot";
        "@"                            Moment       "time"            "restore the state of any moment, such as 20 minutes ago or an event: shows the plan first";
        "d"                            Diff         "diff"            "show what differs from live, or between two marked";
        "e"                            Events       "events"          "show its events and live's on one timeline";
        "t"                            Take         "take"            "take a snapshot of live";
        "enter right l"                Open         "tables"          "choose a table in the preview";
        "p"                            Prune        "prune"           "prune by the policies: shows the plan first";
        "x delete"                     Delete       "delete"          "delete the marked or the selected: asks first";
        "n"                            Label        "label"           "label the selected snapshot with a line of text";
        "P"                            Pin          "pin"             "pin, so that no pruning deletes it, or unpin";
        "V"                            Verify       "verify"          "check that the snapshot is as it was written";
        "U ctrl-r"                     Redo         "redo"            "redo the restore that was undone last: shows the plan first";
        "space"                        Mark         "mark"            "mark or unmark, for {delete}, {diff}, {pin} and {verify}";
        "/ f"                          Filter       "filter"          "filter the list by kind, age, event or text";
        "o"                            NextOrder    "order"           "sort by the next column; a click on a heading sorts by that one";
        "tab"                          NextKinds    "kind"            "show all snapshots, or only rewind or periodic ones";
        "shift-tab"                    PrevKinds    "kind before"     "the same, in the other direction";
        "v"                            MarkRange    "mark range"      "mark while the selection moves; press it again to stop";
        "a ctrl-a"                     MarkAll      "mark all"        "mark everything in the list, or unmark it";
        "O"                            ReverseOrder "turn order"      "reverse the order";
        "esc"                          Clear        "clear"           "remove the marks, then the filter; never quits";
        "q"                            Back         "quit"            "remove the marks, then the filter, then quit";
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "newest"          "go to the newest";
        "G end"                        Last         "oldest"          "go to the oldest";
    }
    Confirm {
        "n esc q"                      No           "no"              "no: go back and change nothing";
        "y"                            Yes          "yes"             "yes: do what the plan says";
        "tab shift-tab left right h l" OtherAnswer  "other answer"    "move to the other answer";
        "enter"                        Answer       "answer"          "give the selected answer";
    }
    Restore {
        "s"                            Scope        "scope"           "switch between the log with the tables and the tables only";
        "b"                            Merge        "both sides"      "keep what only live has, or remove it";
        "c"                            Conflicts    "conflicts"       "resolve the conflicts one by one: what both sides changed differently";
        "m"                            MissingOnly  "missing only"    "insert the rows that live lacks and change no other, or restore all again";
        "d"                            Diff         "diff"            "show what would change, table by table and row by row";
    }
    RestoreRows {
        "m"                            MissingOnly  "missing only"    "insert the rows that live lacks and change no other, or restore all again";
        "d"                            Diff         "diff"            "show what would change, table by table and row by row";
    }
    RestoreMoment {
        "d"                            Diff         "diff"            "show what would change, table by table and row by row";
    }
    Prune {
        "+ ="                          KeepMore     "keep more"       "keep one more, or a day longer; for this prune only";
        "-"                            KeepFewer    "keep fewer"      "keep one fewer, or a day less; for this prune only";
        "p"                            OtherNumber  "other kind"      "move to the number of the other kind";
    }
    Kind {
        "enter"                        Answer       "take it"         "take a snapshot of the selected kind";
        "tab shift-tab down up j k"    OtherAnswer  "other kind"      "move to the other kind";
        "esc q n"                      No           "do not take one" "go back and take none";
    }
    Running {
        "esc q ctrl-c"                 Cancel       "cancel"          "stop and change nothing";
        "? f1"                         Help         "help"            "show the keys that work here, and those of other places";
    }
    Message {
        "enter esc q space"            Back         "close"           "close the message";
    }
    Sheet {
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "first"           "go to the top";
        "G end"                        Last         "last"            "go to the bottom";
        "/"                            Find         "find"            "find a text in this dialog; {input.answer} on an empty line finds the next match";
    }
    Marked {
        "r"                            Restore      "restore"         "restore these rows and no others: shows the plan first";
        "space x delete"               Mark         "unmark"          "unmark the selected row";
        "a"                            MarkAll      "unmark all"      "unmark all rows";
        "esc q S enter"                Back         "close"           "close the list; the rows stay marked";
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "first"           "go to the first";
        "G end"                        Last         "last"            "go to the last";
    }
    Moments {
        "enter"                        Answer       "this one"        "plan the restore to the selected moment";
        "esc q n"                      No           "none"            "go back and change nothing";
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "first"           "go to the first";
        "G end"                        Last         "last"            "go to the last";
    }
    Conflicts {
        "1"                            TakeLive     "live"            "take the selected one as live has it";
        "2"                            TakeSnapshot "snapshot"        "take the selected one as the snapshot has it";
        "enter space"                  ShowWhole    "whole rows"      "show both rows whole, or only what differs";
        "esc q c"                      Back         "plan"            "go back to the plan, made anew with what was decided";
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "first"           "go to the first";
        "G end"                        Last         "last"            "go to the last";
    }
    Dialog {
        "? f1"                         Help         "help"            "show the keys that work here, and those of other places";
        ":"                            Palette      "more"            "find a command by typing a part of its name";
    }
    Message {
        "n"                            FindNext     "find next"       "go to the next line with that text";
        "N"                            FindPrevious "find previous"   "go to the previous line with that text";
    }
    Diff {
        "enter"                        Open         "rows"            "show the rows of the selected table that differ";
        "r"                            Restore      "restore table"   "restore only the selected table or the marked ones: shows the plan first";
        "space"                        Mark         "mark"            "mark or unmark the table, for {restore}";
        "x"                            Export       "export"          "write the selected table of the second side to a file, as CSV or as JSON lines";
        "/"                            Find         "find table"      "find a table by its name";
    }
    Tables {
        "enter"                        Open         "rows"            "show the rows of the table";
        "r"                            Restore      "restore"         "restore the selected snapshot: shows the plan first";
        "R"                            Recover      "recover"         "undo the last rewind: shows the plan first";
        "u"                            Undo         "undo"            "undo the last restore: shows the plan first";
        "s"                            Search       "search"          "find a text in live and in every snapshot";
        "@"                            Moment       "time"            "restore the state of any moment, such as 20 minutes ago or an event: shows the plan first";
        "d"                            Diff         "diff"            "show what differs from live";
        "v"                            OtherSide    "rows in live"    "show the rows of the table in live";
        "e"                            Events       "events"          "show its events and live's on one timeline";
        "t"                            Take         "take"            "take a snapshot of live";
        "U ctrl-r"                     Redo         "redo"            "redo the restore that was undone last: shows the plan first";
        "left h"                       Left         "snapshots"       "go back to the list";
    }
    Rows {
        "/"                            Find         "find"            "find a text";
        "f"                            Filter       "filter"          "show only rows with a text";
        "enter"                        Open         "read"            "read the selected value; the movement keys then scroll it";
        "r"                            Restore      "restore"         "restore the marked rows, or without marks the snapshot that holds these: shows the plan first";
        "space"                        Mark         "mark"            "mark the row for {restore}, or unmark it";
        "H"                            History      "history"         "show every version of the row, in all snapshots and in live";
        "c"                            Copy         "copy"            "copy the selected value to the clipboard";
        "x"                            Export       "export"          "write the rows of the table to a file, as CSV or as JSON lines";
        "v"                            OtherSide    "other side"      "show the same table in live, or go back";
        "V"                            MarkRange    "mark range"      "begin a range of rows; press it again to mark those up to the selected one";
        "n"                            FindNext     "next"            "go to the next row with that text";
        "N"                            FindPrevious "previous"        "go to the previous row with that text";
        "#"                            Jump         "row number"      "go to a row by its place in the table, not by its key";
        "left h"                       Left         "left"            "move one column to the left";
        "right l"                      Right        "right"           "move one column to the right";
        "0"                            FirstColumn  "first column"    "go to the first column";
        "$"                            LastColumn   "last column"     "go to the last column";
    }
    Value {
        "enter"                        Open         "rows"            "go back to the rows";
        "c"                            Copy         "copy"            "copy the selected value to the clipboard";
    }
    Changes {
        "enter"                        Open         "read"            "read the selected row; the movement keys then scroll it";
        "space"                        Mark         "mark"            "mark the row for {restore}, or unmark it";
        "r"                            Restore      "restore"         "restore the marked rows, or without marks this table: shows the plan first";
        "v V"                          MarkRange    "mark range"      "begin a range of rows; press it again to mark those up to the selected one";
        "H"                            History      "history"         "show every version of the row, in all snapshots and in live";
        "tab"                          NextKinds    "kind"            "show all rows, or only added, changed or removed ones";
        "/"                            Find         "find"            "find a text";
        "n"                            FindNext     "next"            "go to the next row with that text";
        "N"                            FindPrevious "previous"        "go to the previous row with that text";
    }
    History {
        "enter"                        Open         "rows"            "show this version among the rows of the newest snapshot that holds it";
        "r"                            Restore      "restore row"     "restore this version of the row: shows the plan first";
        "right l"                      Right        "read"            "read the selected version; the movement keys then scroll it";
    }
    Events {
        "r"                            Restore      "restore here"    "restore to just after the event: shows the plan first";
        "@"                            Moment       "time"            "restore the state of any moment, such as 20 minutes ago or an event: shows the plan first";
        "["                            Earlier      "earlier"         "go to the event before that a person wrote";
        "]"                            Later        "later"           "go to the next event that a person wrote";
        "tab"                          NextKinds    "lost, newer …"   "show all events, or only lost ones, newer ones and so on";
        "/"                            Find         "find"            "find a text";
        "f"                            Filter       "kind or branch"  "filter the events by kind or branch";
        "i"                            GoTo         "go to id"        "go to an event by its id, not by its place in the list";
        "n"                            FindNext     "next"            "go to the next event with that text";
        "N"                            FindPrevious "previous"        "go to the previous event with that text";
    }
    Search {
        "enter"                        Open         "row"             "show the row where it is active: in live, or in the newest snapshot";
        "r"                            Restore      "restore row"     "restore the marked rows, or without marks the selected row from the newest snapshot in which it is active: shows the plan first";
        "space"                        Mark         "mark"            "mark the row for {restore}, or unmark it";
        "H"                            History      "history"         "show every version of the row, in all snapshots and in live";
        "m"                            Missing      "missing only"    "show only the rows that live lacks, or all that were found";
        "v V"                          MarkRange    "mark range"      "begin a range of rows; press it again to mark those up to the selected one";
        "/ i"                          Find         "edit text"       "edit the text";
        "tab"                          NextKinds    "kind"            "search all snapshots, or only rewind or periodic ones";
        "shift-tab"                    PrevKinds    "kind before"     "the same, in the other direction";
        "t ctrl-t"                     NextTable    "table"           "search all tables, or only the next one";
        "ctrl-r"                       Regex        "regex"           "switch between plain text and regular expression";
    }
    Screen {
        "esc q"                        Back         "back"            "go back";
        "down j"                       Down         "down"            "move one down";
        "up k"                         Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
        "g home"                       First        "first"           "go to the first";
        "G end"                        Last         "last"            "go to the last";
    }
    Everywhere {
        "? f1"                         Help         "help"            "show the keys that work here, and those of other places";
        ":"                            Palette      "more"            "find a command by typing a part of its name";
        "S"                            Marks        "marked rows"     "show the rows that are marked, to unmark some or all, or to restore them";
        "z"                            Zoom         "enlarge"         "give the whole screen to the part that has the focus, or share it again";
        "L"                            Messages     "messages"        "show the earlier messages: results, warnings and errors";
        "T"                            NextTheme    "theme"           "switch to the next theme, also for the next start: dark, light, sixteen colours, high contrast, plain";
        "M"                            Mouse        "mouse"           "give the mouse to the terminal, to select text, or to Unrewind again; Shift and dragging selects, too";
        "f5"                           Reload       "reload"          "read the snapshots and the database again";
    }
    Palette {
        "enter"                        Answer       "do it"           "run the selected command";
        "esc"                          Back         "close"           "close the list of commands";
        "down ctrl-n tab"              Down         "down"            "move one down";
        "up ctrl-p shift-tab"          Up           "up"              "move one up";
    }
    SearchLine {
        "enter"                        Answer       "to the rows"     "go to the rows that were found";
        "esc"                          Back         "back"            "go to the rows that were found, or back";
        "tab"                          NextKinds    "kind"            "search all snapshots, or only rewind or periodic ones";
        "shift-tab"                    PrevKinds    "kind before"     "the same, in the other direction";
        "ctrl-t"                       NextTable    "table"           "search all tables, or only the next one";
        "ctrl-r"                       Regex        "regex"           "switch between plain text and regular expression";
        "down"                         Down         "down"            "move one down";
        "up"                           Up           "up"              "move one up";
        "pgdn ctrl-f"                  PageDown     "page down"       "move one page down";
        "pgup ctrl-b"                  PageUp       "page up"         "move one page up";
    }
    Input {
        "enter"                        Answer       "done"            "accept the line";
        "esc"                          Back         "cancel"          "discard the line";
    }
    Running {
        "ctrl-l"                       Repaint      "repaint"         "redraw the screen";
        "ctrl-z"                       Suspend      "suspend"         "suspend Unrewind; `fg` in the shell continues it";
    }
    Always {
        "ctrl-c"                       Quit         "quit"            "quit";
        "ctrl-l"                       Repaint      "repaint"         "redraw the screen";
        "ctrl-z"                       Suspend      "suspend"         "suspend Unrewind; `fg` in the shell continues it";
    }
};
