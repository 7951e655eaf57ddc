//! How a side compares to live, in a few words.

use super::{count, counted, span};
use crate::core::LogStanding;

/// Says how the log of a snapshot compares to live's, as `72 events you lost` or `41 min earlier`.
pub fn against_live(standing: LogStanding) -> String {
    match standing {
        LogStanding::Same => "same events".to_owned(),
        LogStanding::Lost(lost @ 0..1000) => format!("{} you lost", counted(lost, "event")),
        LogStanding::Lost(lost) => format!("{} lost", counted(lost, "event")),
        LogStanding::Lacks(number @ 0..10_000) => counted(number, "fewer event"),
        LogStanding::Lacks(number) => format!("{} fewer", count(number)),
        LogStanding::Earlier(_, Some(by)) => format!("{} earlier", span(by)),
        LogStanding::Earlier(newer, None) => format!("{} earlier", counted(newer, "id")),
    }
}

/// Says how many tables do not differ, as `8 tables do not differ`.
pub fn no_difference(tables: usize) -> String {
    let does = if tables == 1 { "does" } else { "do" };
    format!("{} {does} not differ", counted(tables as u64, "table"))
}
