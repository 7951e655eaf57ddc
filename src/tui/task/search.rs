//! Searching for the search screen: results are reported while the search goes on.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Reply, Report};
use crate::core::{
    self, Archived, Case, Finding, Findings, Kind, Place, Query, Result, SearchScope, Snapshot,
    Syntax, Workspace, unattended,
};

/// What to search for, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchRequest {
    /// The text, or the regular expression.
    pub text: String,
    /// Which of both it is.
    pub syntax: Syntax,
    /// In snapshots of this kind; `None` means both.
    pub kind: Option<Kind>,
    /// In this table; `None` means all.
    pub table: Option<String>,
}

/// What a search has found.
#[derive(Debug)]
pub enum SearchReply {
    /// What was found so far.
    Found(Box<FindingsSoFar>),
    /// It has ended.
    Over(Result<()>),
}

/// What was found so far.
#[derive(Clone, Debug)]
pub struct FindingsSoFar {
    /// The snapshots that are searched, newest first.
    pub snapshots: Arc<[Snapshot]>,
    /// The rows that contain the text.
    pub rows: Vec<Finding>,
    /// Whether more rows were found than are kept.
    pub has_more: bool,
    /// The sides that could not be searched, and why.
    pub failed: Vec<(Place, String)>,
}

impl SearchRequest {
    pub(super) fn fetch(self, workspace: &Workspace, report: Report<'_>) -> SearchReply {
        SearchReply::Over(search(self, workspace, report))
    }
}

/// The most rows that are shown.
const MOST: usize = 1000;
/// The shortest time between two reports.
const EVERY: Duration = Duration::from_millis(100);

/// Searches live and all snapshots.
fn search(request: SearchRequest, workspace: &Workspace, report: Report<'_>) -> Result<()> {
    let query = Query::new(&request.text, request.syntax, Case::Smart)?;
    let query = query.in_tables(request.table.into_iter().collect());
    let kinds = request.kind.map_or(Kind::ALL.to_vec(), |kind| vec![kind]);
    let snapshots = workspace
        .store
        .list_readable(&kinds, Archived::Here, &mut unattended)?
        .snapshots;
    let live = workspace.database();
    let reporter = SearchReporter {
        no_live: live.as_ref().err().map(ToString::to_string),
        snapshots: snapshots.into(),
        findings: RefCell::new(Findings::at_most(MOST)),
    };
    let _ = report(reporter.so_far());
    let scope = SearchScope {
        profile: &workspace.profile,
        live: live.as_ref().ok(),
        snapshots: &reporter.snapshots,
        cache: &workspace.cache,
        store: &workspace.store,
        most: MOST,
    };
    let (mut last, is_new) = (Instant::now(), Cell::new(false));
    let on_event = &mut |event| {
        reporter.findings.borrow_mut().add(event);
        is_new.set(true);
    };
    let result = core::search(&query, scope, on_event, &mut |progress| {
        if is_new.get() && last.elapsed() >= EVERY {
            is_new.set(false);
            last = Instant::now();
            let _ = report(reporter.so_far());
        }
        report(Reply::Progress(progress))
    });
    let _ = report(reporter.so_far());
    result
}

/// Collects the reply to a search.
struct SearchReporter {
    /// Why live cannot be searched.
    no_live: Option<String>,
    snapshots: Arc<[Snapshot]>,
    findings: RefCell<Findings>,
}

impl SearchReporter {
    fn so_far(&self) -> Reply {
        let findings = self.findings.borrow();
        let no_live = self.no_live.iter().cloned();
        let no_live = no_live.map(|reason| (Place::Live, reason));
        let found = SearchReply::Found(Box::new(FindingsSoFar {
            snapshots: Arc::clone(&self.snapshots),
            rows: findings.rows().to_vec(),
            has_more: findings.has_more(),
            failed: no_live.chain(findings.failed().iter().cloned()).collect(),
        }));
        Reply::Search(found)
    }
}
