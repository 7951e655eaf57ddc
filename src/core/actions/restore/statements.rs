//! The statements of a restore, for a program that runs them on its own connection, in its own transaction.
//! They change only the rows that differ, and do not depend on what this SQLite can write.

use super::{Missing, RestoreOptions, change::with_firing, target::Target};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::{OnProgress, Stage},
        row::{Row, Table, Value, ValueRef},
    },
    compare::{
        change_spool::{Change, ChangeKind},
        diff::TableDiff,
    },
    db::{Changer, Database, Firing, rebuilding},
    file::snapshot::Contents,
};

/// A statement, to be run once for each row of values that follows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreStatement {
    /// The table that it changes.
    pub table: String,
    /// The statement.
    pub sql: String,
    /// Whether triggers of the table run, which keep a full-text index.
    pub fires: bool,
    /// For an update that a unique value of another row may refuse: the statements that delete the row at once
    /// and insert it after the table's other updates.
    pub otherwise: Option<[String; 2]>,
}

/// A part of the statements of a restore.
#[derive(Debug)]
pub enum StatementPart<'a> {
    /// The next statement.
    Statement(&'a RestoreStatement),
    /// The values of one run of it; if there is `otherwise`, then also those of its two statements.
    Values(&'a [Vec<Value>]),
}

/// A callback that receives the parts in their order.
pub type OnStatement<'a> = &'a mut dyn FnMut(StatementPart<'_>) -> Result<()>;

/// Passes to `each` the statements that make live equal to a snapshot, in the order in which they have to run.
/// Fails before the first if the snapshot has tables or columns that live lacks.
pub(crate) fn statements(
    live: &Database,
    profile: &Profile,
    contents: &Contents,
    options: &RestoreOptions,
    each: OnStatement<'_>,
    on: OnProgress<'_>,
) -> Result<()> {
    live.reading(|| {
        let schema = live.schema(profile)?;
        let target = Target {
            database: live,
            profile,
            schema: &schema,
            contents,
            settled: None,
        };
        let shapes = target.shapes(options)?;
        let (left_out, lacking) = target.without_place_in(options)?;
        if options.missing == Missing::Refuse && !left_out.is_empty() {
            return Err(Error::SchemaDrift {
                lacking,
                missing: left_out.join(", "),
            });
        }
        let diffs = target.differences(&shapes, options, Stage::Comparing, on)?;
        contents.unchanged()?;
        Script {
            live,
            last: RestoreStatement::default(),
            each,
        }
        .write(&diffs.iter().collect::<Vec<_>>())
    })
}

struct Script<'a> {
    live: &'a Database,
    /// The last statement that was passed to `each`.
    last: RestoreStatement,
    each: OnStatement<'a>,
}

impl Script<'_> {
    /// Deletes, updates and inserts in the order of [`super::change::change_rows`].
    fn write(&mut self, diffs: &[&TableDiff]) -> Result<()> {
        let (changes, behind) = with_firing(self.live, diffs)?;
        let (mut again, mut tables) = (Vec::new(), Vec::new());
        for (diff, firing) in changes {
            let (drop, make) = self.live.without_triggers(&diff.table.name)?;
            let fires = firing == Firing::All && !drop.is_empty();
            tables.push((diff, fires));
            if !fires {
                self.bare(&diff.table.name, drop)?;
                again.push((&diff.table.name, make));
            }
        }
        for &(diff, fires) in &tables {
            self.write_removed(diff, fires)?;
        }
        for (diff, fires) in tables {
            self.write_changed(diff, fires)?;
            self.write_added(diff, fires)?;
        }
        for index in behind {
            self.bare(&index, vec![rebuilding(&index)])?;
        }
        again
            .into_iter()
            .try_for_each(|(table, make)| self.bare(table, make))
    }

    fn write_removed(&mut self, diff: &TableDiff, fires: bool) -> Result<()> {
        let changer = Changer::new(self.live, &diff.table)?;
        diff.each_of(ChangeKind::Removed, |change| match change {
            Change::Removed(row) => self.row(diff, fires, vec![owned(changer.removal(&row))]),
            _ => Ok(()),
        })
    }

    fn write_changed(&mut self, diff: &TableDiff, fires: bool) -> Result<()> {
        let live = self.live;
        let (changer, others) = (
            Changer::new(live, &diff.table)?,
            &diff.schema_diff.only_from,
        );
        let mut whole: Table = diff.table.clone();
        whole.columns.extend(others.iter().cloned());
        let comes_again = Changer::new(live, &whole)?;
        let can_be_refused = live.has_unique_index(&diff.table.name)?;
        diff.each_of(ChangeKind::Changed, |change| {
            let Change::Changed { from, mut to } = change else {
                return Ok(());
            };
            let mut runs = vec![owned(changer.alteration(&from, &to))];
            if can_be_refused {
                if !others.is_empty() {
                    to.values.extend(changer.others_of(&from, others)?);
                }
                runs.push(owned(changer.removal(&from)));
                runs.push(insertion(&comes_again, to));
            }
            self.row(diff, fires, runs)
        })
    }

    fn write_added(&mut self, diff: &TableDiff, fires: bool) -> Result<()> {
        let changer = Changer::new(self.live, &diff.table)?;
        diff.each_of(ChangeKind::Added, |change| match change {
            Change::Added(row) => self.row(diff, fires, vec![insertion(&changer, row)]),
            _ => Ok(()),
        })
    }

    /// Passes statements without values to `each`.
    fn bare(&mut self, table: &str, statements: Vec<String>) -> Result<()> {
        let run = |sql| self.run(table, true, vec![(sql, Vec::new())]);
        statements.into_iter().try_for_each(run)
    }

    fn row(
        &mut self,
        diff: &TableDiff,
        fires: bool,
        runs: Vec<(String, Vec<Value>)>,
    ) -> Result<()> {
        self.run(&diff.table.name, fires, runs)
    }

    /// Passes a run of a statement to `each`, with those of the two statements that may replace it, if any.
    fn run(&mut self, table: &str, fires: bool, runs: Vec<(String, Vec<Value>)>) -> Result<()> {
        let bindable = |(sql, values): &(String, Vec<Value>)| {
            self.live.with_broken_text(table, sql.clone(), values)
        };
        let statements = runs.iter().map(bindable).collect::<Result<Vec<String>>>()?;
        let mut statements = statements.into_iter();
        let statement = RestoreStatement {
            table: table.to_owned(),
            sql: statements.next().unwrap_or_default(),
            fires,
            otherwise: statements
                .next()
                .zip(statements.next())
                .map(<[String; 2]>::from),
        };
        if statement != self.last {
            (self.each)(StatementPart::Statement(&statement))?;
            self.last = statement;
        }
        let values: Vec<Vec<Value>> = runs.into_iter().map(|(_, values)| values).collect();
        (self.each)(StatementPart::Values(&values))
    }
}

fn owned((sql, value_refs): (String, Vec<ValueRef<'_>>)) -> (String, Vec<Value>) {
    (
        sql,
        value_refs.into_iter().map(ValueRef::to_value).collect(),
    )
}

fn insertion(changer: &Changer<'_>, row: Row) -> (String, Vec<Value>) {
    (changer.insertion().to_owned(), row.values)
}
