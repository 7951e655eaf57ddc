//! `unrewind restore --at`: restores a moment.

use anyhow::anyhow;
use serde::Serialize;
use serde_json::Value as Json;

use super::{Manner, carry_out, rows::rows_json};
use crate::{
    cli::{Exit, output, side::find},
    core::{
        Anchor, Moment, MomentOrigin, RestoreOptions, RestorePlan, RestoreSource, Restored,
        Snapshot, Workspace,
    },
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

/// What is restored: a snapshot, or a moment, which has no file.
pub(super) struct Source {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) moment: Option<MomentJson>,
    /// The changes of the chosen rows.
    pub(super) rows: Option<Vec<Json>>,
}

impl Source {
    pub(super) fn of(plan: &RestorePlan) -> anyhow::Result<Self> {
        let rows = rows_json(plan)?;
        Ok(match &plan.moment {
            Some(composed) => Self {
                rows,
                ..Self::moment(&composed.moment, Some(&composed.origin()))
            },
            None => Self {
                rows,
                ..Self::snapshot(&plan.snapshot)
            },
        })
    }

    fn moment(moment: &Moment, origin: Option<&MomentOrigin>) -> Self {
        Self {
            name: format!("event {}", moment.event),
            path: None,
            moment: origin.map(MomentJson::of),
            rows: None,
        }
    }

    /// What a new file was made of.
    pub(super) fn of_copy(source: &RestoreSource, restored: &Restored) -> Self {
        match source {
            RestoreSource::Snapshot(snapshot) => Self::snapshot(snapshot),
            RestoreSource::Moment(moment, _) => Self::moment(moment, restored.origin.as_ref()),
        }
    }

    pub(super) fn snapshot(snapshot: &Snapshot) -> Self {
        Self {
            name: snapshot.name(),
            path: Some(snapshot.path.display().to_string()),
            moment: None,
            rows: None,
        }
    }
}

/// Finds the moment that the arguments mean.
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

pub(super) fn restore(
    moment: &Moment,
    options: RestoreOptions,
    manner: &Manner,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    let plan = output::attended(workspace, |workspace| {
        workspace.plan_moment(moment, options)
    })?;
    let headline = format!("restore {}", plan.source());
    carry_out(plan, manner, &headline, workspace)
}
