//! `unrewind prune`.

use serde_json::json;
use unrewind::core::Kind;

use super::{assert_fails, in_terminal, sample_chat};
use crate::sandbox::at;

#[test]
fn prune_with_dry_run_prints_its_plan_and_deletes_nothing() {
    let sandbox = sample_chat();
    let files = sandbox.files();
    let ran = sandbox.run(&["prune", "--dry-run"]);
    assert_eq!((ran.code, &*ran.err), (0, ""));
    insta::assert_snapshot!(ran.out, @r"
    keep    periodic/20210314T122000Z    43 B  damaged or unreadable, and no intact one in its place
    delete  rewind/20210314T121000Z    1.7 kB  older than 14 d
    keep    periodic/20210314T120000Z  1.3 kB  the newest
    1 snapshot to delete, 1.7 kB freed; 2 kept
    every row exists elsewhere, too
    ");
    assert_eq!(sandbox.files(), files);
}

#[test]
fn prune_deletes_what_its_plan_names() {
    let sandbox = sample_chat();
    let ran = sandbox.run(&["prune", "--yes"]);
    assert_eq!(
        (ran.code, &*ran.out, &*ran.err),
        (0, "deleted 1 snapshot, freed 1.7 kB\n", "")
    );
    assert_eq!(
        sandbox.files(),
        [
            "periodic/20210314T120000Z.json",
            "periodic/20210314T122000Z.json"
        ]
    );
    let again = sandbox.run(&["prune"]);
    assert_eq!(
        (again.code, again.out.lines().last()),
        (0, Some("nothing to delete; 2 snapshots kept"))
    );
}

#[test]
fn prune_with_json_lists_deleted_and_kept_snapshots() {
    let sandbox = sample_chat();
    let plan = sandbox.run(&["prune", "--dry-run", "--json"]).json();
    let path = |name: &str| format!("data/snapshots/{name}.json");
    let expected = json!({
        "delete": [{ "path": path("rewind/20210314T121000Z"), "reason": "older than 14 d" }],
        "keep": [
            {
                "path": path("periodic/20210314T122000Z"),
                "reason": "damaged or unreadable, and no intact one in its place"
            },
            { "path": path("periodic/20210314T120000Z"), "reason": "the newest" }
        ],
        "freed_bytes": sandbox.list()[1].size,
        "archived": null,
        "archived_first": 0,
        "held_nowhere_else": {}
    });
    assert_eq!(plan, expected);
    assert_eq!(sandbox.run(&["prune", "--yes", "--json"]).json(), expected);
    assert_eq!(sandbox.list().len(), 2);
}

#[test]
fn prune_applies_a_policy_to_one_kind() {
    let sandbox = sample_chat();
    for minute in 30..33 {
        sandbox.take(Kind::Rewind, at(minute));
    }
    let ran = sandbox.run(&["prune", "--kind", "rewind", "--keep", "2", "--yes"]);
    assert_eq!(ran.out, "deleted 2 snapshots, freed 3.7 kB\n");
    let rewinds = sandbox.files().split_off(2);
    assert_eq!(
        rewinds,
        [
            "rewind/20210314T123100Z.json",
            "rewind/20210314T123200Z.json"
        ]
    );
    let kept = sandbox
        .run(&[
            "prune",
            "--kind",
            "rewind",
            "--keep-within",
            "5000d",
            "--json",
        ])
        .json();
    assert_eq!(kept["delete"], json!([]));
    assert_eq!(kept["keep"][0]["reason"], "not older than 5,000 d");
}

#[test]
fn prune_applies_keep_to_periodic_and_keep_within_to_rewind_snapshots() {
    let sandbox = sample_chat();
    sandbox.take(Kind::Periodic, at(30));
    let ran = sandbox.run(&[
        "prune",
        "--keep",
        "1",
        "--keep-within",
        "5000d",
        "--dry-run",
    ]);
    insta::assert_snapshot!(ran.out, @r"
    keep    periodic/20210314T123000Z  2.0 kB  the newest
    delete  periodic/20210314T122000Z    43 B  beyond the newest 1
    keep    rewind/20210314T121000Z    1.7 kB  not older than 5,000 d
    delete  periodic/20210314T120000Z  1.3 kB  beyond the newest 1
    2 snapshots to delete, 1.4 kB freed; 2 kept
    ! periodic/20210314T122000Z cannot be read to the end, so rows of it may exist nowhere else
    ");
}

#[test]
fn prune_deletes_every_snapshot_only_with_force() {
    let sandbox = sample_chat();
    let files = sandbox.files();
    let hint = "hint: add --force if that is what you want\n";
    let cases: [(&[&str], &str); 3] = [
        (&["--keep", "0"], "periodic"),
        (&["--kind", "periodic", "--keep", "0"], "periodic"),
        (&["--kind", "rewind", "--keep-within", "0s"], "rewind"),
    ];
    for (policy, kind) in cases {
        let ran = sandbox.run(&[&["prune", "--yes"], policy].concat());
        let message =
            format!("unrewind: keeping 0 {kind} snapshots would delete every one of them\n{hint}");
        assert_fails(&ran, &message);
        assert_eq!(sandbox.files(), files);
    }
    let forced = sandbox.run(&[
        "prune", "--kind", "periodic", "--keep", "0", "--force", "--yes",
    ]);
    assert_eq!(
        (forced.code, sandbox.files()),
        (0, vec!["rewind/20210314T121000Z.json".to_owned()])
    );
}

#[test]
#[cfg_attr(windows, ignore = "wine has no pseudo-terminal")]
fn prune_asks_before_it_deletes() {
    let sandbox = sample_chat();
    let files = sandbox.files();
    let ran = sandbox.run(&["prune"]);
    assert_eq!((ran.code, &*ran.out), (1, ""));
    assert!(
        ran.err.contains("not a terminal, so Unrewind cannot ask"),
        "{}",
        ran.err
    );
    let (code, shown) = in_terminal(&sandbox, &["prune"], "n\n");
    assert_eq!(code, 1, "{shown}");
    assert!(
        shown.contains("Delete? [y/N] ") && shown.contains("nothing was deleted"),
        "{shown}"
    );
    assert_eq!(sandbox.files(), files);
    let (code, shown) = in_terminal(&sandbox, &["prune"], "y\n");
    assert_eq!((code, sandbox.files().len()), (0, 2), "{shown}");
}
