//! The library as another program uses it, without the features `cli` and `tui`.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use chrono::Utc;
use tempfile::TempDir;
use unrewind::{
    CancellationToken, Depth, Error, Kind, Profile, Query, RestoreOptions, Safety, SearchEvent,
    Workspace,
};

fn demo() -> (TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    unrewind::make_demo(folder.path(), &Profile::default(), Utc::now()).unwrap();
    let workspace = Workspace::open(folder.path()).unwrap();
    (folder, workspace)
}

fn hits(workspace: &Workspace, text: &str) -> usize {
    let query = Query::new(text, unrewind::Syntax::Text, unrewind::Case::Smart).unwrap();
    let mut hits = 0;
    let search = workspace.search(&query, |event| {
        hits += usize::from(matches!(event, SearchEvent::Hit(_)));
    });
    search.unwrap();
    hits
}

#[test]
fn recover_undo_and_redo_change_live_and_back() {
    let (_folder, workspace) = demo();
    let before = workspace.show(None).unwrap();
    let plan = workspace.plan_recover(RestoreOptions::default()).unwrap();
    let plan = plan.expect("the demonstration ends with a bad rewind");
    let events = plan.events_back();
    assert!(events > 0);

    let restored = workspace.apply(plan, Safety::default()).unwrap();
    let back = workspace.show(None).unwrap();
    assert_ne!(back, before);
    assert!(restored.safety_snapshot.is_some() && restored.checkpoint.is_some());
    assert!(
        workspace
            .plan_recover(RestoreOptions::default())
            .unwrap()
            .is_none()
    );

    let undo = workspace.plan_undo().unwrap();
    workspace.apply(undo, Safety::default()).unwrap();
    assert_eq!(workspace.show(None).unwrap(), before);
    let redo = workspace.plan_redo().unwrap();
    workspace.apply(redo, Safety::default()).unwrap();
    assert_eq!(workspace.show(None).unwrap(), back);
}

#[test]
fn a_snapshot_taken_is_listed_equals_live_and_is_sound() {
    let (_folder, workspace) = demo();
    let taken = workspace.take(Kind::Rewind).unwrap().snapshot;
    let names = |kinds: &[Kind]| -> Vec<String> {
        let snapshots = workspace.list(kinds).unwrap();
        snapshots.iter().map(unrewind::Snapshot::name).collect()
    };
    assert!(names(&[Kind::Rewind]).contains(&taken.name()));
    assert!(!names(&[Kind::Periodic]).contains(&taken.name()));
    assert!(workspace.diff(None, Some(&taken), &[]).unwrap().is_empty());
    assert_eq!(
        workspace.show(Some(&taken)).unwrap(),
        workspace.show(None).unwrap()
    );
    let found = workspace.verify(&taken, Depth::Deep).unwrap();
    assert_eq!((found.problem, found.restores), (None, Some(true)));
}

#[test]
fn a_search_finds_only_texts_that_exist() {
    let (_folder, workspace) = demo();
    assert!(hits(&workspace, "lighthouse") > 0);
    assert_eq!(hits(&workspace, "no row holds this"), 0);
}

#[test]
fn prune_deletes_exactly_what_its_plan_names() {
    let (_folder, workspace) = demo();
    let mut profile = workspace.profile().clone();
    profile.periodic.keep = 1;
    let workspace = workspace.to_builder().profile(profile).build();
    let plan = workspace.prune_plan().unwrap();
    let deleted: Vec<_> = plan
        .deleted()
        .map(|one| one.snapshot.path.clone())
        .collect();
    let kept: Vec<_> = plan.kept().map(|one| one.snapshot.path.clone()).collect();
    assert!(!deleted.is_empty() && !kept.is_empty());
    workspace.prune(plan).unwrap();
    assert!(deleted.iter().all(|path| !path.exists()));
    assert!(kept.iter().all(|path| path.exists()));
}

#[test]
fn operations_report_progress_and_can_be_cancelled() {
    let (_folder, workspace) = demo();
    let reports = Arc::new(AtomicU64::new(0));
    let (counted, token) = (Arc::clone(&reports), CancellationToken::default());
    let workspace = workspace
        .to_builder()
        .on_progress(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Continue(())
        })
        .cancelled_by(token.clone())
        .build();
    workspace.take(Kind::Rewind).unwrap();
    assert!(reports.load(Ordering::Relaxed) > 0);

    let before = workspace.list(&Kind::ALL).unwrap();
    token.cancel();
    assert!(matches!(
        workspace.take(Kind::Rewind),
        Err(Error::Cancelled)
    ));
    assert_eq!(workspace.list(&Kind::ALL).unwrap(), before);
}

#[test]
fn a_missing_folder_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing");
    assert!(matches!(Workspace::open(&missing), Err(Error::NoFile { path }) if path == missing));
}
