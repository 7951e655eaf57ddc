//! Schema-version tables, in which a migration tool records the schema's version. A restore keeps
//! the schema as it is, and so these tables too.

mod names;

use super::{Database, module::VirtualTable};
use crate::core::base::{
    error::Result,
    row::{Row, Table, Value},
};
use names::{
    BESIDE, KEYS, NAMES, TABLES_OF_ONE, VALUES, VERSION_COLUMNS, VERSION_ENDS, VERSIONS_OF_ONE,
};

impl Database {
    /// Returns whether a migration tool records the schema's version in a table, judged by its
    /// columns, and by its name or its content.
    pub(crate) fn is_schema_version(&self, table: &Table) -> Result<bool> {
        if has_the_shape(table) {
            return Ok(true);
        }
        let is_single = holds_only_a_version(table);
        if !is_single && !looks_like_one(table) {
            return Ok(false);
        }
        if !is_single && notes_version(table) {
            return Ok(true);
        }
        let rowid = self.rowid_name(&table.name)?;
        let sample = self.sample(table, rowid)?;
        Ok((!is_single || sample.len() == 1) && sample.iter().flatten().all(is_one_word))
    }
}

impl Database {
    /// Returns whether the table of this name is a schema-version table.
    pub(crate) fn is_named_schema_version(&self, name: &str) -> Result<bool> {
        match self.table(name) {
            Ok(Some(table)) => self.is_schema_version(&table),
            Ok(None) => Ok(false),
            Err(error) => {
                // A virtual table is never one, and its module may be missing here.
                let is_it = |table: &VirtualTable| table.name.eq_ignore_ascii_case(name);
                let is_virtual = self.virtual_tables()?.iter().any(is_it);
                if is_virtual { Ok(false) } else { Err(error) }
            }
        }
    }
}

/// Returns whether the name and columns are those of a schema-version table.
fn looks_like_one(table: &Table) -> bool {
    is_named_like_one(&table.name) && has_known_columns(table)
}

/// Returns whether a table of any name has the columns of a schema-version table: the version, when
/// it was applied, and nothing that such a table would not have.
fn has_the_shape(table: &Table) -> bool {
    const VERSION: [&str; 5] = [
        "migration",
        "migrationid",
        "version",
        "versionid",
        "versionnum",
    ];
    const APPLIED: [&str; 6] = ["applied", "executed", "installed", "migrated", "ran", "run"];
    let columns: Vec<String> = table.columns.iter().map(|column| plain(column)).collect();
    let has = |is_it: &dyn Fn(&str) -> bool| columns.iter().any(|column| is_it(column));
    let is_applied = |column: &str| APPLIED.iter().any(|verb| column.starts_with(verb));
    has(&|column| VERSION.contains(&column)) && has(&is_applied) && has_known_columns(table)
}

/// Returns whether a table has only columns for a version and for what such a table may record about
/// it. A table of content would have more than one row.
fn holds_only_a_version(table: &Table) -> bool {
    const BESIDE: [&str; 4] = ["createdat", "id", "timestamp", "updatedat"];
    let is_called_version = TABLES_OF_ONE.contains(&plain(&table.name).as_str());
    let is_version = |column: &str| {
        is_version_name(column) || (is_called_version && VERSIONS_OF_ONE.contains(&column))
    };
    let columns: Vec<String> = table.columns.iter().map(|column| plain(column)).collect();
    columns.iter().any(|column| is_version(column))
        && (columns.iter()).all(|column| is_version(column) || BESIDE.contains(&column.as_str()))
}

/// Returns whether a name, of a column or in a key, can only be that of the schema's version.
fn is_version_name(name: &str) -> bool {
    let name = plain(name);
    ["db", "database", "schema", "user"]
        .iter()
        .filter_map(|start| name.strip_prefix(start))
        .any(|end| VERSION_ENDS.contains(&end))
}

/// Where a table of other content may record the schema's version: in a column of its only row, or in a
/// row of keys and values.
pub(crate) struct RecordedVersion<'t> {
    table: &'t Table,
    key: Option<usize>,
    /// The column of the version.
    pub(crate) column: usize,
}

impl<'t> RecordedVersion<'t> {
    /// Returns where a table of this many rows may record it.
    pub(crate) fn of(table: &'t Table, rows: u64) -> Option<Self> {
        let mut columns = table.columns.iter();
        if let Some(column) = columns.position(|column| is_version_name(column)) {
            let key = None;
            return (rows == 1).then_some(Self { table, key, column });
        }
        let column = |names: &[&str]| {
            let mut columns = table.columns.iter();
            columns.position(|column| names.contains(&plain(column).as_str()))
        };
        let (key, column) = (Some(column(&KEYS)?), column(&VALUES)?);
        Some(Self { table, key, column })
    }

    /// Describes where a row records it; `None` if it does not.
    pub(crate) fn place(&self, row: &Row) -> Option<String> {
        let columns = &self.table.columns;
        let Some(key) = self.key else {
            return Some(columns[self.column].clone());
        };
        let Value::Text(name) = row.values.get(key)? else {
            return None;
        };
        let table = plain(&self.table.name);
        let mut of_schema = ["database", "db", "meta", "schema"].iter();
        let is_of_schema = of_schema.any(|start| table.starts_with(start));
        let is_version = is_version_name(name) || (is_of_schema && plain(name) == "version");
        is_version.then(|| format!("{} = {}", columns[key], row.values[key]))
    }
}

fn has_known_columns(table: &Table) -> bool {
    let is_known = |column: &String| {
        let column = plain(column);
        let known = [&VERSION_COLUMNS[..], &BESIDE];
        known.iter().any(|known| known.contains(&column.as_str()))
    };
    table.columns.iter().all(is_known)
}

fn is_named_like_one(name: &str) -> bool {
    let name = plain(name);
    let endings = ["migration", "migrations", "migrationslock", "migrationlock"];
    NAMES.contains(&name.as_str())
        || name.starts_with("schemamigration")
        || endings.iter().any(|ending| name.ends_with(ending))
}

fn notes_version(table: &Table) -> bool {
    let mut columns = table.columns.iter().map(|column| plain(column));
    columns.any(|column| VERSION_COLUMNS.contains(&column.as_str()))
}

/// The name of a migration has no spaces.
fn is_one_word(value: &Value) -> bool {
    match value {
        Value::Text(text) => !text.contains(' '),
        _ => true,
    }
}

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|letter| letter.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::{has_the_shape, holds_only_a_version, looks_like_one};
    use crate::core::base::row::Table;

    #[track_caller]
    fn is_one(sql_columns: &str, is_one: bool) {
        let (name, columns) = sql_columns.split_once('(').unwrap();
        let columns = columns.trim_end_matches(')').split(", ");
        let table = Table::keyless(name, columns.map(str::to_owned).collect());
        let found = looks_like_one(&table) || has_the_shape(&table) || holds_only_a_version(&table);
        assert_eq!(found, is_one, "{sql_columns}");
    }

    #[test]
    fn the_tables_of_migration_tools_are_known() {
        for table in [
            "django_migrations(id, app, name, applied)",
            "alembic_version(version_num)",
            "schema_migrations(version)",
            "schema_migrations(version, dirty)",
            "schema_migrations(version, inserted_at)",
            "ar_internal_metadata(key, value, created_at, updated_at)",
            "knex_migrations(id, name, batch, migration_time)",
            "knex_migrations_lock(index, is_locked)",
            "_prisma_migrations(id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count)",
            "__drizzle_migrations(id, hash, created_at)",
            "flyway_schema_history(installed_rank, version, description, type, script, checksum, installed_by, installed_on, execution_time, success)",
            "_sqlx_migrations(version, description, installed_on, success, checksum, execution_time)",
            "refinery_schema_history(version, name, applied_on, checksum)",
            "goose_db_version(id, version_id, is_applied, tstamp)",
            "migrations(id, timestamp, name)",
            "migrations(id, migration, batch)",
            "SequelizeMeta(name)",
            "room_master_table(id, identity_hash)",
            "grdb_migrations(identifier)",
            "_yoyo_migration(migration_hash, migration_id, applied_at_utc)",
            "_yoyo_log(id, migration_hash, migration_id, operation, username, hostname, comment, created_at_utc)",
            "_yoyo_version(version, installed_at_utc)",
            "yoyo_lock(locked, ctime, pid)",
            "migratehistory(id, name, migrated_at)",
            "DATABASECHANGELOG(ID, AUTHOR, FILENAME, DATEEXECUTED, ORDEREXECUTED, EXECTYPE, MD5SUM, DESCRIPTION, COMMENTS, TAG, LIQUIBASE, CONTEXTS, LABELS, DEPLOYMENT_ID)",
            "DATABASECHANGELOGLOCK(ID, LOCKED, LOCKGRANTED, LOCKEDBY)",
            "__EFMigrationsHistory(MigrationId, ProductVersion)",
            "aerich(id, version, app, content)",
            "seaql_migrations(version, applied_at)",
            "phinxlog(version, migration_name, start_time, end_time, breakpoint)",
            "doctrine_migration_versions(version, executed_at, execution_time)",
            "piccolo_migration(id, name, app_name, ran_on)",
            "south_migrationhistory(id, app_name, migration, applied)",
            "checkpoint_migrations(v)",
            "_sqlite_migrations(id, migration_set, name, applied_at)",
            "__diesel_schema_migrations(version, run_on)",
            "kysely_migration(name, timestamp)",
            "atlas_schema_revisions(version, description, type, applied, total, executed_at, execution_time, error, error_stmt, hash, partial_hashes, operator_version)",
            "typeorm_metadata(type, database, schema, table, name, value)",
            "schema_version(version)",
            "android_metadata(locale)",
            "play_evolutions(id, hash, applied_at, apply_script, revert_script, state, last_problem)",
            "bun_migrations(id, name, group_id, migrated_at)",
            "VersionInfo(Version, AppliedOn, Description)",
            "zz_meta(version, applied_at, checksum)",
            "_upgrades(id, migration, run_at)",
            "db_info(schema_version)",
            "version(v)",
            "app(id, db_version, updated_at)",
        ] {
            is_one(table, true);
        }
    }

    #[test]
    fn tables_that_are_only_called_like_one_are_not() {
        for table in [
            "migrations(id, species, from_place, to_place, name)",
            "bird_migrations(id, name, season)",
            "schema_versions(id, document, version)",
            "versions(id, version)",
            "changelog(id, text)",
            "aerich(id, street, house)",
            "migration_routes(id, name)",
            "users(id, name)",
            "meta(key, value)",
            "patches(version, applied_at, document, text)",
            "licences(version, accepted_at)",
            "version(id, version, content)",
            "documents(id, schema_version, text)",
            "settings(key, value)",
        ] {
            is_one(table, false);
        }
    }
}
