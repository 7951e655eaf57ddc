//! The rows of one table of one side, one at a time, in the columns that the caller asks for: the
//! cursor maps the side's columns to them. The difference, the rows screens, exports and moments
//! read through it.

use crate::core::{
    base::{
        error::Result,
        profile::Profile,
        row::{Key, Row, Table, ValueRef},
    },
    db::{Database, LiveRows, OnBytes, PrefetchedRows, Schema, Select, SortedRows},
    file::{
        json::{RowDecoder, RowEncoder, TableReader},
        snapshot::Contents,
    },
};

/// The live database as a side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Live<'a> {
    pub(crate) database: &'a Database,
    pub(crate) profile: &'a Profile,
    pub(crate) schema: &'a Schema,
    /// The event after which to read; earlier ones are ignored.
    pub(crate) after: Option<i64>,
    /// The last event to read; later ones are ignored.
    pub(crate) up_to: Option<i64>,
}

/// A cursor over rows. A column that the side lacks is NULL.
pub(crate) struct RowCursor<'r> {
    rows: RowSource<'r>,
    table: &'r Table,
    /// For each column, its index in the source, if the source has columns of its own.
    places: Vec<Option<usize>>,
    is_there: bool,
    is_loaded: bool,
    encoder: Option<RowEncoder>,
    encoded: Vec<u8>,
}

/// Where rows come from.
enum RowSource<'r> {
    /// A side that lacks the table.
    Nothing,
    Snapshot(Box<TableReader<'r>>),
    Live(LiveRows<'r>),
    Prefetched(PrefetchedRows<'r>),
    Sorted(SortedRows<'r>, RowDecoder),
}

impl<'r> RowCursor<'r> {
    fn new(rows: RowSource<'r>, table: &'r Table) -> Self {
        Self {
            rows,
            table,
            places: Vec::new(),
            is_there: false,
            is_loaded: false,
            encoder: None,
            encoded: Vec::new(),
        }
    }

    /// Returns a cursor before the first row of a snapshot's table.
    pub(crate) fn of_snapshot(contents: &'r Contents, table: &'r Table) -> Self {
        match contents.reader(&table.name) {
            Some(reader) => Self::of_reader(reader, table),
            None => Self::new(RowSource::Nothing, table),
        }
    }

    /// Returns a cursor over the rows of a reader.
    pub(crate) fn of_reader(reader: TableReader<'r>, table: &'r Table) -> Self {
        Self::new(RowSource::Snapshot(Box::new(reader)), table)
    }

    /// Returns a cursor over rows of live with the columns of `table`.
    pub(crate) fn of_live(rows: LiveRows<'r>, table: &'r Table) -> Self {
        Self::new(RowSource::Live(rows), table)
    }

    /// Returns a cursor over sorted rows with the columns of `table`.
    pub(crate) fn of_sorted(rows: SortedRows<'r>, table: &'r Table) -> Self {
        Self::new(RowSource::Sorted(rows, RowDecoder::default()), table)
    }

    /// Moves to the next row; returns false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.is_loaded = false;
        self.is_there = match &mut self.rows {
            RowSource::Nothing => false,
            RowSource::Snapshot(rows) => rows.advance()?,
            RowSource::Live(rows) => rows.advance()?,
            RowSource::Prefetched(rows) => rows.advance()?,
            RowSource::Sorted(rows, _) => rows.advance()?,
        };
        Ok(self.is_there)
    }

    /// Returns whether there is a current row.
    pub(crate) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Returns about how many bytes of the table were read, for progress.
    pub(crate) fn passed(&self) -> u64 {
        match &self.rows {
            RowSource::Nothing | RowSource::Live(_) => 0,
            RowSource::Snapshot(rows) => rows.passed(),
            RowSource::Prefetched(rows) => rows.passed(),
            RowSource::Sorted(rows, _) => rows.passed(),
        }
    }

    /// Returns the row's bytes, if the side has them without encoding the row.
    pub(crate) fn raw(&mut self) -> Result<Option<&[u8]>> {
        match &mut self.rows {
            RowSource::Snapshot(rows) => rows.bytes().map(Some),
            RowSource::Sorted(rows, _) => Ok(Some(rows.encoded())),
            _ => Ok(None),
        }
    }

    /// Returns whether this row and that of another cursor have the same bytes. If so, both are
    /// consumed, and only [`Self::advance`] may follow.
    pub(crate) fn is_same(&mut self, other: &mut RowCursor<'_>) -> Result<bool> {
        match (&mut self.rows, &mut other.rows) {
            // A snapshot's row is compared without searching for its end.
            (RowSource::Snapshot(_), RowSource::Live(_) | RowSource::Prefetched(_)) => {
                other.is_same(self)
            }
            (_, RowSource::Snapshot(rows)) => rows.is(self.bytes()?),
            _ => Ok(self.bytes()? == other.bytes()?),
        }
    }

    /// Returns the row's bytes as the side has them.
    fn bytes(&mut self) -> Result<&[u8]> {
        match &mut self.rows {
            RowSource::Nothing => Ok(&[]),
            RowSource::Snapshot(rows) => rows.bytes(),
            RowSource::Live(rows) => Ok(rows.encoded()),
            RowSource::Prefetched(rows) => Ok(rows.encoded()),
            RowSource::Sorted(rows, _) => Ok(rows.encoded()),
        }
    }

    /// Returns the row as a snapshot stores it, in these columns.
    pub(crate) fn encoded(&mut self) -> Result<&[u8]> {
        self.load()?;
        match &self.rows {
            RowSource::Snapshot(rows) if rows.columns() != self.table.columns => {}
            _ => return self.bytes(),
        }
        let encoder = self.encoder.take();
        let encoder = encoder.unwrap_or_else(|| RowEncoder::new(&self.table.columns));
        let mut encoded = std::mem::take(&mut self.encoded);
        encoded.clear();
        encoder.encode(&mut encoded, |column| self.value_ref(column));
        (self.encoder, self.encoded) = (Some(encoder), encoded);
        Ok(&self.encoded)
    }

    /// Decodes the row, so that [`Self::value_ref`] may follow.
    pub(crate) fn load(&mut self) -> Result<()> {
        if std::mem::replace(&mut self.is_loaded, true) {
            return Ok(());
        }
        match &mut self.rows {
            RowSource::Snapshot(rows) => {
                rows.decode()?;
                if self.places.is_empty() {
                    let columns = rows.columns();
                    let place = |name: &String| {
                        let mut columns = columns.iter();
                        columns.position(|column| column.eq_ignore_ascii_case(name))
                    };
                    self.places = self.table.columns.iter().map(place).collect();
                }
            }
            RowSource::Sorted(rows, decoder) => {
                let decoded = decoder.decode_whole(rows.encoded());
                decoded.expect("what the encoder wrote decodes");
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns a value of the row, which is loaded.
    pub(crate) fn value_ref(&self, column: usize) -> ValueRef<'_> {
        match &self.rows {
            RowSource::Nothing => ValueRef::Null,
            RowSource::Snapshot(rows) => {
                self.places[column].map_or(ValueRef::Null, |place| rows.value_ref(place))
            }
            RowSource::Live(rows) => rows.value_ref(column),
            RowSource::Prefetched(rows) => rows.value_ref(column),
            RowSource::Sorted(_, decoder) => decoder.value_refs().get(column),
        }
    }

    /// Returns whether the loaded rows of two cursors have the same values.
    pub(crate) fn equals(&self, other: &RowCursor<'_>) -> bool {
        let mut columns = 0..self.table.columns.len();
        columns.all(|column| self.value_ref(column).same(other.value_ref(column)))
    }

    /// Sets the key to the row's.
    pub(crate) fn key(&mut self, key: &mut Key) -> Result<()> {
        self.load()?;
        let columns = self.table.columns.len();
        key.set(self.table, columns, |column| self.value_ref(column));
        Ok(())
    }

    /// Copies the row.
    pub(crate) fn row(&mut self) -> Result<Row> {
        self.load()?;
        let columns = 0..self.table.columns.len();
        let values = columns.map(|column| self.value_ref(column).to_value());
        Ok(Row {
            values: values.collect(),
        })
    }
}

impl<'a> Live<'a> {
    /// Runs `work` with the rows of a table.
    pub(crate) fn with_rows<T>(
        &self,
        table: &Table,
        work: impl FnOnce(RowCursor<'_>) -> Result<T>,
    ) -> Result<T> {
        match self.select(table) {
            Some(select) => {
                (self.database).with_rows(select, |rows| work(RowCursor::of_live(rows, table)))
            }
            None => work(RowCursor::new(RowSource::Nothing, table)),
        }
    }

    /// Runs `work` with the rows of a table, on a second thread if they are many.
    pub(crate) fn with_rows_ahead<T: Send>(
        &self,
        table: &Table,
        on_bytes: OnBytes<'_>,
        work: impl FnOnce(RowCursor<'_>, OnBytes<'_>) -> Result<T> + Send,
    ) -> Result<T> {
        match self.select(table) {
            Some(select) => {
                self.database
                    .with_prefetched_rows(select, on_bytes, |rows, on_bytes| {
                        let rows = RowSource::Prefetched(rows);
                        work(RowCursor::new(rows, table), on_bytes)
                    })
            }
            None => work(RowCursor::new(RowSource::Nothing, table), on_bytes),
        }
    }

    /// Selects these columns of the rows, in live's order; `None` if live lacks the table.
    fn select<'t>(&self, table: &'t Table) -> Option<Select<'t>>
    where
        'a: 't,
    {
        if let (Some(log), Some(_)) = (&self.profile.log, &self.schema.log)
            && self.profile.is_log(&table.name)
        {
            return Some(Select {
                up_to: self.up_to,
                after: self.after,
                ..Select::log(table, log)
            });
        }
        Some(Select {
            table,
            ..Select::all(self.schema.table(&table.name)?)
        })
    }
}
