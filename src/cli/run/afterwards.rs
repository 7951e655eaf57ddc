//! What a command has changed, and the way back.

use super::Args;
use crate::{
    cli::{
        diff::difference_text,
        output,
        restore::{carry_out_aside, plan},
    },
    core::{Difference, RestoreOptions, Snapshot, Workspace},
    text,
};

/// Shows what has changed in live since the snapshot, and undoes it if the user agrees.
pub(super) fn offer(args: &Args, snapshot: Snapshot, workspace: &Workspace) -> anyhow::Result<()> {
    let name = snapshot.name();
    let compared = output::attended(workspace, |workspace| {
        workspace.diff(Some(&snapshot), None, &[])
    });
    let difference = match compared {
        Ok(difference) => difference,
        Err(error) => {
            output::say(&way_back("the database as it was before is in", &name));
            return Err(error.into());
        }
    };
    if difference.is_empty() {
        output::say(&format!("the database is as it was in {name}"));
        return Ok(());
    }
    let undoes = args.yes || output::can_ask();
    if !undoes {
        let text = difference_text(&difference, [&name, "live"]);
        output::say(&format!("{}:", changed(&difference, &name)));
        output::say_lines(text.trim_end());
        output::say(&way_back("to undo it:", &name));
        return Ok(());
    }
    output::say(&changed(&difference, &name));
    let headline = format!("to undo it: restore {name}");
    let planned = plan(snapshot, RestoreOptions::default(), workspace)
        .and_then(|plan| carry_out_aside(plan, args.yes, &headline, workspace));
    if !matches!(planned, Ok(true)) {
        output::say(&way_back("to undo it later:", &name));
    }
    planned.map(drop)
}

fn way_back(to: &str, name: &str) -> String {
    format!("{to} `unrewind restore {name}`")
}

/// Counts what has changed.
fn changed(difference: &Difference, since: &str) -> String {
    let (mut added, mut changed, mut removed, mut tables) = (0, 0, 0, Vec::new());
    for table in difference.tables.iter().filter(|table| !table.is_empty()) {
        added += table.added;
        changed += table.changed;
        removed += table.removed;
        tables.push(text::name(&table.table.name));
    }
    let counts = [(added, "added"), (changed, "changed"), (removed, "removed")];
    let counts = counts.into_iter().filter(|(rows, _)| *rows > 0);
    let counts: Vec<String> = counts
        .map(|(rows, what)| format!("{} {what}", text::counted(rows, "row")))
        .collect();
    let (counts, tables) = (counts.join(", "), text::list(&tables));
    format!("since {since}: {counts} in {tables}")
}
