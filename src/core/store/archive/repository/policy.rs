//! Which snapshots a policy keeps, as rustic and restic decide it.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use rustic_core::{ForgetSnapshot, KeepOptions, jiff::Span};

use super::{
    super::{
        ArchiveRetention, ArchivedSnapshot,
        record::{LABELLED, PINNED},
    },
    Repository, tags, to_jiff,
};
use crate::core::base::{
    error::Result,
    progress::{OnProgress, Stage},
};

/// A snapshot and what a policy decides about it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Judged {
    /// The snapshot.
    pub snapshot: ArchivedSnapshot,
    /// Whether it stays.
    pub keep: bool,
    /// Why it stays, such as `daily`; empty if it goes.
    pub reasons: Vec<String>,
}

impl Repository {
    /// Judges snapshots by a policy. Rustic counts back from the newest, so those with a stamp in the future are
    /// left out: a wrong clock must not make all others old.
    pub(in crate::core::store::archive) fn judge(
        &self,
        snapshots: Vec<ArchivedSnapshot>,
        keep: &ArchiveRetention,
        now: DateTime<Utc>,
        on: OnProgress<'_>,
    ) -> Result<Vec<Judged>> {
        let own: HashSet<&str> = snapshots
            .iter()
            .filter(|one| one.is_own() && one.id.stamp.time() <= now)
            .map(|one| &*one.restic_id)
            .collect();
        let mut judged = self.attend(on, Stage::Listing, || self.files())?;
        judged.retain(|file| own.contains(&*file.id.to_string()));
        let verdicts = if keep.keeps_all() {
            Vec::new()
        } else {
            options(keep)
                .apply(judged, &to_jiff(now))
                .map_err(self.failed())?
        };
        let verdicts: HashMap<String, ForgetSnapshot> = verdicts
            .into_iter()
            .map(|verdict| (verdict.snapshot.id.to_string(), verdict))
            .collect();
        let verdict = |one: ArchivedSnapshot| {
            let of = verdicts.get(&one.restic_id);
            let reasons = match of {
                Some(of) => of.reasons.clone(),
                None if !one.is_own() => vec!["added by restic".to_owned()],
                None if one.id.stamp.time() > now => vec!["in the future".to_owned()],
                None => Vec::new(),
            };
            Judged {
                keep: of.is_none_or(|of| of.keep),
                reasons,
                snapshot: one,
            }
        };
        Ok(snapshots.into_iter().map(verdict).collect())
    }
}

fn options(keep: &ArchiveRetention) -> KeepOptions {
    let count = |count: Option<u32>| count.map(|count| i32::try_from(count).unwrap_or(i32::MAX));
    let mut options = KeepOptions::default();
    options.keep_hourly = count(keep.hourly);
    options.keep_daily = count(keep.daily);
    options.keep_weekly = count(keep.weekly);
    options.keep_monthly = count(keep.monthly);
    options.keep_yearly = count(keep.yearly);
    options.keep_within = keep.within.map(|within| {
        let seconds = i64::try_from(within.as_secs()).unwrap_or(i64::MAX);
        Span::new()
            .try_seconds(seconds)
            .unwrap_or_else(|_| Span::new().years(100))
    });
    options.keep_tags = vec![
        tags(vec![PINNED.to_owned()]),
        tags(vec![LABELLED.to_owned()]),
    ];
    options
}
