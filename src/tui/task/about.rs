//! What the list shows of snapshots beyond their names: their last sentences, and how they compare to live.

use std::sync::Arc;

use super::{Reply, Report};
use crate::{
    core::{LogEnding, LogStanding, OnProgress, Result, Snapshot, Workspace},
    text::beginning,
};

/// What is to be read of a snapshot.
#[derive(Debug)]
pub struct AboutRequest {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// The end of its log, if it was read already.
    pub ending: Option<Arc<LogEnding>>,
}

/// What was read of a snapshot.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// The end of its log; `None` if there is none, or if it cannot be read.
    pub ending: Option<Arc<LogEnding>>,
    /// How its log compares to live's; `None` if live cannot be read.
    pub standing: Option<LogStanding>,
}

/// Bytes of a sentence that are kept.
const SENTENCE: usize = 1024;

/// Reports what it reads of each of these.
pub(super) fn about(requests: Vec<AboutRequest>, workspace: &Workspace, report: Report<'_>) {
    let live = workspace.database().ok();
    for AboutRequest { snapshot, ending } in requests {
        let on = &mut |progress| report(Reply::Progress(progress));
        let ending = ending.or_else(|| ending_of(&snapshot, workspace, on).ok().flatten());
        let standing = ending
            .as_deref()
            .zip(live.as_ref())
            .and_then(|(ending, live)| {
                LogStanding::of(ending, &snapshot, live, &workspace.profile, on).ok()
            });
        let about = About { ending, standing };
        if report(Reply::About(snapshot.path, about)).is_break() {
            break;
        }
    }
}

fn ending_of(
    snapshot: &Snapshot,
    workspace: &Workspace,
    on: OnProgress<'_>,
) -> Result<Option<Arc<LogEnding>>> {
    let contents = workspace.cache.open(&snapshot.path, on)?;
    let ending = LogEnding::of(&contents, &workspace.profile, on)?;
    let brief = |ending: LogEnding| LogEnding {
        sentence: ending
            .sentence
            .map(|text| beginning(&text, SENTENCE).to_owned()),
        ..ending
    };
    Ok(ending.map(brief).map(Arc::new))
}
