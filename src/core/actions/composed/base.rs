//! The snapshot whose tables a composed log begins with.

use super::Sources;
use crate::core::{
    base::{error::Result, profile::Log, progress::OnProgress},
    compare::diff::Side,
    file::snapshot::{Contents, Kind, Snapshot},
    store::cold_load::Fit,
};

impl Sources<'_> {
    /// Finds the undamaged snapshot with the highest `last_event_id` up to `end` whose tables this log
    /// produces; of equal ones the oldest.
    pub(in crate::core::actions) fn base(
        self,
        end: i64,
        log: &Contents,
        on: OnProgress<'_>,
    ) -> Result<Option<(Snapshot, Contents)>> {
        let is_candidate = |snapshot: &Snapshot| {
            let begins = snapshot.last_event_id;
            snapshot.damage.is_none()
                && !snapshot.off_log
                && begins.is_some_and(|begins| begins <= end)
        };
        let mut candidates = self.store.list_all(&Kind::ALL)?.snapshots;
        candidates.retain(is_candidate);
        candidates.sort_by_key(|snapshot| {
            (
                snapshot.last_event_id,
                std::cmp::Reverse(snapshot.taken_at()),
            )
        });
        let keys = self.database.keys(self.profile);
        for snapshot in candidates.into_iter().rev() {
            let Some(contents) = self.store.open_candidate(&snapshot, &keys, on)? else {
                continue;
            };
            let fit = Fit::with(
                &contents,
                Side::Snapshot(log),
                self.database,
                self.profile,
                on,
            )?;
            if fit.fits() {
                return Ok(Some((snapshot, contents)));
            }
        }
        Ok(None)
    }
}

/// Returns the id from which a replay over empty tables begins: before the log's first event.
pub(super) fn before_all(contents: &Contents, log: &Log) -> Result<i64> {
    let (Some(columns), Some(mut reader)) =
        (contents.columns(&log.table)?, contents.reader(&log.table))
    else {
        return Ok(0);
    };
    let id = columns
        .iter()
        .position(|column| column.eq_ignore_ascii_case(&log.id));
    let mut first = 1;
    if let (Some(id), true) = (id, reader.advance()?)
        && let crate::core::base::row::Value::Integer(found) = reader.values()?[id]
    {
        first = found;
    }
    Ok(first.saturating_sub(1).min(0))
}
