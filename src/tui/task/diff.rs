//! Comparing two sides for the difference, table by table.

use std::cell::RefCell;

use super::{Reply, Report, ShownSide};
use crate::core::{
    Contents, Database, DiffDetail, EventDiff, OnProgress, Result, Side, Sides, TableDiff,
    Workspace,
};

/// Two sides to compare, table by table.
#[derive(Debug)]
pub struct DiffRequest {
    /// The one side.
    pub from: ShownSide,
    /// The other side.
    pub to: ShownSide,
}

/// What differs.
#[derive(Debug)]
pub enum DiffReply {
    /// What differs in a table, and for the event log what happened to the events.
    Table(Box<(TableDiff, Option<EventDiff>)>),
    /// Every table is compared.
    Compared(Result<()>),
}

impl DiffRequest {
    pub(super) fn fetch(self, workspace: &Workspace, report: Report<'_>) -> DiffReply {
        DiffReply::Compared(compare(&self.from, &self.to, workspace, report))
    }
}

/// Compares two sides, and reports each table as soon as it is compared.
fn compare(
    from: &ShownSide,
    to: &ShownSide,
    workspace: &Workspace,
    report: Report<'_>,
) -> Result<()> {
    let report = RefCell::new(report);
    let on = &mut |progress| (report.borrow_mut())(Reply::Progress(progress));
    let from = OpenedSource::of(from, workspace, on)?;
    let to = OpenedSource::of(to, workspace, on)?;
    // Between two snapshots live only shows which columns are keys, and may be missing.
    let keyed = workspace.database().ok();
    let sides = Sides {
        from: from.side(),
        to: to.side(),
        profile: &workspace.profile,
        keyed: keyed.as_ref(),
        detail: DiffDetail::Rows,
    };
    let mut each = |diff: &TableDiff, log: Option<&EventDiff>| {
        let compared = DiffReply::Table(Box::new((diff.clone(), log.cloned())));
        let _ = (report.borrow_mut())(Reply::Diff(compared));
    };
    sides.compare(&[], &mut each, on).map(|_| ())
}

/// A side, opened.
enum OpenedSource {
    Live(Database),
    Snapshot(Contents),
}

impl OpenedSource {
    fn of(origin: &ShownSide, workspace: &Workspace, on: OnProgress<'_>) -> Result<Self> {
        match origin {
            ShownSide::Live => workspace.database().map(Self::Live),
            ShownSide::Snapshot(snapshot) => workspace.open_whole(snapshot, on).map(Self::Snapshot),
        }
    }

    fn side(&self) -> Side<'_> {
        match self {
            Self::Live(database) => Side::Live(database),
            Self::Snapshot(contents) => Side::Snapshot(contents),
        }
    }
}
