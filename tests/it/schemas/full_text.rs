//! Full-text indexes of every kind: after a restore each finds what it found before, and is sound.

use unrewind::core::{Kind, Scope};

use super::{Feature, any};
use crate::sandbox::at;

const NOTES: &str = "CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT, body TEXT);";
const ROWS: &str = ";INSERT INTO notes VALUES (1, 'Lamp', 'burns bright'), (2, 'Boat', 'leaks and burns'), (5, NULL, 'bright boat')";
const CHANGES: &str =
    "DELETE FROM notes WHERE id = 1; UPDATE notes SET body = 'is dry' WHERE id = 2;
    INSERT INTO notes VALUES (3, 'Burns', 'the poet')";
const FOUND: &[&str] = &[
    "SELECT rowid FROM found WHERE found MATCH 'burns' ORDER BY rowid",
    "SELECT rowid FROM found WHERE found MATCH 'title:boat' ORDER BY rowid",
    "SELECT rowid FROM found WHERE found MATCH 'poet' ORDER BY rowid",
];

/// Triggers that maintain the index `found` of `notes` with these statements.
fn triggers(remove: &str) -> String {
    let add = "INSERT INTO found (rowid, title, body) VALUES (new.id, new.title, new.body);";
    format!(
        "CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN {add} END;
         CREATE TRIGGER notes_bd BEFORE DELETE ON notes BEGIN {remove} END;
         CREATE TRIGGER notes_bu BEFORE UPDATE ON notes BEGIN {remove} END;
         CREATE TRIGGER notes_au AFTER UPDATE ON notes BEGIN {add} END"
    )
}

const REMOVE_OLD: &str =
    "INSERT INTO found (found, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);";
const REMOVE: &str = "DELETE FROM found WHERE rowid = old.id;";
/// A trigger that maintains no index.
const STAMP: &str = ";CREATE TABLE stamps (note INTEGER); CREATE TRIGGER stamps AFTER UPDATE ON notes BEGIN INSERT INTO stamps VALUES (new.id); END";

fn survives(index: &str, remove: Option<&str>) {
    for more in ["", STAMP] {
        let triggers = remove.map_or(String::new(), triggers);
        Feature {
            schema: &format!("{NOTES} {index}; {triggers} {more} {ROWS}"),
            changes: CHANGES,
            asks: FOUND,
        }
        .survives();
    }
}

#[test]
fn indexes_of_a_table() {
    survives(
        "CREATE VIRTUAL TABLE found USING fts5 (title, body, content = 'notes', content_rowid = 'id')",
        Some(REMOVE_OLD),
    );
    survives(
        r#"CREATE VIRTUAL TABLE "found" USING FTS5 (title, body, content="notes", content_rowid=id, tokenize='porter unicode61', prefix='2 3')"#,
        Some(REMOVE_OLD),
    );
    survives(
        "CREATE VIRTUAL TABLE found USING fts4 (content=\"notes\", title, body)",
        Some(REMOVE),
    );
}

#[test]
fn contentless_indexes() {
    survives(
        "CREATE VIRTUAL TABLE found USING fts5 (title, body, content = '')",
        Some(REMOVE_OLD),
    );
    survives(
        "CREATE VIRTUAL TABLE found USING fts5 (title, body, content = '', contentless_delete = 1)",
        Some(REMOVE),
    );
}

#[test]
fn a_contentless_index_of_an_older_version() {
    // Such an index can only grow.
    let schema = format!(
        "{NOTES} CREATE VIRTUAL TABLE found USING fts4 (content='', title, body);
         CREATE TRIGGER notes_ai AFTER INSERT ON notes BEGIN INSERT INTO found (docid, title, body) VALUES (new.id, new.title, new.body); END
         {ROWS}"
    );
    Feature {
        schema: &schema,
        changes: "INSERT INTO notes VALUES (3, 'Burns', 'the poet')",
        asks: FOUND,
    }
    .survives();
}

#[test]
fn indexes_with_their_own_text() {
    for module in ["fts5", "fts4", "fts3"] {
        survives(
            &format!("CREATE VIRTUAL TABLE found USING {module} (title, body)"),
            Some(REMOVE),
        );
    }
}

#[test]
fn texts_stored_only_in_an_index() {
    for module in [
        "fts5 (title, body, tag UNINDEXED)",
        "fts4 (title, body, tag, notindexed=tag)",
    ] {
        Feature {
            schema: &format!(
                "CREATE VIRTUAL TABLE found USING {module};
                 INSERT INTO found (rowid, title, body, tag) VALUES (7, 'Lamp', 'burns', 1), (3, 'Boat', 'burns', NULL), (-1, '', NULL, x'00')"
            ),
            changes: "DELETE FROM found WHERE rowid = 7; UPDATE found SET title = 'burns' WHERE rowid = 3; INSERT INTO found (title) VALUES ('poet')",
            asks: &[FOUND[0], FOUND[1], "SELECT rowid, * FROM found ORDER BY rowid"],
        }
        .survives();
    }
}

#[test]
fn an_index_called_rowid() {
    for module in ["fts5", "fts4"] {
        Feature {
            schema: &format!(
                "CREATE VIRTUAL TABLE rowid USING {module} (title, body);
                 INSERT INTO rowid (oid, title, body) VALUES (7, 'Lamp', 'burns'), (3, 'Boat', 'burns')"
            ),
            changes: "DELETE FROM rowid WHERE oid = 7; UPDATE rowid SET title = 'burns' WHERE oid = 3; INSERT INTO rowid (title) VALUES ('poet')",
            asks: &["SELECT oid, title FROM rowid WHERE rowid MATCH 'burns' ORDER BY oid"],
        }
        .survives();
    }
}

#[test]
fn texts_with_locales() {
    Feature {
        schema: "CREATE VIRTUAL TABLE found USING fts5 (title, body, locale=1);
            INSERT INTO found VALUES (fts5_locale('en_GB', 'lamp'), 'burns'), ('boat', fts5_locale('de', 'burns'))",
        changes: "DELETE FROM found WHERE rowid = 1; INSERT INTO found VALUES (fts5_locale('fr', 'poet'), 'burns')",
        asks: &[
            FOUND[0],
            "SELECT rowid, title, body, fts5_get_locale(found, 0), fts5_get_locale(found, 1)
                FROM found WHERE found MATCH 'burns' ORDER BY rowid",
        ],
    }
    .survives();
}

#[test]
fn texts_in_several_languages() {
    Feature {
        schema: "CREATE VIRTUAL TABLE found USING fts4 (title, body, languageid='lid');
            INSERT INTO found (docid, title, body, lid) VALUES (1, 'Lamp', 'burns', 0), (2, 'Boot', 'burns', 7)",
        changes: "UPDATE found SET lid = 3 WHERE docid = 1; DELETE FROM found WHERE docid = 2",
        asks: &["SELECT docid, lid, * FROM found", "SELECT docid FROM found WHERE found MATCH 'burns' AND lid = 7"],
    }
    .survives();
}

#[test]
fn an_index_of_some_rows_only() {
    let add = "INSERT INTO found (rowid, title, body) VALUES (new.id, new.title, new.body);";
    for (index, more) in [
        ("fts5 (title, body, content=notes, content_rowid=id)", ""),
        ("fts4 (content=\"notes\", title, body)", ""),
        ("fts5 (title, body, content=notes, content_rowid=id)", STAMP),
    ] {
        let remove = if index.starts_with("fts5") {
            REMOVE_OLD
        } else {
            REMOVE
        };
        Feature {
            schema: &format!(
                "{NOTES} CREATE VIRTUAL TABLE found USING {index};
                 CREATE TRIGGER notes_ai AFTER INSERT ON notes WHEN new.title <> 'Boat' BEGIN {add} END;
                 CREATE TRIGGER notes_bd BEFORE DELETE ON notes WHEN old.title <> 'Boat' BEGIN {remove} END {more} {ROWS}"
            ),
            changes: "DELETE FROM notes WHERE id = 1; INSERT INTO notes VALUES (3, 'Burns', 'the poet')",
            asks: FOUND,
        }
        .survives();
    }
}

#[test]
fn a_vocabulary_table_is_not_part_of_a_snapshot() {
    Feature {
        schema: &format!(
            "{NOTES} CREATE VIRTUAL TABLE found USING fts5 (title, body, content=notes, content_rowid=id);
             CREATE VIRTUAL TABLE words USING fts5vocab (found, row); {} {ROWS}",
            triggers(REMOVE_OLD)
        ),
        changes: CHANGES,
        asks: &["SELECT * FROM words"],
    }
    .survives();
}

#[test]
fn an_index_without_triggers_is_rebuilt() {
    let sandbox = any(&format!(
        "{NOTES} CREATE VIRTUAL TABLE found USING fts5 (title, body, content=notes, content_rowid=id) {ROWS};
         INSERT INTO found (found) VALUES ('rebuild')"
    ));
    let before = super::results(&sandbox, FOUND);
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql(&format!(
        "{CHANGES}; INSERT INTO found (found) VALUES ('rebuild')"
    ));
    assert_ne!(super::results(&sandbox, FOUND), before);
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(super::results(&sandbox, FOUND), before);
    sandbox.sql("INSERT INTO found (found, rank) VALUES ('integrity-check', 1)");
}
