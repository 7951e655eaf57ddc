//! The arguments of a merge, and what it found as JSON.

use clap::ValueEnum;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::{
    core::{
        ComposedMerge, Conflict, MergeAnswers, MergedTables, Newer, Prefer, RestoreOptions, Row,
        Snapshot,
    },
    text,
};

/// What becomes of what live has and the snapshot lacks.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(in crate::cli) struct MergeArgs {
    /// Keep what the database has and the snapshot lacks: the event log and the tables then have what both sides
    /// have
    #[arg(long, visible_alias = "keep-newer")]
    merge: bool,
    /// With --merge: the side to take where both changed the same thing differently
    #[arg(long, value_name = "SIDE", requires = "merge")]
    prefer: Option<PreferArg>,
}

/// A side, as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum PreferArg {
    /// As the database has it
    Live,
    /// As the snapshot has it
    Snapshot,
}

impl MergeArgs {
    pub(super) fn is_set(self) -> bool {
        self.merge
    }

    /// Returns the options with those of the arguments.
    pub(in crate::cli) fn apply_to(self, options: RestoreOptions) -> RestoreOptions {
        RestoreOptions {
            newer: if self.merge { Newer::Keep } else { Newer::Drop },
            answers: MergeAnswers {
                prefer: self.prefer.map(|prefer| match prefer {
                    PreferArg::Live => Prefer::Live,
                    PreferArg::Snapshot => Prefer::Snapshot,
                }),
                ..MergeAnswers::default()
            },
            ..options
        }
    }

    /// Returns the arguments as words of a command.
    pub(super) fn words(self) -> impl Iterator<Item = String> {
        let side = self.prefer.and_then(|prefer| prefer.to_possible_value());
        let side = side.map(|side| text::option("--prefer", side.get_name().as_ref()));
        let merge = self.merge.then(|| "--merge".to_owned());
        merge.into_iter().chain(side)
    }
}

/// A merge as JSON.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MergeJson {
    /// How the tables are made: `replay` or `rows`.
    by: &'static str,
    /// The snapshot from which the replay begins, or from which both sides went on.
    base: Option<String>,
    /// How many events the user's command replayed over its tables; `null` if none was called.
    replayed: Option<u64>,
    /// How many events only live has and stay.
    kept: u64,
}

impl MergeJson {
    pub(super) fn of(composed: &ComposedMerge) -> Self {
        let (by, base, replayed) = match &composed.tables {
            MergedTables::Replayed { from, now } => ("replay", from, *now),
            MergedTables::Rows { base } => ("rows", base, None),
        };
        Self {
            by,
            base: base.as_ref().map(Snapshot::name),
            replayed: replayed.map(|replayed| replayed.events),
            kept: composed.kept.count,
        }
    }
}

/// A conflict as JSON.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ConflictJson {
    table: String,
    key: Json,
    /// `null` if whole rows conflict.
    column: Option<String>,
    base: Json,
    live: Json,
    snapshot: Json,
    /// Whether all sides have numbers, which the application may compute.
    computed: bool,
    /// Why both rows cannot stay, if their contents do not say it.
    why: Option<String>,
    /// The side that is taken; `null` if that is not decided.
    prefer: Option<&'static str>,
}

impl ConflictJson {
    pub(super) fn of(conflict: &Conflict) -> Self {
        let side = |row: &Option<Row>| match (row, conflict.at) {
            (None, _) => Json::Null,
            (Some(row), Some(at)) => row.values[at].to_json(),
            (Some(row), None) => {
                let named = conflict.columns.iter().zip(&row.values);
                let named = named.map(|(column, value)| (column.clone(), value.to_json()));
                Json::Object(named.collect::<Map<_, _>>())
            }
        };
        Self {
            table: conflict.table.clone(),
            key: conflict.key.to_json(),
            column: conflict.column().map(str::to_owned),
            base: side(&conflict.base),
            live: side(&conflict.live),
            snapshot: side(&conflict.snapshot),
            computed: conflict.may_be_computed,
            why: conflict.why.clone(),
            prefer: conflict.answer.map(|answer| match answer {
                Prefer::Live => "live",
                Prefer::Snapshot => "snapshot",
            }),
        }
    }
}
