//! The arguments of a restore of rows.

use std::str::FromStr;

use serde_json::Value as Json;

use crate::{
    cli::diff::keyed_change_json,
    core::{Dependents, Existing, Parents, RestoreOptions, RestorePlan, RowKey, RowOf},
    text,
};

/// Which rows a restore is about.
#[derive(Clone, Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("some_rows").args(["rows", "missing_only"]).multiple(true)))]
pub(super) struct RowArgs {
    /// Restore only this row, and delete none; can be repeated. If the row is an event of the log, it counts again,
    /// and the application or your replay command makes its rows. A key is a value as JSON or plain text, as in
    /// memories=12, or a JSON array if it has several columns
    #[arg(long = "row", value_name = "TABLE=KEY", conflicts_with_all = ["tables", "scope", "merge", "at"])]
    rows: Vec<RowArg>,
    /// Insert rows that the database lacks, and change and delete none
    #[arg(long, conflicts_with_all = ["merge", "at"])]
    missing_only: bool,
    /// With --row or --missing-only: also insert the rows that these refer to, if the database lacks them
    #[arg(long, requires = "some_rows")]
    with_references: bool,
    /// With --row: also insert the snapshot's rows that refer to these, if the database lacks them
    #[arg(long, requires = "rows")]
    with_dependents: bool,
}

/// A row as an argument.
#[derive(Clone, Debug)]
pub(super) struct RowArg {
    text: String,
    row: RowOf,
}

impl FromStr for RowArg {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('=');
        let (table, key) = parts
            .filter(|(table, key)| !table.is_empty() && !key.is_empty())
            .ok_or("write it as TABLE=KEY, such as memories=12")?;
        Ok(Self {
            text: text.to_owned(),
            row: RowOf {
                table: table.to_owned(),
                key: RowKey::parse(key),
            },
        })
    }
}

impl RowArgs {
    /// Returns the options with the rows of the arguments.
    pub(super) fn apply_to(&self, options: RestoreOptions) -> RestoreOptions {
        RestoreOptions {
            rows: self.rows.iter().map(|arg| arg.row.clone()).collect(),
            existing: if self.missing_only {
                Existing::Keep
            } else {
                Existing::Replace
            },
            parents: if self.with_references {
                Parents::Insert
            } else {
                Parents::Refuse
            },
            dependents: if self.with_dependents {
                Dependents::Insert
            } else {
                Dependents::Leave
            },
            ..options
        }
    }

    /// Returns the arguments as words of a command.
    pub(super) fn words(&self) -> impl Iterator<Item = String> {
        let rows = self.rows.iter();
        let rows = rows.map(|arg| text::option("--row", arg.text.as_ref()));
        let flags = [
            (self.missing_only, "--missing-only"),
            (self.with_references, "--with-references"),
            (self.with_dependents, "--with-dependents"),
        ];
        rows.chain(
            flags
                .into_iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, flag)| flag.to_owned()),
        )
    }
}

/// Returns the changes of chosen rows as JSON; `None` where whole tables are restored, whose rows
/// `diff --rows --json` prints.
pub(super) fn rows_json(plan: &RestorePlan) -> anyhow::Result<Option<Vec<Json>>> {
    let events = plan
        .merge
        .as_ref()
        .is_some_and(|merge| !merge.events.is_empty());
    if plan.options.rows.is_empty() && !events {
        return Ok(None);
    }
    let mut rows = Vec::new();
    for diff in &plan.tables {
        diff.for_each(|change| {
            rows.push(keyed_change_json(&change, &diff.table));
            Ok(())
        })?;
    }
    Ok(Some(rows))
}
