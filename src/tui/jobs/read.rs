//! What screens read: each read is plain and synchronous, and its results are news.

mod changes;
mod events;
mod rows;
mod search;

use std::{cell::RefCell, ops::ControlFlow};

use crate::{
    core::Workspace,
    core::{Contents, Database, EventDiff, OnProgress, Result, Side, Sides, TableDiff},
    tui::msg::{News, Origin, Read},
};

/// Reads what a screen shows; what it comes to is told last.
pub(super) fn read(
    read: Read,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> News {
    match read {
        Read::Difference(from, to) => News::Compared(compare(&from, &to, workspace, tell)),
        Read::History(snapshot) => {
            News::History(events::history(snapshot.as_deref(), workspace, tell))
        }
        Read::Events(contents, wanted) => {
            News::Events(events::events(contents.as_deref(), &wanted, workspace))
        }
        Read::Changes(rows, places, whole) => {
            News::Changes(changes::page(&rows, places, whole, &workspace.profile))
        }
        Read::FindChange(rows, text, from, direction) => {
            let rows = changes::ChangesQuery::new(&rows, &text);
            let on = &mut |progress| tell(News::Progress(progress));
            News::FoundChange(rows.find(from, direction, on))
        }
        Read::Rows(read) => rows::read(&read, workspace, tell),
        Read::Search(sought) => News::Searched(search::search(sought, workspace, tell)),
    }
}

/// Compares two sides, and tells of each table as soon as it is compared.
fn compare(
    from: &Origin,
    to: &Origin,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> Result<()> {
    let tell = RefCell::new(tell);
    let on = &mut |progress| (tell.borrow_mut())(News::Progress(progress));
    let from = OpenedSource::of(from, workspace, on)?;
    let to = OpenedSource::of(to, workspace, on)?;
    // Between two snapshots live only tells which columns are keys, and may be missing.
    let keyed = workspace.database().ok();
    let sides = Sides {
        from: from.side(),
        to: to.side(),
        profile: &workspace.profile,
        keyed: keyed.as_ref(),
    };
    let mut each = |diff: &TableDiff, log: Option<&EventDiff>| {
        let news = News::TableCompared(Box::new((diff.clone(), log.cloned())));
        let _ = (tell.borrow_mut())(news);
    };
    sides.compare(&[], &mut each, on).map(|_| ())
}

/// Whose rows are read, opened.
enum OpenedSource {
    Live(Database),
    Snapshot(Contents),
}

impl OpenedSource {
    fn of(origin: &Origin, workspace: &Workspace, on: OnProgress<'_>) -> Result<Self> {
        match origin {
            Origin::Live => workspace.database().map(Self::Live),
            Origin::Snapshot(snapshot) => workspace
                .cache
                .open_whole(&snapshot.path, on)
                .map(Self::Snapshot),
        }
    }

    fn side(&self) -> Side<'_> {
        match self {
            Self::Live(database) => Side::Live(database),
            Self::Snapshot(contents) => Side::Snapshot(contents),
        }
    }
}
