//! Sentences about the findings of a search.

use chrono::{DateTime, Utc};
use unicode_width::UnicodeWidthStr;

use super::{ago, counted, fit, fit_end};
use crate::core::{EventStatus, Excerpt, Finding, Snapshot};

/// Says whether live holds a row.
pub fn in_live(finding: &Finding) -> &'static str {
    match finding.live {
        Some(EventStatus::Active) => "in live",
        Some(EventStatus::Rewound) => "in live, but rewound",
        Some(EventStatus::Hidden) => "in live, but hidden",
        None => "not in live",
    }
}

/// Says how many of the searched snapshots hold a row, and since when and until when.
pub fn in_snapshots(finding: &Finding, snapshots: &[Snapshot], now: DateTime<Utc>) -> String {
    let count = finding.count();
    let all = counted(snapshots.len() as u64, "snapshot");
    let mut seen = finding
        .snapshots()
        .map(|index| ago(snapshots[index].taken_at(), now));
    match (seen.next(), seen.next_back()) {
        (None, _) => "in no snapshot".to_owned(),
        (Some(only), None) => format!("in {count} of {all}: {only}"),
        (Some(last), Some(first)) => {
            format!("in {count} of {all}: first seen {first}, last {last}")
        }
    }
}

/// Fits an excerpt into a line of `width` columns with the match visible; returns the text before,
/// the match, and the text after.
pub fn excerpt(excerpt: &Excerpt, width: usize) -> [String; 3] {
    let found = fit(&excerpt.found, width);
    let left = width - found.width();
    let spare = left.saturating_sub(fit(&excerpt.behind, left).width());
    let before = fit_end(&excerpt.before, spare.max(left / 3));
    let behind = fit(&excerpt.behind, left - before.width());
    [before, found, behind]
}
