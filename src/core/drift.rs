//! Where the schema of live and the columns of a snapshot part, and what is compared all the same.

use super::{
    db::Database,
    error::Result,
    record::{Table, Value},
    snapshot::Contents,
};

/// How one table of live differs in shape from the snapshot's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Columns that live has and the snapshot lacks: restored rows get the column's default.
    pub added: Vec<String>,
    /// Columns that the snapshot has and live lacks: their values have no place.
    pub gone: Vec<String>,
}

impl Drift {
    /// Whether both have the same columns.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.gone.is_empty()
    }
}

/// The columns in which a table of live and of a snapshot are compared and restored.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) table: Table,
    /// What a row of the snapshot has in each column if the snapshot lacks the column.
    pub(crate) defaults: Vec<Value>,
    pub(crate) drift: Drift,
}

impl Shape {
    /// The shape of a table that both may have. A column that the snapshot lacks and whose default
    /// is another each time (the time of day, say) is not compared.
    pub(crate) fn of(live: &Table, contents: &Contents, database: &Database) -> Result<Self> {
        let mut table = live.clone();
        let mut defaults = vec![Value::Null; table.columns.len()];
        let mut drift = Drift::default();
        let Some(theirs) = contents.columns(&live.name)? else {
            return Ok(Self {
                table,
                defaults,
                drift,
            });
        };
        let has = |columns: &[String], name: &str| {
            columns
                .iter()
                .any(|column| column.eq_ignore_ascii_case(name))
        };
        drift.gone = theirs
            .iter()
            .filter(|column| !has(&live.columns, column))
            .cloned()
            .collect();
        for index in (0..live.columns.len())
            .rev()
            .filter(|&index| !has(&theirs, &live.columns[index]))
        {
            let column = &live.columns[index];
            drift.added.insert(0, column.clone());
            if let Some(value) = database.default_value(&live.name, column)? {
                defaults[index] = value;
            } else {
                table.columns.remove(index);
                defaults.remove(index);
                let key = table.key.iter().filter(|&&part| part != index);
                table.key = key.map(|&part| part - usize::from(part > index)).collect();
            }
        }
        Ok(Self {
            table,
            defaults,
            drift,
        })
    }
}
