//! How the log of a snapshot stands to live's, in a few words.

use super::{counted, span};
use crate::core::LogStanding;

/// Says how the log of a snapshot stands to live's, as `72 events you lost` or `41 min earlier`.
pub fn against_live(standing: LogStanding) -> String {
    match standing {
        LogStanding::Same => "same events".to_owned(),
        LogStanding::Lost(count @ 0..1000) => format!("{} you lost", counted(count, "event")),
        LogStanding::Lost(count) => format!("{} lost", counted(count, "event")),
        LogStanding::Earlier(_, Some(by)) => format!("{} earlier", span(by)),
        LogStanding::Earlier(count, None) => format!("{} earlier", counted(count, "event")),
    }
}
