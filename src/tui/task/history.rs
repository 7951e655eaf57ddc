//! Reading the history of a row for its screen: versions are reported while the snapshots are read.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Reply, Report, Survey, rows};
use crate::core::{
    Archived, HistoryScope, HistoryStep, Kind, Place, Result, RowHistory, RowKey, Workspace,
    key_of_row, oldest_first, row_history, unattended,
};

/// Whose history to read.
#[derive(Clone, Debug)]
pub struct HistoryRequest {
    /// The row's table.
    pub table: String,
    /// The row.
    pub row: HistoryRow,
}

/// A row whose history is read.
#[derive(Clone, Debug)]
pub enum HistoryRow {
    /// The one with this key.
    Key(RowKey),
    /// The one of this number in a table whose rows are located.
    Number(Arc<Survey>, u64),
}

/// What was read of a row's history.
#[derive(Debug)]
pub enum HistoryReply {
    /// What was read so far, and the row's key.
    Read(RowKey, Box<RowHistory>),
    /// It has ended.
    Over(Result<()>),
}

/// The shortest time between two reports.
const EVERY: Duration = Duration::from_millis(100);

impl HistoryRequest {
    pub(super) fn fetch(&self, workspace: &Workspace, report: Report<'_>) -> HistoryReply {
        HistoryReply::Over(read(self, workspace, report))
    }
}

fn read(request: &HistoryRequest, workspace: &Workspace, report: Report<'_>) -> Result<()> {
    let mut snapshots = workspace
        .store
        .list_readable(&Kind::ALL, Archived::Here, &mut unattended)?
        .snapshots;
    oldest_first(&mut snapshots);
    let live = workspace.database();
    let scope = HistoryScope {
        profile: &workspace.profile,
        live: live.as_ref().ok(),
        snapshots: &snapshots,
        cache: &workspace.cache,
        store: &workspace.store,
    };
    let key = match &request.row {
        HistoryRow::Key(key) => key.clone(),
        HistoryRow::Number(survey, number) => {
            let (table, row) = rows::row(&request.table, survey, *number, workspace)?;
            key_of_row(&table, &row, scope)
        }
    };
    let history = RefCell::new(RowHistory::of(snapshots.clone().into()));
    let (reported, is_new) = (Cell::new(None::<Instant>), Cell::new(false));
    let so_far = || {
        let history = Box::new(history.borrow().clone());
        Reply::History(HistoryReply::Read(key.clone(), history))
    };
    let on_step = &mut |step| {
        history.borrow_mut().add(step);
        is_new.set(true);
    };
    let read = row_history(&request.table, &key, scope, on_step, &mut |progress| {
        let is_due = reported.get().is_none_or(|last| last.elapsed() >= EVERY);
        if is_due && is_new.replace(false) {
            reported.set(Some(Instant::now()));
            let _ = report(so_far());
        }
        report(Reply::Progress(progress))
    });
    if let Err(error) = live {
        let failed = HistoryStep::Failed(Place::Live, error);
        history.borrow_mut().add(failed);
    }
    let _ = report(so_far());
    read
}
