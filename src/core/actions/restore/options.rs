//! What to restore of a snapshot, and what a restore leaves out instead of failing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use crate::core::{
    actions::merge::MergeAnswers,
    base::{
        error::{Error, Result},
        profile::Profile,
        row::{RowKey, is_among},
    },
};

/// How much of live is restored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// The projected tables and the event log, exactly as in the snapshot.
    #[default]
    Full,
    /// The projected tables only; the log is not touched.
    Tables,
}

/// What happens to what live has and the snapshot lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newer {
    /// It is removed; the safety snapshot keeps it.
    #[default]
    Drop,
    /// It stays: both are merged.
    Keep,
}

/// What happens to columns and tables of the snapshot that live lacks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Missing {
    /// The restore is refused.
    #[default]
    Refuse,
    /// They are left out.
    LeaveOut,
}

/// What happens to rows of the snapshot that would refer to a row which live lacks, too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dangling {
    /// The restore is refused, except for that of a safety snapshot: live was like this.
    #[default]
    Refuse,
    /// They come back as in the snapshot.
    Keep,
}

/// What happens to tables that this SQLite cannot write.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unwritable {
    /// The restore is refused.
    #[default]
    Refuse,
    /// Tables for which this SQLite lacks something of the application are left out.
    LeaveOutLacking,
    /// All of them are left out, and stay as they are.
    LeaveOut,
}

/// What happens to rows whose key live has with other content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// They become as in the snapshot.
    #[default]
    Replace,
    /// They stay as live has them, and no row is deleted: only rows whose key live lacks are inserted.
    Keep,
    /// They become as in the snapshot, and chosen rows that the snapshot lacks are deleted: the undo
    /// of a restore of rows.
    Revert,
}

/// What happens to rows that chosen ones refer to, where live lacks them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parents {
    /// The restore is refused if there are any.
    #[default]
    Refuse,
    /// They are inserted, and those that they refer to in turn; none that live has is changed.
    Insert,
}

/// What happens to rows of the snapshot that refer to chosen ones, where live lacks them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dependents {
    /// They are not restored.
    #[default]
    Leave,
    /// They are inserted, and those that refer to them in turn; none that live has is changed.
    Insert,
}

/// One row of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowOf {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: RowKey,
}

impl RowOf {
    /// Returns the rows that a note names.
    pub(super) fn in_note(rows: &BTreeMap<String, Vec<Json>>) -> Vec<Self> {
        let rows = rows
            .iter()
            .flat_map(|(table, keys)| keys.iter().map(move |key| (table, key)));
        let row = |(table, key): (&String, &Json)| {
            Some(Self {
                table: table.clone(),
                key: RowKey::from_json(key)?,
            })
        };
        rows.filter_map(row).collect()
    }
}

/// What to restore of a snapshot, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RestoreOptions {
    /// How much of live is restored.
    pub scope: Scope,
    /// Only these tables; if empty, all tables of the scope.
    pub tables: Vec<String>,
    /// Only these rows; if empty, all rows of the tables.
    pub rows: Vec<RowOf>,
    /// What happens to rows whose key live has with other content.
    pub existing: Existing,
    /// What happens to rows that chosen ones refer to.
    pub parents: Parents,
    /// What happens to rows that refer to chosen ones.
    pub dependents: Dependents,
    /// What happens to what live has and the snapshot lacks.
    pub newer: Newer,
    /// The decisions about what both changed differently, if they are merged.
    pub answers: MergeAnswers,
    /// What happens to columns and tables that live lacks.
    pub missing: Missing,
    /// What happens to rows that would refer to a missing row.
    pub dangling: Dangling,
    /// What happens to tables that this SQLite cannot write.
    pub unwritable: Unwritable,
}

impl RestoreOptions {
    /// Returns whether only some rows of the tables are restored.
    pub fn is_of_rows(&self) -> bool {
        !self.rows.is_empty() || self.existing == Existing::Keep
    }

    /// Returns whether rows that cannot be inserted beside others are left out and named.
    pub(super) fn leaves_rows_out(&self) -> bool {
        self.existing == Existing::Keep || self.newer == Newer::Keep
    }

    /// Returns whether events are among the chosen rows.
    pub fn names_events(&self, profile: &Profile) -> bool {
        self.rows.iter().any(|row| profile.is_log(&row.table))
    }

    /// Returns the ids of the chosen events, if any are chosen; fails if anything else is chosen too.
    pub(in crate::core::actions) fn events(
        &self,
        profile: &Profile,
    ) -> Result<Option<BTreeSet<i64>>> {
        if !self.names_events(profile) {
            return Ok(None);
        }
        let refused = |what: String| Error::TableChoice {
            what,
            missing: Vec::new(),
        };
        let alone = Self {
            existing: Existing::default(),
            parents: Parents::default(),
            dependents: Dependents::default(),
            ..self.clone()
        };
        let is_log = |row: &RowOf| profile.is_log(&row.table);
        let is_part = self.scope != Scope::Full || !self.tables.is_empty();
        if is_part || alone != *self || !self.rows.iter().all(is_log) {
            let what = "events and rows cannot be restored together: choose only events, which bring the rows that they make, or only rows";
            return Err(refused(what.to_owned()));
        }
        let id = |row: &RowOf| {
            let key = &row.key;
            let wrong = || {
                refused(format!(
                    "an event is named by its id, and {key} is not an id"
                ))
            };
            key.integer().ok_or_else(wrong)
        };
        self.rows.iter().map(id).collect::<Result<_>>().map(Some)
    }

    /// Returns the options with the tables that they imply: those of the chosen rows. If no row of live
    /// may change, the log is among them only if it is named.
    pub(super) fn with_implied_tables(&self) -> Self {
        let mut options = self.clone();
        for row in &self.rows {
            if !is_among(&options.tables, &row.table) {
                options.tables.push(row.table.clone());
            }
        }
        if self.existing == Existing::Keep && options.tables.is_empty() {
            options.scope = Scope::Tables;
        }
        options
    }

    /// Returns the options with one changed so that a restore would not fail with this error;
    /// `None` if no option would help.
    pub fn conceding(&self, error: &Error) -> Option<Self> {
        let mut options = self.clone();
        match error {
            Error::SchemaDrift { .. } => options.missing = Missing::LeaveOut,
            Error::TableChoice { missing, .. } if !missing.is_empty() => {
                // The log may be among them.
                options.scope = Scope::Full;
                options.tables.extend(missing.iter().cloned());
            }
            Error::Parents { .. } => options.parents = Parents::Insert,
            Error::ForeignKey { .. } => options.dangling = Dangling::Keep,
            Error::Unwritable { .. }
            | Error::Row { .. }
            | Error::Unequal { .. }
            | Error::FullText { .. } => options.unwritable = Unwritable::LeaveOut,
            _ => return None,
        }
        (options != *self).then_some(options)
    }
}

impl From<Scope> for RestoreOptions {
    fn from(scope: Scope) -> Self {
        Self {
            scope,
            ..Self::default()
        }
    }
}
