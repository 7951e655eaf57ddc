//! Merges live and a snapshot: the event logs of both, and the tables that belong to the merged log.
//! Where the application replays its log, the replay makes the tables; elsewhere their rows are
//! merged by the state from which both sides went on. The result is a scratch file in a snapshot's
//! form, which is restored like any other.

mod base;
mod conflict;
mod log;
mod rows;

use std::collections::BTreeSet;

use super::{
    composed::{ScratchSnapshot, Sources},
    replay::{Replayed, Replayer},
    restore::{RestoreOptions, RowOf},
};
use crate::core::{
    base::{
        error::{Error, Result},
        event::Events,
        profile::Profile,
        progress::OnProgress,
    },
    compare::diff::Side,
    db::Database,
    file::snapshot::{Contents, Snapshot},
    store::{Store, cold_load::Fit},
};
pub(crate) use conflict::Clash;
pub use conflict::{Answer, Conflict, MergeAnswers, Prefer};
use log::MergedLog;
use rows::RowsMerge;

/// Live and a snapshot, merged in a scratch file that is deleted on drop.
#[derive(Debug)]
pub struct ComposedMerge {
    /// The snapshot that is merged with live.
    pub snapshot: Snapshot,
    /// The chosen events, if only these count again and nothing else of the snapshot is in the result.
    pub events: Vec<RowOf>,
    /// How the tables are made.
    pub tables: MergedTables,
    /// Events that only live has and that are newer than the snapshot.
    pub kept: Events,
    /// How many of them a person wrote.
    pub kept_by_person: u64,
    /// The events that superseded some that count again.
    pub superseding: Superseding,
    /// What both sides changed differently.
    pub conflicts: Vec<Conflict>,
    /// How many rows of each table stay or come back only because others refer to them.
    pub referred: Vec<(String, u64)>,
    /// How many rows of each table are taken from one side because they refer to a row that clashes with
    /// one of that side.
    pub bereft: Vec<(String, u64)>,
    log_table: String,
    /// The rewinds that leave the log or no longer count.
    pub(crate) settled: BTreeSet<i64>,
    scratch: ScratchSnapshot,
    of_snapshot: Contents,
    store: Store,
}

/// How the tables of a merge are made.
#[derive(Clone, Debug)]
pub enum MergedTables {
    /// By replaying the merged log over those of a snapshot, when the application starts or now.
    Replayed {
        /// The snapshot; `None` if all tables are empty, because none fits the log.
        from: Option<Snapshot>,
        /// What the user's command replayed, if anything.
        now: Option<Replayed>,
    },
    /// By merging the rows of both sides.
    Rows {
        /// The state from which both sides went on; `None` if no snapshot has it.
        base: Option<Snapshot>,
    },
}

/// The events that superseded some that count again.
#[derive(Clone, Debug, Default)]
pub struct Superseding {
    /// Rewinds that are removed: they no longer rewind any event.
    pub removed: Events,
    /// Rewinds that stay, superseded by themselves: other events stay rewound by them.
    pub staying: Events,
    /// Events of other kinds, which are content and stay.
    pub content: Events,
}

impl ComposedMerge {
    /// Merges live and a snapshot. Of the rows that are known to clash, only one of each two is taken.
    pub(crate) fn of(
        (snapshot, options): (&Snapshot, &RestoreOptions),
        clashes: &[Clash],
        database: &Database,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let log = profile.log.as_ref().ok_or_else(|| Error::TableChoice {
            what: "only the event log shows what both sides have, and the profile names none: `--missing-only` inserts the rows that live lacks".to_owned(),
            missing: Vec::new(),
        })?;
        database.check_meanings(log)?;
        let schema = database.schema(profile)?;
        let sources = Sources {
            database,
            profile,
            log,
            schema: &schema,
            store,
        };
        let contents = store.open(snapshot, &database.keys(profile), on)?;
        let end = contents.ends_at(profile)?;
        let chosen = options.events(profile)?;
        let replayer = Replayer::of(profile, database, store);
        let is_replayed = profile.replays_on_start || replayer.is_some();
        if let (Some(events), false) = (&chosen, is_replayed) {
            return Err(alone(events));
        }
        let merged_log = sources.merged_log(&contents, (end, chosen.as_ref()), on)?;
        let (tables, scratch, merged) = if is_replayed {
            let (from, scratch) =
                sources.for_replay(snapshot, contents.clone(), &merged_log, on)?;
            let (scratch, now) = match replayer {
                Some(replayer) => replayer.replayed(scratch, options.missing, on)?,
                None => (scratch, None),
            };
            let tables = MergedTables::Replayed { from, now };
            (tables, scratch, None)
        } else {
            let answers = &options.answers;
            let base = sources.common_base(snapshot, &contents, on)?;
            let (base, of_base) = base.unzip();
            let mut merge = RowsMerge::of(sources, (&contents, of_base.as_ref()), answers);
            merge.decide(clashes, on)?;
            let scratch = sources.with_rows(&merge, &merged_log, on)?;
            let counts = [merge.referred, merge.bereft];
            let merged = (merge.conflicts, counts);
            (MergedTables::Rows { base }, scratch, Some(merged))
        };
        let (conflicts, counts) = merged.unwrap_or_default();
        let [referred, bereft] = counts.map(|counts| counts.into_iter().collect());
        Ok(Self {
            snapshot: snapshot.clone(),
            events: chosen.map_or(Vec::new(), |_| options.rows.clone()),
            tables,
            kept: merged_log.kept,
            kept_by_person: merged_log.kept_by_person,
            superseding: merged_log.superseding,
            conflicts,
            referred,
            bereft,
            log_table: log.table.clone(),
            settled: merged_log.settled,
            scratch,
            of_snapshot: contents,
            store: store.clone(),
        })
    }

    /// Returns whether it keeps what a person wrote, and nothing conflicts.
    pub(crate) fn is_wanted(&self) -> bool {
        self.kept_by_person > 0 && self.conflicts.is_empty()
    }

    /// Returns whether the tables are merged row by row.
    pub(crate) fn is_of_rows(&self) -> bool {
        matches!(self.tables, MergedTables::Rows { .. })
    }

    /// Returns whether one of two rows that clash could be left out: where rows are merged, not where
    /// the log or a replay makes them.
    pub(crate) fn decides(&self, clash: &Clash) -> bool {
        self.is_of_rows() && !clash.table.eq_ignore_ascii_case(&self.log_table)
    }

    /// Returns how many conflicts are not decided.
    pub fn undecided(&self) -> usize {
        let undecided = self.conflicts.iter().filter(|one| one.answer.is_none());
        undecided.count()
    }

    /// Returns the scratch file's contents.
    pub(crate) fn contents(&self) -> &Contents {
        &self.scratch.contents
    }

    /// Returns the merged snapshot's contents.
    pub(crate) fn of_snapshot(&self) -> &Contents {
        &self.of_snapshot
    }

    /// Returns the snapshots it is composed from.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }
}

/// Returns the error that events cannot be restored where nothing makes their rows.
fn alone(events: &BTreeSet<i64>) -> Error {
    let ids: Vec<String> = events.iter().map(i64::to_string).collect();
    let (ids, noun) = (
        ids.join(", "),
        if ids.len() == 1 { "event" } else { "events" },
    );
    Error::TableChoice {
        what: format!(
            "{noun} {ids} cannot be restored alone: neither the application's start nor a replay command makes the rows; restore rows without their events, or the whole log as of an event with `restore --at`"
        ),
        missing: Vec::new(),
    }
}

impl Sources<'_> {
    /// Writes the merged log, and the tables from which the application replays it: those of the
    /// snapshot if they are what the log makes, else those of the best other snapshot.
    fn for_replay(
        self,
        snapshot: &Snapshot,
        contents: Contents,
        log: &MergedLog,
        on: OnProgress<'_>,
    ) -> Result<(Option<Snapshot>, ScratchSnapshot)> {
        let own = &log.scratch.contents;
        let fit = Fit::with(
            &contents,
            Side::Snapshot(own),
            self.database,
            self.profile,
            on,
        )?;
        let base = if fit.fits() {
            Some((snapshot.clone(), contents))
        } else {
            self.base(log.ends_at, own, on)?
        };
        let scratch = self.composed(&log.scratch, base.as_ref(), on)?;
        Ok((base.map(|(snapshot, _)| snapshot), scratch))
    }

    /// Writes the merged log and the merged rows.
    fn with_rows(
        self,
        merge: &RowsMerge<'_>,
        log: &MergedLog,
        on: OnProgress<'_>,
    ) -> Result<ScratchSnapshot> {
        self.scratch(log.ends_at, |writer| {
            writer.begin_table(&self.log.table);
            let log = &log.scratch.contents;
            log.copy_rows(&self.log.table, |rows| writer.encoded(rows))?;
            writer.end_table();
            merge.write(writer, on)
        })
    }
}
