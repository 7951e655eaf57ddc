//! Searching for the search screen: what is found is told while more is looked for.

use std::{
    cell::{Cell, RefCell},
    ops::ControlFlow,
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    core::Workspace,
    core::{self, Case, Findings, Grounds, Kind, Place, Query, Result, Snapshot},
    tui::msg::{Found, News, Sought},
};

/// The most rows that are shown.
const MOST: usize = 1000;
/// As often as a screen is worth drawing again.
const EVERY: Duration = Duration::from_millis(100);

/// Searches live and all snapshots.
pub(super) fn search(
    sought: Sought,
    workspace: &Workspace,
    tell: &mut dyn FnMut(News) -> ControlFlow<()>,
) -> Result<()> {
    let query = Query::new(&sought.text, sought.syntax, Case::Smart)?;
    let query = query.in_tables(sought.table.into_iter().collect());
    let kinds = sought.kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
    let snapshots = workspace.store.list(&kinds)?;
    let live = workspace.database();
    let told = SearchReporter {
        no_live: live.as_ref().err().map(ToString::to_string),
        snapshots: snapshots.into(),
        findings: RefCell::new(Findings::at_most(MOST)),
    };
    let _ = tell(told.so_far());
    let grounds = Grounds {
        profile: &workspace.profile,
        live: live.as_ref().ok(),
        snapshots: &told.snapshots,
        cache: &workspace.cache,
    };
    let (mut last, is_new) = (Instant::now(), Cell::new(false));
    let on_sighting = &mut |sighting| {
        told.findings.borrow_mut().add(sighting);
        is_new.set(true);
    };
    let result = core::search(&query, grounds, on_sighting, &mut |progress| {
        if is_new.get() && last.elapsed() >= EVERY {
            is_new.set(false);
            last = Instant::now();
            let _ = tell(told.so_far());
        }
        tell(News::Progress(progress))
    });
    let _ = tell(told.so_far());
    result
}

/// What is told of a search.
struct SearchReporter {
    /// Why live cannot be searched.
    no_live: Option<String>,
    snapshots: Arc<[Snapshot]>,
    findings: RefCell<Findings>,
}

impl SearchReporter {
    fn so_far(&self) -> News {
        let findings = self.findings.borrow();
        let no_live = self.no_live.iter().cloned();
        let no_live = no_live.map(|reason| (Place::Live, reason));
        News::Found(Box::new(Found {
            snapshots: Arc::clone(&self.snapshots),
            rows: findings.rows().to_vec(),
            has_more: findings.has_more(),
            failed: no_live.chain(findings.failed().iter().cloned()).collect(),
        }))
    }
}
