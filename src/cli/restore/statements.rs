//! Prints the statements of a restore, for a program that runs them on its own connection.

use std::io::{BufWriter, Write};

use serde_json::{Value as Json, json};

use super::Exit;
use crate::{
    cli::output,
    core::Workspace,
    core::{Error, RestoreOptions, Snapshot, StatementPart, Value},
};

/// Prints a line of JSON for each statement and for each run of it, and at the end where the replay begins.
pub(super) fn print(
    snapshot: &Snapshot,
    options: &RestoreOptions,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    let mut out = BufWriter::new(output::stdout());
    let mut print =
        |json: &Json| writeln!(out, "{json}").map_err(Error::io("write", "standard output"));
    let last_event_id = output::attended(workspace, |workspace| {
        workspace.restore_statements(snapshot, options, &mut |part| print(&part_json(&part)))
    })?;
    print(&json!({ "last_event_id": last_event_id }))?;
    out.flush().map_err(Error::io("write", "standard output"))?;
    Ok(Exit::Done)
}

fn part_json(part: &StatementPart<'_>) -> Json {
    match part {
        StatementPart::Statement(statement) => json!({
            "table": statement.table,
            "sql": statement.sql,
            "fires": statement.fires,
            "otherwise": statement.otherwise,
        }),
        StatementPart::Values([values]) => values_json(values),
        StatementPart::Values(runs) => runs.iter().map(|values| values_json(values)).collect(),
    }
}

fn values_json(values: &[Value]) -> Json {
    values.iter().map(Value::to_exact_json).collect()
}
