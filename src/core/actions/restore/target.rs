//! Determines which tables of live a restore changes, in which columns, and how.

use std::collections::BTreeSet;

use super::{
    Existing, Missing, Reach, RestoreOptions, Scope,
    references::OrphanRows,
    rehearsal::{RefusedRow, Rehearsal, Unwritten},
    rows::Rehearsed,
    selection::Selection,
    versions::SchemaVersion,
};
use crate::core::{
    base::{
        error::{Error, Result},
        nearest::no_such_table,
        profile::Profile,
        progress::{OnProgress, Stage},
        row::{Table, is_among},
    },
    compare::{
        cursor::Live,
        diff::{Comparison, DiffDetail, DiffSource, EventsOf, LogEnds, RowsOf, TableDiff},
        event_diff::{Ends, EventDiff, NewerSide},
        schema_diff::Shape,
    },
    db::{Database, Schema},
    file::snapshot::Contents,
};

/// Live and the snapshot to restore.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) database: &'a Database,
    pub(super) profile: &'a Profile,
    pub(super) schema: &'a Schema,
    pub(super) contents: &'a Contents,
    /// Events that a merge has settled; what happens to the log leaves them out.
    pub(super) settled: Option<&'a BTreeSet<i64>>,
}

/// The changes of a restore.
pub(super) struct Planned {
    pub(super) tables: Vec<TableDiff>,
    pub(super) shapes: Vec<Shape>,
    pub(super) log: Option<EventDiff>,
    pub(super) versions: Vec<SchemaVersion>,
    pub(super) views: Vec<String>,
    pub(super) left_out: Vec<String>,
    pub(super) unwritten: Vec<Unwritten>,
    pub(super) orphans: OrphanRows,
    /// Rows that are left out.
    pub(super) refused: Vec<RefusedRow>,
    pub(super) selection: Option<Selection>,
    pub(super) absent: Vec<String>,
    pub(super) reach: Reach,
    /// The last event of the restored log.
    pub(super) ends_at: i64,
    /// How many active events the next start replays.
    pub(super) replays: u64,
    /// Tables that the application cannot load from the checkpoint.
    pub(super) unloadable: Vec<String>,
    /// Whether live becomes exactly equal to the snapshot.
    pub(super) exact: bool,
}

impl Target<'_> {
    pub(super) fn plan(&self, options: &RestoreOptions, on: OnProgress<'_>) -> Result<Planned> {
        let options = &options.with_implied_tables();
        let shapes = self.shapes(options)?;
        let (left_out, lacking) = self.without_place(options, &shapes)?;
        if options.missing == Missing::Refuse && !left_out.is_empty() {
            return Err(Error::SchemaDrift {
                lacking,
                missing: left_out.join(", "),
            });
        }
        self.check_application(options)?;
        let mut tables = self.differences(&shapes, options, Stage::Comparing, on)?;
        let ends_at = self.contents.ends_at(self.profile)?;
        let is_log = |diff: &&mut TableDiff| self.profile.is_log(&diff.table.name);
        let log = tables.iter_mut().find(is_log);
        let mut log = log.and_then(|diff| diff.events.take());
        let Rehearsed {
            mut tables,
            mut shapes,
            unwritten,
            orphans,
            refused,
            selection,
        } = if options.is_of_rows() {
            self.select(options, tables, shapes, on)?
        } else {
            self.rehearse(options, tables, shapes, on)?
        };
        if !unwritten.is_empty() {
            let stays = |name: &String| unwritten.iter().all(|left_out| left_out.table != *name);
            tables.retain(|diff| stays(&diff.table.name));
            shapes.retain(|shape| stays(&shape.table.name));
            if self
                .profile
                .log
                .as_ref()
                .is_some_and(|log| !stays(&log.table))
            {
                log = None;
            }
        }
        let absent = self.absent(&tables);
        let mut reach = self.reach(&shapes)?;
        if selection.is_some() {
            reach = reach.of_rows(self.profile);
        }
        let of_live = self.database.last_event_id(self.profile)?;
        let ends_at = match reach {
            Reach::Tables | Reach::Some { log: false } => of_live,
            _ if selection.is_some() => of_live.max(ends_at),
            _ => ends_at,
        };
        let unloadable = self.unloadable(&shapes)?;
        let replays = self.replays(reach, ends_at)?;
        let versions = self.schema_versions(options, on)?;
        let exact = left_out.is_empty() && self.becomes_exactly(options, &shapes, &versions);
        Ok(Planned {
            tables,
            shapes,
            log,
            versions,
            views: self.views(options)?,
            left_out,
            unwritten,
            orphans,
            refused,
            selection,
            absent,
            reach,
            ends_at,
            replays,
            unloadable,
            exact,
        })
    }

    /// Returns the tables that are emptied because the snapshot lacks them.
    fn absent(&self, tables: &[TableDiff]) -> Vec<String> {
        let unknown = |diff: &&TableDiff| {
            diff.removed > 0 && self.contents.reader(&diff.table.name).is_none()
        };
        let tables = tables.iter().filter(unknown);
        tables.map(|diff| diff.table.name.clone()).collect()
    }

    /// Returns the most helpful error: if other tables would have to be chosen too, the one that names them.
    fn explained(
        &self,
        error: Error,
        tables: Vec<TableDiff>,
        options: &RestoreOptions,
        on: OnProgress<'_>,
    ) -> Error {
        if !matches!(error, Error::ForeignKey { .. }) || options.tables.is_empty() {
            return error;
        }
        let choice = self.refuse_dangling(tables, options, on);
        choice.err().unwrap_or(error)
    }

    /// Finds out what would fail when these changes are applied.
    fn rehearse(
        &self,
        options: &RestoreOptions,
        tables: Vec<TableDiff>,
        shapes: Vec<Shape>,
        on: OnProgress<'_>,
    ) -> Result<Rehearsed> {
        let tried = |tables: &[TableDiff], on: OnProgress<'_>| {
            if tables.iter().all(TableDiff::is_empty) {
                return Ok((Vec::new(), OrphanRows::default(), Vec::new()));
            }
            let mut rehearsal = Rehearsal::new(*self, options)?;
            let unwritten = rehearsal.unwritten(tables, on)?;
            let refused = rehearsal.refused();
            let orphans = rehearsal.orphans(tables, &unwritten)?;
            Ok((unwritten, orphans, refused))
        };
        match tried(&tables, on) {
            Ok((unwritten, orphans, refused)) => Ok(Rehearsed {
                tables,
                shapes,
                unwritten,
                orphans,
                refused,
                selection: None,
            }),
            Err(error) => Err(self.explained(error, tables, options, on)),
        }
    }

    /// Returns how many bytes of the snapshot these tables take.
    fn bytes(&self, shapes: &[Shape]) -> u64 {
        let tables = shapes.iter().map(|shape| &shape.table.name);
        tables.map(|name| self.contents.table_bytes(name)).sum()
    }

    /// Computes the difference from live to the snapshot for each of these tables.
    pub(super) fn differences(
        &self,
        shapes: &[Shape],
        options: &RestoreOptions,
        stage: Stage,
        on: OnProgress<'_>,
    ) -> Result<Vec<TableDiff>> {
        let Self {
            database,
            profile,
            schema,
            contents,
            settled,
        } = *self;
        let total = self.bytes(shapes);
        let live = Live {
            database,
            profile,
            schema,
            after: None,
            up_to: None,
        };
        let ends = Ends {
            from: database.last_event_id(profile)?,
            to: contents.ends_at(profile)?,
            newer: NewerSide::From,
        };
        let mut done = 0;
        let mut difference = |shape: &Shape| {
            let log = profile.log.as_ref();
            let log = log.filter(|_| profile.is_log(&shape.table.name));
            let (from, to) = (DiffSource::Live(live), DiffSource::Snapshot(contents));
            let comparison = Comparison {
                from,
                to,
                table: &shape.table,
                stage,
                rows: RowsOf::Both,
                detail: DiffDetail::Rows,
                log: log.map(|log| LogEnds {
                    log,
                    ends,
                    lacking: &shape.schema_diff.only_from,
                    settled,
                    events: match options.existing {
                        Existing::Keep => EventsOf::MissingFrom,
                        _ => EventsOf::Both,
                    },
                }),
                stop: database.stop(),
            };
            let mut diff = comparison.run(on, done, total)?;
            diff.schema_diff = shape.schema_diff.clone();
            done += contents.table_bytes(&shape.table.name);
            Ok(diff)
        };
        shapes.iter().map(&mut difference).collect()
    }

    /// Returns the tables to restore, in the columns to restore.
    pub(super) fn shapes(&self, options: &RestoreOptions) -> Result<Vec<Shape>> {
        let tables = self.tables(options)?.into_iter();
        let shapes = tables.map(|table| Shape::to_restore(table, self.contents, self.database));
        shapes.collect()
    }

    /// Returns what the snapshot has and live lacks, as [`Self::without_place`] does.
    pub(super) fn without_place_in(
        &self,
        options: &RestoreOptions,
    ) -> Result<(Vec<String>, &'static str)> {
        self.without_place(options, &self.shapes(options)?)
    }

    /// Returns the tables of the scope, or the chosen ones of them. Views hold no rows and follow
    /// their tables.
    fn tables(&self, options: &RestoreOptions) -> Result<Vec<&Table>> {
        let mut tables = Vec::new();
        for table in self.schema.present() {
            let in_scope = options.scope == Scope::Full || !self.profile.is_log(&table.name);
            if in_scope && !self.database.is_view(&table.name)? && !self.stays(table, options)? {
                tables.push(table);
            }
        }
        for chosen in &options.tables {
            if !tables
                .iter()
                .any(|table| table.name.eq_ignore_ascii_case(chosen))
            {
                let known: Vec<&str> = tables.iter().map(|table| &*table.name).collect();
                return Err(no_such_table(chosen, " to restore", &known));
            }
        }
        let is_chosen = |table: &&Table| is_among(&options.tables, &table.name);
        tables.retain(|table| options.tables.is_empty() || is_chosen(table));
        Ok(tables)
    }

    /// Lists the views of live for which the snapshot holds rows, if all tables are restored.
    fn views(&self, options: &RestoreOptions) -> Result<Vec<String>> {
        let mut views = Vec::new();
        for (name, _) in self.contents.tables().filter(|(_, rows)| *rows > 0) {
            let in_scope = options.tables.is_empty() && !self.profile.is_log(name);
            if in_scope && self.schema.table(name).is_some() && self.database.is_view(name)? {
                views.push(name.to_owned());
            }
        }
        Ok(views)
    }

    /// Fails if the snapshot has no event log and the restore would empty live's: it was taken with
    /// another profile. Also fails if the log is a view: its rows are those of other tables.
    fn check_application(&self, options: &RestoreOptions) -> Result<()> {
        let Some(log) = &self.profile.log else {
            return Ok(());
        };
        let in_scope = options.scope == Scope::Full && options.tables.is_empty();
        if in_scope && self.database.is_view(&log.table)? {
            return Err(Error::EventLog {
                path: self.database.path().to_owned(),
                table: log.table.clone(),
                what: "it is a view, so no restore can bring its events back; --scope tables restores the tables"
                    .to_owned(),
            });
        }
        let has_log = self.contents.reader(&log.table).is_some();
        if in_scope && !has_log && self.database.last_event_id(self.profile)? > 0 {
            return Err(Error::OtherProfile {
                path: self.contents.path().to_owned(),
                table: log.table.clone(),
            });
        }
        Ok(())
    }

    /// Returns the tables with rows, and the columns, of the snapshot that live or its profile
    /// lacks, and which of both lacks them.
    fn without_place(
        &self,
        options: &RestoreOptions,
        shapes: &[Shape],
    ) -> Result<(Vec<String>, &'static str)> {
        let (mut missing, mut unnamed) = (Vec::new(), 0);
        for (name, rows) in self.contents.tables().filter(|(_, rows)| *rows > 0) {
            let in_scope = options.tables.is_empty()
                && (options.scope == Scope::Full || !self.profile.is_log(name));
            if in_scope
                && self.schema.table(name).is_none()
                && !self.database.is_named_schema_version(name)?
            {
                unnamed += usize::from(self.database.has_table(name)?);
                let unit = if rows == 1 { "row" } else { "rows" };
                missing.push(format!("table {name} ({rows} {unit})"));
            }
        }
        for shape in shapes {
            missing.extend(
                shape
                    .schema_diff
                    .only_to
                    .iter()
                    .map(|column| format!("column {}.{column}", shape.table.name)),
            );
        }
        let lacking = match unnamed {
            0 => "the database lacks",
            unnamed if unnamed == missing.len() => "the profile does not name",
            _ => "the database lacks or the profile does not name",
        };
        Ok((missing, lacking))
    }
}
