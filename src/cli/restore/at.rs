//! `unrewind restore --at`: restores a moment.

use serde_json::Value as Json;

use super::{
    Manner, carry_out,
    merge::{ConflictJson, MergeJson},
    rows::rows_json,
};
use crate::{
    cli::{Exit, moment::MomentJson, output},
    core::{
        Moment, MomentOrigin, RestoreOptions, RestorePlan, RestoreSource, Restored, Snapshot,
        Workspace,
    },
};

/// What is restored: a snapshot, alone or merged, or a moment, which has no file.
pub(super) struct RestoredFrom {
    pub(super) name: String,
    pub(super) path: Option<String>,
    pub(super) moment: Option<MomentJson>,
    pub(super) merge: Option<MergeJson>,
    /// What both sides of the merge changed differently.
    pub(super) conflicts: Option<Vec<ConflictJson>>,
    /// The changes of the chosen rows.
    pub(super) rows: Option<Vec<Json>>,
}

impl RestoredFrom {
    pub(super) fn of(plan: &RestorePlan) -> anyhow::Result<Self> {
        let rows = rows_json(plan)?;
        let source = match (&plan.moment, &plan.merge) {
            (Some(composed), _) => Self::moment(&composed.moment, Some(&composed.origin())),
            (None, Some(merge)) => Self {
                merge: Some(MergeJson::of(merge)),
                conflicts: Some(merge.conflicts.iter().map(ConflictJson::of).collect()),
                ..Self::snapshot(&merge.snapshot)
            },
            (None, None) => Self::snapshot(&plan.snapshot),
        };
        Ok(Self { rows, ..source })
    }

    fn moment(moment: &Moment, origin: Option<&MomentOrigin>) -> Self {
        Self {
            name: format!("event {}", moment.event),
            path: None,
            moment: origin.map(MomentJson::of),
            merge: None,
            conflicts: None,
            rows: None,
        }
    }

    /// What a new file was made of.
    pub(super) fn of_copy(source: &RestoreSource, restored: &Restored) -> Self {
        match source {
            RestoreSource::Snapshot(snapshot) | RestoreSource::Merge(snapshot, _) => {
                Self::snapshot(snapshot)
            }
            RestoreSource::Moment(moment, _) => Self::moment(moment, restored.origin.as_ref()),
        }
    }

    pub(super) fn snapshot(snapshot: &Snapshot) -> Self {
        Self {
            name: snapshot.name(),
            path: Some(snapshot.path.display().to_string()),
            moment: None,
            merge: None,
            conflicts: None,
            rows: None,
        }
    }
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
