//! The forms of a restore, for tests of what goes wrong during any of them.

use std::fs;

use unrewind::core::{
    Existing, MergeAnswers, Moment, Newer, Prefer, RestoreOptions, RestorePlan, Result, RowKey,
    RowOf, Scope, Snapshot, When, unattended,
};

use crate::sandbox::Sandbox;

/// What of a snapshot is restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Full,
    Tables,
    /// Only the memories.
    SomeTables,
    /// A merge whose tables the application's next start makes.
    KeepNewer,
    /// A merge row by row, for an application that does not replay.
    MergedRows,
    MissingOnly,
    /// The memory with this key.
    OneRow(i64),
    /// Not the snapshot, but the moment after this event.
    Moment(i64),
}

impl Form {
    /// Describes the application so that this form is possible.
    pub fn prepare(self, sandbox: &mut Sandbox) {
        if self == Self::MergedRows {
            sandbox.profile.replays_on_start = false;
            let config = sandbox.data().join("unrewind.toml");
            fs::write(config, "replays_on_start = false\n").unwrap();
        }
    }

    fn options(self) -> RestoreOptions {
        let (mut options, memories) = (RestoreOptions::default(), "memories".to_owned());
        match self {
            Self::Full | Self::Moment(_) => {}
            Self::Tables => options.scope = Scope::Tables,
            Self::SomeTables => {
                options.scope = Scope::Tables;
                options.tables = vec![memories];
            }
            Self::KeepNewer => options.newer = Newer::Keep,
            Self::MergedRows => {
                options.newer = Newer::Keep;
                options.answers = MergeAnswers {
                    prefer: Some(Prefer::Snapshot),
                    ..MergeAnswers::default()
                };
            }
            Self::MissingOnly => options.existing = Existing::Keep,
            Self::OneRow(key) => options.rows.push(RowOf {
                table: memories,
                key: RowKey::parse(&key.to_string()),
            }),
        }
        options
    }

    /// The plan of this restore.
    pub fn plan(self, sandbox: &Sandbox, snapshot: &Snapshot) -> Result<RestorePlan> {
        let Self::Moment(event) = self else {
            return sandbox.plan(snapshot, self.options());
        };
        let (database, store, profile) = (sandbox.database(), sandbox.store(), &sandbox.profile);
        let (when, on) = (When::Event(event), &mut unattended);
        let moment = Moment::find(when, None, Some(&database), profile, &store, on)?;
        RestorePlan::of_moment(database, profile, &store, &moment, self.options(), on)
    }

    /// The arguments with which the program restores this, unasked.
    pub fn arguments(self, snapshot: &Snapshot) -> Vec<String> {
        let own: &[&str] = match self {
            Self::Full => &[],
            Self::Tables => &["--scope=tables"],
            Self::SomeTables => &["--tables=memories"],
            Self::KeepNewer => &["--merge"],
            Self::MergedRows => &["--merge", "--prefer=snapshot"],
            Self::MissingOnly => &["--missing-only"],
            Self::OneRow(key) => &[&format!("--row=memories={key}")],
            Self::Moment(event) => &[&format!("--at={event}")],
        };
        let name = snapshot.name();
        let name = (!matches!(self, Self::Moment(_))).then_some(&*name);
        let all = ["restore", "--yes"].into_iter().chain(name);
        all.chain(own.iter().copied()).map(str::to_owned).collect()
    }
}
