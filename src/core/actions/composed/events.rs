//! The events of a side, in the order of their ids.

use std::ops::Range;

use crate::core::{
    base::{
        error::Result,
        profile::Profile,
        progress::{OnProgress, Stage, report},
        row::{Row, Table, ValueRef},
    },
    compare::{
        cursor::{Live, RowCursor},
        diff::Side,
    },
};

/// Calls `each` with the id and the row of every event of a side with an id above the start of a
/// range, up to its end, in the order of ids.
pub(in crate::core::actions) fn for_each_event(
    side: Side<'_>,
    profile: &Profile,
    ids: Range<i64>,
    on: OnProgress<'_>,
    mut each: impl FnMut(i64, &Table, Row) -> Result<()>,
) -> Result<()> {
    const REPORT_EVERY: u64 = 4096;
    let Some(log) = &profile.log else {
        return Ok(());
    };
    let mut walk = |mut rows: RowCursor<'_>, table: &Table| {
        let Some(id) = table.column(&log.id) else {
            return Ok(());
        };
        let mut done = 0_u64;
        while rows.advance()? {
            done += 1;
            if done.is_multiple_of(REPORT_EVERY) {
                report(on, Stage::Reading, done, done)?;
            }
            rows.load()?;
            match rows.value_ref(id) {
                ValueRef::Integer(id) if id > ids.end => break,
                ValueRef::Integer(id) if id > ids.start => each(id, table, rows.row()?)?,
                _ => {}
            }
        }
        Ok(())
    };
    match side {
        Side::Live(database) => {
            let schema = database.schema(profile)?;
            let Some(table) = &schema.log else {
                return Ok(());
            };
            let live = Live {
                database,
                profile,
                schema: &schema,
                after: Some(ids.start),
                up_to: Some(ids.end),
            };
            live.with_rows(table, |rows| walk(rows, table))
        }
        Side::Snapshot(contents) => {
            let columns = contents.columns(&log.table)?.unwrap_or_default();
            let table = &Table::keyless(&log.table, columns);
            match contents.reader_after(table, &log.id, ids.start)? {
                Some(reader) => walk(RowCursor::of_reader(reader, table), table),
                None => Ok(()),
            }
        }
    }
}
