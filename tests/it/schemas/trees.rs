//! R*Trees, and virtual tables without their module.

use unrewind::core::{Error, Kind, Scope, Tables};

use super::{Feature, any};
use crate::sandbox::at;

#[test]
fn r_trees() {
    let boxes = |module: &str, half: &str| {
        format!(
            "CREATE VIRTUAL TABLE boxes USING {module}(id, x0, x1, y0, y1, +name TEXT, +face BLOB);
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
             INSERT INTO boxes SELECT 301 - i, i{half}, i + 2{half}, i % 7{half}, i % 7 + 1{half}, 'box ' || i, randomblob(i % 3) FROM n"
        )
    };
    for (module, half) in [("rtree", " / 3.0"), ("rtree_i32", "")] {
        Feature {
            schema: &boxes(module, half),
            changes: "DELETE FROM boxes WHERE id % 3 = 0; UPDATE boxes SET x1 = x1 + 9, name = 'moved' WHERE id % 5 = 0;
                INSERT INTO boxes VALUES (1000, 1, 2, 3, 4, 'new', NULL)",
            asks: &[
                "SELECT id, x0, x1, y0, y1, name, face FROM boxes ORDER BY id",
                "SELECT count(*), sum(id) FROM boxes WHERE x0 > 10 AND x1 < 20 AND y0 < 3",
                "SELECT rtreecheck('boxes')",
            ],
        }
        .survives();
    }
}

#[test]
fn a_virtual_table_whose_module_is_missing_is_named() {
    let mut sandbox =
        any("CREATE TABLE notes (id INTEGER PRIMARY KEY); INSERT INTO notes VALUES (1)");
    // Only an application with the module could create it.
    sandbox.sql(
        "CREATE TABLE shapes_data (id INTEGER PRIMARY KEY, shape BLOB); INSERT INTO shapes_data VALUES (1, x'07');
         PRAGMA writable_schema = ON;
         INSERT INTO sqlite_schema VALUES ('table', 'shapes', 'shapes', 0, 'CREATE VIRTUAL TABLE shapes USING spatial(shape)');
         PRAGMA writable_schema = RESET",
    );
    let error = sandbox.try_take(Kind::Rewind, at(0)).unwrap_err();
    assert!(matches!(error, Error::Profile { .. }), "{error}");
    let what =
        "table shapes is made by the module spatial, which this SQLite lacks, so it cannot be read";
    assert!(error.to_string().ends_with(what), "{error}");
    assert_eq!(sandbox.files(), [""; 0]);
    // If it is excluded, everything else works, including the table in which its module stores its data.
    sandbox.profile.tables = Tables::Auto {
        exclude: vec!["shapes".to_owned()],
    };
    let before = sandbox.dump();
    let snapshot = sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("DELETE FROM shapes_data; DELETE FROM notes");
    sandbox.restore(&snapshot, Scope::Full).unwrap();
    assert_eq!(sandbox.dump(), before);
}
