//! Whether the tables of live are still as a restore left them, by comparing them with its
//! checkpoint.

use crate::core::{
    base::{error::Result, profile::Profile, progress::OnProgress},
    compare::{
        change_spool::Change,
        diff::{Difference, Side},
    },
    db::Database,
    file::{
        checksum::{Checksum, RunningChecksum},
        json::RowEncoder,
        snapshot::{Contents, Snapshot},
    },
};

/// Whether live is still as a restore left it.
pub(super) enum Since {
    Same,
    /// This is the checksum of how it differs.
    Changed(Checksum),
    /// The checkpoint cannot be read.
    Unknown,
}

/// Compares the tables of live with those of its checkpoint.
pub(super) fn since(
    database: &Database,
    profile: &Profile,
    checkpoint: &Snapshot,
    on: OnProgress<'_>,
) -> Result<Since> {
    let contents = match Contents::open(&checkpoint.path, on) {
        Ok(contents) => contents,
        Err(error) if error.is_passing() => return Err(error),
        Err(_) => return Ok(Since::Unknown),
    };
    let (from, to) = (Side::Snapshot(&contents), Side::Live(database));
    for table in database.tables(profile)? {
        if profile.is_log(&table) {
            continue;
        }
        // The first table that differs is enough.
        let only = [table];
        match Difference::compute(from, to, profile, Some(database), &only, on) {
            Ok(difference) if difference.is_empty() => {}
            Ok(difference) => return checksum(&difference).map(Since::Changed),
            Err(error) if error.is_damage() => return Ok(Since::Unknown),
            Err(error) => return Err(error),
        }
    }
    Ok(Since::Same)
}

/// Returns the checksum of the rows that differ, as a snapshot would store them.
fn checksum(difference: &Difference) -> Result<Checksum> {
    let (mut sum, mut rows) = (RunningChecksum::default(), Vec::new());
    for diff in &difference.tables {
        let encoder = RowEncoder::new(&diff.table.columns);
        diff.for_each(|change| {
            let sides = match &change {
                Change::Added(to) => [None, Some(to)],
                Change::Removed(from) => [Some(from), None],
                Change::Changed { from, to } => [Some(from), Some(to)],
            };
            rows.clear();
            for side in sides {
                if let Some(row) = side {
                    encoder.row(&mut rows, row);
                }
                rows.push(b'\n');
            }
            sum.add(&rows);
            Ok(())
        })?;
    }
    Ok(sum.checksum())
}
