//! Tables in which a migration tool records the schema's version: a restore leaves them as in live.

use unrewind::core::{Kind, RestoreOptions, Scope, Snapshot, Tables};

use crate::sandbox::{Sandbox, at};

/// A database with a schema-version table, and a snapshot from before its last migration.
fn migrated() -> (Sandbox, Snapshot) {
    let mut sandbox = Sandbox::with_schema(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
         CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
         INSERT INTO alembic_version VALUES ('a1'); INSERT INTO notes VALUES (1, 'kept')",
    );
    sandbox.profile.log = None;
    sandbox.profile.tables = Tables::Auto {
        exclude: Vec::new(),
    };
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE alembic_version SET version_num = 'b2'; DELETE FROM notes");
    (sandbox, snapshot)
}

fn state(sandbox: &Sandbox) -> [Vec<String>; 2] {
    ["SELECT * FROM alembic_version", "SELECT text FROM notes"].map(|sql| sandbox.rows(sql))
}

#[test]
fn a_restore_leaves_the_schema_version_unchanged() {
    let (sandbox, snapshot) = migrated();
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    assert_eq!(plan.versions.len(), 1);
    assert!(plan.versions[0].differs && plan.versions[0].table == "alembic_version");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(state(&sandbox), [["'b2'"], ["'kept'"]]);
    assert!(sandbox.plan(&snapshot, Scope::Full).unwrap().is_empty());
}

#[test]
fn the_checkpoint_has_lives_schema_version() {
    let (sandbox, snapshot) = migrated();
    let checkpoint = sandbox.restore(&snapshot, Scope::Full).unwrap().checkpoint;
    let text = std::fs::read_to_string(checkpoint.unwrap().path).unwrap();
    assert!(text.contains("b2") && text.contains("kept"), "{text}");
}

#[test]
fn a_schema_version_table_is_restored_if_it_is_named() {
    let (sandbox, snapshot) = migrated();
    let options = RestoreOptions {
        tables: vec!["alembic_version".to_owned()],
        ..RestoreOptions::default()
    };
    sandbox.restore(&snapshot, options).unwrap();
    assert_eq!(state(&sandbox), [vec!["'a1'".to_owned()], Vec::new()]);
}

#[test]
fn a_profile_without_the_schema_version_accepts_a_snapshot_with_it() {
    let (mut sandbox, snapshot) = migrated();
    sandbox.profile.tables = Tables::Auto {
        exclude: vec!["alembic_version".to_owned()],
    };
    let plan = sandbox.plan(&snapshot, Scope::Full).unwrap();
    assert!(!plan.versions[0].differs && plan.versions[0].table == "alembic_version");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(state(&sandbox), [["'b2'"], ["'kept'"]]);
}

#[test]
fn the_plan_says_that_the_schema_version_is_not_restored() {
    let (sandbox, _) = migrated();
    std::fs::write(
        sandbox.data().join("unrewind.toml"),
        "log = \"none\"\ntables = \"auto\"",
    )
    .unwrap();
    let ran = sandbox.run(&["restore", "latest:rewind", "--dry-run"]);
    let warning =
        "! schema version table alembic_version is not restored; it differs from the snapshot\n";
    assert!(ran.out.contains(warning), "{}{}", ran.out, ran.err);
}
