//! Where the columns of two sides part, and which are compared all the same.

use super::{
    db::Database,
    error::Result,
    record::{Table, Value, is_among},
    snapshot::Contents,
};

/// How a table's columns differ between two sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    /// Columns that only the one side has (live, of a restore).
    pub only_from: Vec<String>,
    /// Columns that only the other side has (the snapshot, of a restore).
    pub only_to: Vec<String>,
}

impl Drift {
    fn between(from: &[String], to: &[String]) -> Self {
        let missing = |from: &[String], to: &[String]| {
            from.iter()
                .filter(|column| !is_among(to, column))
                .cloned()
                .collect()
        };
        Self {
            only_from: missing(from, to),
            only_to: missing(to, from),
        }
    }

    /// Whether both have the same columns.
    pub fn is_empty(&self) -> bool {
        self.only_from.is_empty() && self.only_to.is_empty()
    }
}

/// The columns in which a table is compared.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub(crate) table: Table,
    /// What a side has in a column that it lacks.
    pub(crate) defaults: Vec<Value>,
    pub(crate) drift: Drift,
}

impl Shape {
    /// The shape to restore a table of live in: live's columns. In those that the snapshot lacks its
    /// rows have the column's default; one whose default is another each time (the time of day, say)
    /// is not compared. What live computes itself is not restored.
    pub(crate) fn to_restore(
        live: &Table,
        contents: &Contents,
        database: &Database,
    ) -> Result<Self> {
        let mut shape = Self {
            table: live.clone(),
            defaults: vec![Value::Null; live.columns.len()],
            drift: Drift::default(),
        };
        let Some(theirs) = contents.columns(&live.name)? else {
            return Ok(shape);
        };
        shape.drift = Drift::between(&live.columns, &theirs);
        let mut written = Vec::new();
        for column in std::mem::take(&mut shape.drift.only_to) {
            if !database.is_generated(&live.name, &column)? {
                written.push(column);
            }
        }
        shape.drift.only_to = written;
        for index in (0..live.columns.len())
            .rev()
            .filter(|&index| !is_among(&theirs, &live.columns[index]))
        {
            match database.default_value(&live.name, &live.columns[index])? {
                Some(value) => shape.defaults[index] = value,
                None => shape.leave_out(index),
            }
        }
        Ok(shape)
    }

    /// The shape to compare a table of two sides in: the columns that both have. `keyed` is the table
    /// as a database has it, which alone tells the key.
    pub(crate) fn to_compare(
        name: &str,
        from: &[String],
        to: &[String],
        keyed: Option<&Table>,
    ) -> Self {
        let columns: Vec<String> = from
            .iter()
            .filter(|column| is_among(to, column))
            .cloned()
            .collect();
        let mut table = Table {
            name: name.to_owned(),
            columns,
            key: Vec::new(),
            sorted: false,
        };
        if let Some(keyed) = keyed {
            let places = keyed
                .key
                .iter()
                .map(|&index| table.column(&keyed.columns[index]));
            table.key = places.collect::<Option<_>>().unwrap_or_default();
        }
        let defaults = vec![Value::Null; table.columns.len()];
        Self {
            table,
            defaults,
            drift: Drift::between(from, to),
        }
    }

    fn leave_out(&mut self, index: usize) {
        self.table.columns.remove(index);
        self.defaults.remove(index);
        self.table.key.retain(|&part| part != index);
        for part in &mut self.table.key {
            *part -= usize::from(*part > index);
        }
    }
}
