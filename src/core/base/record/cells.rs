//! Values that share one buffer: a batch of rows, or one decoded row.

use std::ops::Range;

use super::{Cell, Value};

/// Values in order, with the bytes of all of them in one buffer.
#[derive(Debug, Default)]
pub(crate) struct Cells {
    cells: Vec<BufferedCell>,
    bytes: Vec<u8>,
}

/// A value whose bytes, if any, are a range of the buffer.
#[derive(Clone, Debug)]
enum BufferedCell {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl Cells {
    /// Removes all values; keeps at most this much memory for the next bytes.
    pub(crate) fn clear(&mut self, most: usize) {
        self.cells.clear();
        self.bytes.clear();
        self.bytes.shrink_to(most);
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.cells.len()
    }

    /// Returns how many bytes of texts and blobs there are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Returns a value.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> Cell<'_> {
        match &self.cells[index] {
            BufferedCell::Null => Cell::Null,
            BufferedCell::Integer(number) => Cell::Integer(*number),
            BufferedCell::Real(number) => Cell::Real(*number),
            BufferedCell::Text(range) => Cell::Text(&self.bytes[range.clone()]),
            BufferedCell::Blob(range) => Cell::Blob(&self.bytes[range.clone()]),
        }
    }

    /// Copies all values.
    pub(crate) fn to_values(&self) -> Vec<Value> {
        (0..self.len())
            .map(|index| self.get(index).to_value())
            .collect()
    }

    /// Appends a copy of a value.
    pub(crate) fn push(&mut self, cell: Cell<'_>) {
        let start = self.bytes.len();
        let cell = match cell {
            Cell::Null => BufferedCell::Null,
            Cell::Integer(number) => BufferedCell::Integer(number),
            Cell::Real(number) => BufferedCell::Real(number),
            Cell::Text(bytes) => {
                self.bytes.extend_from_slice(bytes);
                BufferedCell::Text(start..self.bytes.len())
            }
            Cell::Blob(bytes) => {
                self.bytes.extend_from_slice(bytes);
                BufferedCell::Blob(start..self.bytes.len())
            }
        };
        self.cells.push(cell);
    }

    /// Appends the text that `write` appends to the buffer.
    #[inline]
    pub(crate) fn push_text<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        write(&mut self.bytes)?;
        self.cells.push(BufferedCell::Text(start..self.bytes.len()));
        Ok(())
    }

    /// Replaces the values by those at these indices.
    pub(crate) fn arrange(&mut self, places: &[usize]) {
        let cells = places.iter().map(|&place| self.cells[place].clone());
        self.cells = cells.collect();
    }
}
