//! The common base of live and a snapshot: the state from which both went on.

use crate::core::{
    actions::composed::Sources,
    base::{
        error::Result,
        event::{EventColumns, EventIdentity},
        progress::OnProgress,
        row::Row,
    },
    compare::{
        change_spool::Change,
        diff::{Difference, Side},
    },
    file::snapshot::{Contents, Kind, Snapshot},
};

impl Sources<'_> {
    /// Finds the newest undamaged snapshot before the merged one that both sides come from: both
    /// have each of its events, with the same flags, and it has each event of theirs up to its
    /// `last_event_id`.
    pub(super) fn common_base(
        self,
        merged: &Snapshot,
        snapshot: &Contents,
        on: OnProgress<'_>,
    ) -> Result<Option<(Snapshot, Contents)>> {
        let most = self.database.last_event_id(self.profile)?;
        let most = most.min(snapshot.ends_at(self.profile)?);
        let mut candidates = self.store.list_all(&Kind::ALL)?.snapshots;
        candidates.retain(|candidate| {
            candidate.path != merged.path
                && candidate.taken_at() < merged.taken_at()
                && candidate.damage.is_none()
                && !candidate.off_log
                && candidate.ends_at().is_none_or(|end| end <= most)
        });
        candidates.sort_by_key(|candidate| std::cmp::Reverse(candidate.taken_at()));
        let keys = self.database.keys(self.profile);
        for candidate in candidates {
            let Some(contents) = self.store.open_candidate(&candidate, &keys, on)? else {
                continue;
            };
            if self.begins(&contents, Side::Snapshot(snapshot), on)?
                && self.begins(&contents, Side::Live(self.database), on)?
            {
                return Ok(Some((candidate, contents)));
            }
        }
        Ok(None)
    }

    /// Returns whether a side's log is the base's, followed by later events.
    fn begins(self, base: &Contents, side: Side<'_>, on: OnProgress<'_>) -> Result<bool> {
        let only = [self.log.table.clone()];
        let from = Side::Snapshot(base);
        let difference =
            Difference::compute(from, side, self.profile, Some(self.database), &only, on)?;
        let mut is_base = true;
        for diff in &difference.tables {
            let (table, lacking) = (&diff.table, &diff.schema_diff.only_from);
            let flags = EventColumns::of(table, self.log);
            let identity = EventIdentity::of(table, self.log, lacking);
            let has_same_flags = |one: &Row, other: &Row| {
                let mut flags = self.log.flags().filter_map(|flag| table.column(flag));
                flags.all(|flag| one.value_ref(flag).same(other.value_ref(flag)))
            };
            diff.for_each(|change| {
                is_base = is_base
                    && match &change {
                        Change::Added(event) => {
                            flags.id_of(|column| event.value_ref(column))
                                > Some(base.last_event_id())
                        }
                        Change::Removed(_) => false,
                        Change::Changed { from, to } => {
                            has_same_flags(from, to)
                                && identity.is_same(|at| from.value_ref(at), |at| to.value_ref(at))
                        }
                    };
                Ok(())
            })?;
        }
        Ok(is_base)
    }
}
