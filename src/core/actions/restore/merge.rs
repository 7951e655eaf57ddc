//! Plans the restore of a merge: of the snapshot that is composed of live and another one.

use super::{Missing, Newer, RestoreOptions, RestorePlan, Scope, target::Target};
use crate::core::{
    actions::merge::{Clash, ComposedMerge},
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::OnProgress,
    },
    db::Database,
    file::snapshot::Snapshot,
    store::Store,
};

impl RestorePlan {
    /// Computes what restoring a snapshot would change, or merging it if the options keep what is
    /// newer or choose events.
    ///
    /// Fails as [`Self::compute`] and [`Self::of_merge`] do.
    pub fn of_snapshot(
        database: Database,
        profile: &Profile,
        store: &Store,
        snapshot: Snapshot,
        options: impl Into<RestoreOptions>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let options = options.into();
        match options.newer {
            Newer::Drop if !options.names_events(profile) => {
                let unpacked = store.unpack(&snapshot, on)?;
                let plan = Self::compute(database, profile, snapshot, options, on)?;
                Ok(plan.keeping(unpacked))
            }
            _ => Self::of_merge(database, profile, store, &snapshot, options, on),
        }
    }

    /// Computes what restoring a snapshot would change. Merges it with live if a person wrote some of
    /// the events that would be removed, and nothing conflicts.
    ///
    /// Fails as [`Self::compute`] does: a merge that is not possible is not suggested.
    pub fn suggested(
        database: Database,
        profile: &Profile,
        store: &Store,
        snapshot: &Snapshot,
        options: impl Into<RestoreOptions>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let unpacked = store.unpack(snapshot, on)?;
        let plan = Self::compute(database, profile, snapshot.clone(), options, on)?;
        let plan = plan.keeping(unpacked);
        let (Some(newer), Some(log)) = (plan.log.as_ref().map(|log| &log.newer_from), &profile.log)
        else {
            return Ok(plan);
        };
        let shown = newer.first.len() + newer.last.len();
        let mut events = newer.first.iter().chain(&newer.last);
        if shown as u64 == newer.count && !events.any(|event| log.was_written(event)) {
            return Ok(plan);
        }
        match plan.recipe().merging(snapshot, store).plan(on) {
            Err(Error::Cancelled) => Err(Error::Cancelled),
            Ok(merged) if merged.merge.as_ref().is_some_and(ComposedMerge::is_wanted) => Ok(merged),
            _ => Ok(plan),
        }
    }

    /// Computes what would change so that live has what it and a snapshot have. Where both changed the
    /// same row differently, `options.answers` decides; what is undecided is in the plan's conflicts,
    /// and then the plan cannot be applied. If events are chosen, only these count again.
    ///
    /// Fails as [`Self::compute`] does, if the profile names no event log, or if an id names different
    /// events on the two sides.
    pub fn of_merge(
        database: Database,
        profile: &Profile,
        store: &Store,
        snapshot: &Snapshot,
        options: impl Into<RestoreOptions>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let asked = RestoreOptions {
            newer: Newer::Keep,
            ..options.into()
        };
        let mut options = asked.clone();
        if asked.names_events(profile) {
            options.rows.clear();
        }
        let mut clashes = Vec::new();
        // The merge and the comparison must read one state of live.
        database.begin_reading()?;
        let mut database = Some(database);
        loop {
            let live = database.take().expect("it is set before each turn");
            let what = (snapshot, &asked);
            let merge = ComposedMerge::of(what, &clashes, &live, profile, store, on)?;
            refuse_a_part(&merge, profile, &options)?;
            let contents = merge.contents().clone();
            let composed = Snapshot::inspect(contents.path().to_owned(), None)?;
            let what = (composed, contents, Some(&merge));
            let left_out = without_place(&merge, &live, profile, &options)?;
            let mut plan = Self::of_contents(live, profile, what, options.clone(), on)?;
            let refused = std::mem::take(&mut plan.refused);
            if refused.is_empty() {
                refuse_unchanged(&merge, &plan)?;
                plan.database.end_reading()?;
                return Ok(Self {
                    merge: Some(merge),
                    left_out,
                    ..plan
                });
            }
            let known = clashes.len();
            for row in &refused {
                let clash = row.rival.clone().map(|rival| Clash {
                    table: row.table.clone(),
                    row: row.row.clone(),
                    rival,
                });
                let is_decided = |clash: &Clash| clashes.contains(clash) || !merge.decides(clash);
                clashes.extend(clash.filter(|clash| !is_decided(clash)));
            }
            if clashes.len() == known {
                return Err(refused[0].error());
            }
            database = Some(plan.database);
        }
    }
}

impl RestorePlan {
    /// Fails with [`Error::Conflicts`] if a conflict of the merge is undecided.
    pub fn refuse_undecided(&self) -> Result<()> {
        let undecided = self.merge.as_ref().map_or(0, ComposedMerge::undecided);
        let what = match undecided {
            0 => return Ok(()),
            1 => "1 conflict between live and the snapshot is undecided".to_owned(),
            many => format!("{many} conflicts between live and the snapshot are undecided"),
        };
        Err(Error::Conflicts { what })
    }
}

/// Fails if live has the chosen events as the snapshot has them: the tables must not change for nothing.
fn refuse_unchanged(merge: &ComposedMerge, plan: &RestorePlan) -> Result<()> {
    let mut logs = plan
        .tables
        .iter()
        .filter(|diff| plan.profile.is_log(&diff.table.name));
    if merge.events.is_empty() || logs.any(|log| !log.is_empty()) {
        return Ok(());
    }
    let what = match &merge.events[..] {
        [event] => format!("event {} is", event.key),
        _ => "the chosen events are".to_owned(),
    };
    Err(Error::TableChoice {
        what: format!("{what} in the live database as in the snapshot: nothing would come back"),
        missing: Vec::new(),
    })
}

/// Returns what the snapshot has and live lacks, which is left out of the merge if the options allow
/// it.
fn without_place(
    merge: &ComposedMerge,
    live: &Database,
    profile: &Profile,
    options: &RestoreOptions,
) -> Result<Vec<String>> {
    let schema = live.schema(profile)?;
    let target = Target {
        database: live,
        profile,
        schema: &schema,
        contents: merge.of_snapshot(),
        settled: None,
    };
    let (left_out, lacking) = target.without_place_in(options)?;
    if options.missing == Missing::Refuse && !left_out.is_empty() {
        let missing = left_out.join(", ");
        return Err(Error::SchemaDrift { lacking, missing });
    }
    Ok(left_out)
}

/// Refuses to merge some tables where the application's next start makes all of them.
fn refuse_a_part(merge: &ComposedMerge, profile: &Profile, options: &RestoreOptions) -> Result<()> {
    let is_whole = options.scope == Scope::Full && options.tables.is_empty();
    let contents = merge.contents();
    if is_whole || contents.last_event_id() == contents.ends_at(profile)? {
        return Ok(());
    }
    Err(Error::TableChoice {
        what: "both sides can only be merged whole: the application replays the events of both to make its tables".to_owned(),
        missing: Vec::new(),
    })
}
