//! The rows of either side: bytes to compare, and values in the comparison's columns.

use crate::core::{
    base::{
        error::Result,
        record::{Record, Table, Value},
    },
    db::{PrefetchedRows, SortedRows},
    file::json::{RowDecoder, TableReader},
};

/// The rows of one table of one side, one at a time.
pub(super) trait RowStream {
    /// Moves to the next row; returns false at the end.
    fn advance(&mut self) -> Result<bool>;
    /// Returns whether there is a current row.
    fn is_there(&self) -> bool;
    /// Returns whether the row equals these bytes. If it does, only `advance` may follow.
    fn is(&mut self, encoded: &[u8]) -> Result<bool>;
    /// Returns the row's bytes.
    fn bytes(&mut self) -> Result<&[u8]>;
    /// Returns the row's values in the comparison's columns.
    fn record(&mut self) -> Result<Record>;
    /// Returns how many bytes were passed.
    fn position(&self) -> u64;
}

/// A source of encoded rows.
pub(super) trait Encoded {
    fn advance(&mut self) -> Result<bool>;
    fn bytes(&mut self) -> Result<&[u8]>;
    fn is(&mut self, encoded: &[u8]) -> Result<bool> {
        Ok(self.bytes()? == encoded)
    }
    /// Returns the row's values in the source's column order.
    fn values(&mut self, decoder: &mut RowDecoder) -> Result<Vec<Value>> {
        let values = decoder.decode(self.bytes()?);
        Ok(values.expect("what the encoder wrote decodes"))
    }
    fn columns<'a>(&'a self, decoder: &'a RowDecoder) -> &'a [String] {
        decoder.columns()
    }
}

/// Rows whose values are reordered to the comparison's columns.
pub(super) struct Decoding<'r, E> {
    rows: &'r mut E,
    decoder: RowDecoder,
    /// For each column of the comparison, its index in the source.
    places: Vec<usize>,
    table: &'r Table,
    there: bool,
    position: u64,
}

impl<'r, E: Encoded> Decoding<'r, E> {
    pub(super) fn new(rows: &'r mut E, table: &'r Table) -> Self {
        Self {
            rows,
            decoder: RowDecoder::default(),
            places: Vec::new(),
            table,
            there: false,
            position: 0,
        }
    }
}

impl<E: Encoded> RowStream for Decoding<'_, E> {
    fn advance(&mut self) -> Result<bool> {
        self.there = self.rows.advance()?;
        Ok(self.there)
    }

    fn is_there(&self) -> bool {
        self.there
    }

    fn is(&mut self, encoded: &[u8]) -> Result<bool> {
        let same = self.rows.is(encoded)?;
        self.position += if same { encoded.len() as u64 } else { 0 };
        Ok(same)
    }

    fn bytes(&mut self) -> Result<&[u8]> {
        self.rows.bytes()
    }

    fn record(&mut self) -> Result<Record> {
        self.position += self.rows.bytes()?.len() as u64;
        let mut values = self.rows.values(&mut self.decoder)?;
        if self.places.is_empty() {
            let columns = self.rows.columns(&self.decoder);
            let place = |name: &String| {
                let place = columns
                    .iter()
                    .position(|column| column.eq_ignore_ascii_case(name));
                place.expect("only columns that both sides have are compared")
            };
            self.places = self.table.columns.iter().map(place).collect();
        }
        let value = |place: &usize| std::mem::replace(&mut values[*place], Value::Null);
        Ok(Record {
            values: self.places.iter().map(value).collect(),
        })
    }

    fn position(&self) -> u64 {
        self.position
    }
}

/// The rows of a table that a side lacks: none.
pub(super) struct Nothing;

impl RowStream for Nothing {
    fn advance(&mut self) -> Result<bool> {
        Ok(false)
    }

    fn is_there(&self) -> bool {
        false
    }

    fn is(&mut self, _: &[u8]) -> Result<bool> {
        Ok(false)
    }

    fn bytes(&mut self) -> Result<&[u8]> {
        Ok(&[])
    }

    fn record(&mut self) -> Result<Record> {
        Ok(Record::default())
    }

    fn position(&self) -> u64 {
        0
    }
}

impl Encoded for TableReader<'_> {
    fn advance(&mut self) -> Result<bool> {
        TableReader::advance(self)
    }

    fn is(&mut self, encoded: &[u8]) -> Result<bool> {
        TableReader::is(self, encoded)
    }

    fn bytes(&mut self) -> Result<&[u8]> {
        TableReader::bytes(self)
    }

    fn values(&mut self, _: &mut RowDecoder) -> Result<Vec<Value>> {
        TableReader::values(self)
    }

    fn columns<'a>(&'a self, _: &'a RowDecoder) -> &'a [String] {
        TableReader::columns(self)
    }
}

impl Encoded for PrefetchedRows<'_> {
    fn advance(&mut self) -> Result<bool> {
        PrefetchedRows::advance(self)
    }

    fn bytes(&mut self) -> Result<&[u8]> {
        Ok(self.encoded())
    }
}

impl Encoded for SortedRows<'_> {
    fn advance(&mut self) -> Result<bool> {
        SortedRows::advance(self)
    }

    fn bytes(&mut self) -> Result<&[u8]> {
        Ok(self.encoded())
    }
}
