//! What a search has found, in words.

use chrono::{DateTime, Utc};

use super::{ago, counted, shortened};
use crate::core::{Excerpt, Finding, Snapshot, Standing};

/// Whether live holds a row.
pub fn in_live(finding: &Finding) -> &'static str {
    match finding.live {
        Some(Standing::Current) => "in live",
        Some(Standing::Superseded) => "in live, but taken back by a rewind",
        Some(Standing::Hidden) => "in live, but hidden",
        None => "not in live",
    }
}

/// In how many of the searched snapshots a row is, and since when and until when.
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

/// An excerpt on one line of so many characters, what was found in sight: what stands before it, it,
/// and what stands behind it.
pub fn excerpt(excerpt: &Excerpt, most: usize) -> [String; 3] {
    let found = shortened(&excerpt.found, most);
    let left = most - found.chars().count();
    let spare = left.saturating_sub(excerpt.behind.chars().count());
    let before = shortened_before(&excerpt.before, spare.max(left / 3));
    let behind = shortened(&excerpt.behind, left - before.chars().count());
    [before, found, behind]
}

/// The end of a text, on one line.
fn shortened_before(text: &str, most: usize) -> String {
    let length = text.chars().count();
    let line = shortened(text, length);
    if length <= most {
        return line;
    }
    let cut: String = line.chars().skip(length + 1 - most.max(1)).collect();
    format!("…{}", cut.trim_start())
}
