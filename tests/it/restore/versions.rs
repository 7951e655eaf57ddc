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

#[test]
fn a_table_of_one_version_is_not_restored_but_one_of_versions_is() {
    let mut sandbox = Sandbox::with_schema(
        "CREATE TABLE db_info (schema_version INTEGER); CREATE TABLE version (v TEXT);
         CREATE TABLE versions (id INTEGER PRIMARY KEY, schema_version TEXT);
         INSERT INTO db_info VALUES (1); INSERT INTO version VALUES ('1.0');
         INSERT INTO versions VALUES (1, 'a'), (2, 'b')",
    );
    sandbox.profile.log = None;
    sandbox.profile.tables = Tables::Auto {
        exclude: Vec::new(),
    };
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE db_info SET schema_version = 2; UPDATE version SET v = '2.0'; UPDATE versions SET schema_version = 'x'");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(
        sandbox.rows("SELECT * FROM db_info, version"),
        ["2 | '2.0'"]
    );
    let versions = sandbox.rows("SELECT schema_version FROM versions");
    assert_eq!(versions, ["'a'", "'b'"]);
}

#[test]
fn the_plan_warns_of_a_version_among_other_rows() {
    let sandbox = Sandbox::with_schema(
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value);
         CREATE TABLE app (id INTEGER PRIMARY KEY, schema_version, owner);
         CREATE TABLE documents (id INTEGER PRIMARY KEY, schema_version, text);
         INSERT INTO settings VALUES ('schema_version', 4), ('theme', 'dark');
         INSERT INTO app VALUES (1, 'v1', 'mara'); INSERT INTO documents VALUES (1, 1, 'a'), (2, 1, 'b')",
    );
    let configuration = "log = \"none\"\ntables = \"auto\"";
    std::fs::write(sandbox.data().join("unrewind.toml"), configuration).unwrap();
    let run = |arguments: &[&str]| sandbox.run(arguments).out;
    run(&["take"]);
    sandbox.sql(
        "UPDATE settings SET value = 5 WHERE key = 'schema_version'; UPDATE app SET schema_version = 'v2';
         UPDATE documents SET schema_version = 2",
    );
    let plan = run(&["restore", "latest:rewind", "--dry-run"]);
    let ends = "but the schema does not; to keep it, restore only the other tables\n";
    for warning in [
        "settings records the schema's version (key = 'schema_version'): it changes from 5 to 4, ",
        "app records the schema's version (schema_version): it changes from 'v2' to 'v1', ",
    ] {
        assert!(plan.contains(&format!("! {warning}{ends}")), "{plan}");
    }
    assert!(!plan.contains("documents records"), "{plan}");
    sandbox.sql("UPDATE settings SET value = 4 WHERE key = 'schema_version'; DELETE FROM settings WHERE key = 'theme'");
    let plan = run(&["restore", "latest:rewind", "--dry-run"]);
    assert!(!plan.contains("settings records"), "{plan}");
}
