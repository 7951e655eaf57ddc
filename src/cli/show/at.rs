//! `unrewind show --at`: what a restore of a moment would make.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Args, of_live, rows, side_by_side, tables};
use crate::{
    cli::{
        moment::{self, MomentJson},
        output::{self, CoverageJson, Hinted},
        restore::point_text,
    },
    core::{ComposedMoment, Counts, Error, Side, Workspace},
    text,
};

/// A moment and its tables as JSON.
#[derive(Serialize)]
struct ShownMoment {
    at: MomentJson,
    last_event_id: i64,
    tables: Map<String, Value>,
    #[serde(flatten)]
    coverage: CoverageJson,
}

pub(super) fn show(args: &Args, when: &str, workspace: &Workspace) -> anyhow::Result<()> {
    let composed = moment::shown(when, args.side.as_deref(), workspace);
    let composed = composed.map_err(naming_the_side)?;
    if let Some(table) = &args.rows {
        return rows::show(args, Side::Snapshot(composed.contents()), table, workspace);
    }
    let live = workspace.database()?;
    let coverage = output::warn_of_coverage(&live, workspace);
    let counts = Counts::of(composed.contents());
    if args.json {
        return output::print_json(&ShownMoment {
            at: MomentJson::of(&composed.origin()),
            last_event_id: counts.last_event_id,
            tables: tables(&counts),
            coverage,
        });
    }
    let of_live = of_live(&live, workspace)?;
    output::print(&(head(&composed) + &side_by_side("MOMENT", &counts, &of_live)))
}

/// Adds to the error of an event of several histories how to name one here.
fn naming_the_side(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref::<Error>() {
        Some(several @ Error::SeveralMoments { .. }) => {
            let hint = "name the history before --at: live, or a snapshot".to_owned();
            Hinted::new(several.to_string(), vec![hint]).into()
        }
        _ => error,
    }
}

fn head(composed: &ComposedMoment) -> String {
    let points = text::moment(composed, 0);
    let lines: String = points.iter().map(point_text).collect();
    lines + "\n"
}
