//! Plans the restore of a moment: of the snapshot that is composed for it.

use super::{Newer, RestoreOptions, RestorePlan, Scope};
use crate::core::{
    actions::moment::{ComposedMoment, Moment},
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
    /// Computes what restoring a moment would change. Where tables and log do not end at the same
    /// event, the application has to replay the rest when it starts.
    ///
    /// Fails if no side holds the moment or more than one does, if nothing replays and no snapshot ends at the
    /// moment, and as [`Self::compute`] does.
    pub fn of_moment(
        database: Database,
        profile: &Profile,
        store: &Store,
        moment: &Moment,
        options: impl Into<RestoreOptions>,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let options = options.into();
        refuse_newer(&options)?;
        // The moment and the comparison must read one state of live.
        database.begin_reading()?;
        let composed = ComposedMoment::of(moment, &database, profile, store, on)?;
        let composed = composed.replayed(&database, profile, options.missing, on)?;
        refuse_unreplayed(&composed, profile, &options)?;
        let contents = composed.contents().clone();
        let snapshot = Snapshot::inspect(contents.path().to_owned(), None)?;
        let plan = Self::of_contents(database, profile, (snapshot, contents, None), options, on)?;
        plan.database.end_reading()?;
        Ok(Self {
            moment: Some(composed),
            ..plan
        })
    }
}

/// Fails if the options keep newer events.
fn refuse_newer(options: &RestoreOptions) -> Result<()> {
    if options.newer == Newer::Drop {
        return Ok(());
    }
    let what = "a restore of a moment removes the newer events, so it cannot merge them: a safety snapshot keeps them";
    Err(Error::Moment { what: what.into() })
}

/// Fails if the tables would stay at an earlier event than the log, because nothing replays the rest.
fn refuse_unreplayed(
    composed: &ComposedMoment,
    profile: &Profile,
    options: &RestoreOptions,
) -> Result<()> {
    let event = composed.moment.event;
    let begins = composed.contents().last_event_id();
    let is_whole = options.scope == Scope::Full && options.tables.is_empty();
    if begins == event || (is_whole && profile.replays_on_start) {
        return Ok(());
    }
    let why = if is_whole {
        "neither the application's start nor a replay command makes them"
    } else {
        "only all tables together with the event log can be replayed"
    };
    Err(composed.without_tables(why))
}
