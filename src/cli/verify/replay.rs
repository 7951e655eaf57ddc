//! What `unrewind verify --replay` found, as JSON.

use serde::Serialize;
use serde_json::Value as Json;

use crate::{cli::diff::keyed_change_json, core::ReplayFinding, text};

/// What replaying up to a snapshot showed.
#[derive(Default, Serialize)]
pub(super) struct ReplayJson {
    from: Option<String>,
    events: Option<u64>,
    same: Option<bool>,
    difference: Option<Json>,
    not_replayed: Option<String>,
}

impl ReplayJson {
    pub(super) fn of(finding: &ReplayFinding) -> Self {
        match finding {
            ReplayFinding::Replayed {
                from,
                events,
                difference,
            } => Self {
                from: Some(from.clone()),
                events: Some(*events),
                same: Some(difference.is_none()),
                difference: difference
                    .as_ref()
                    .map(|row| keyed_change_json(&row.change, &row.table)),
                not_replayed: None,
            },
            ReplayFinding::Unpaired(why) => Self {
                not_replayed: Some(text::unpaired(why)),
                ..Self::default()
            },
        }
    }
}
