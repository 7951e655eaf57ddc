//! A moment named on the command line, and as JSON.

use anyhow::anyhow;
use serde::Serialize;

use super::{output, side::find};
use crate::{
    core::{Anchor, ComposedMoment, Moment, MomentOrigin, Snapshot, Workspace},
    text::{self, Zone},
};

/// A moment as JSON.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MomentJson {
    event: i64,
    time: Option<String>,
    /// Whose log it is: `live`, or a snapshot's name.
    from: String,
    /// The snapshot whose tables it begins with.
    base: Option<String>,
    /// How many events the user's command replayed over its tables; `null` if none was called.
    replayed: Option<u64>,
    /// How many events count again of which no snapshot shows whether they were hidden.
    uncertain: u64,
}

impl MomentJson {
    pub(super) fn of(origin: &MomentOrigin) -> Self {
        let moment = &origin.moment;
        Self {
            event: moment.event,
            time: moment.time.clone(),
            from: moment.anchor.name(),
            base: origin.base.as_ref().map(Snapshot::name),
            replayed: origin.replayed.map(|replayed| replayed.events),
            uncertain: origin.uncertain.count,
        }
    }
}

/// Finds the moment that a person names, in the history of a side or else where it is.
pub(super) fn moment(
    when: &str,
    from: Option<&str>,
    workspace: &Workspace,
) -> anyhow::Result<Moment> {
    let when = text::when(when, workspace.now(), Zone::Local).map_err(|what| anyhow!(what))?;
    let from = match from {
        None => None,
        Some("live") => Some(Anchor::Live),
        Some(name) => Some(Anchor::Snapshot(Box::new(find(name, workspace)?))),
    };
    Ok(output::attended(workspace, |workspace| {
        workspace.find_moment(when, from)
    })?)
}

/// Composes a moment to show it.
pub(super) fn shown(
    when: &str,
    from: Option<&str>,
    workspace: &Workspace,
) -> anyhow::Result<ComposedMoment> {
    let moment = moment(when, from, workspace)?;
    Ok(output::attended(workspace, |workspace| {
        workspace.compose_moment(&moment)
    })?)
}
