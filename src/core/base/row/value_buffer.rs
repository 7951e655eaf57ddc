//! Values that share one buffer: a batch of rows, or one decoded row.

use std::ops::Range;

use super::{Value, ValueRef};

/// Values in order, with the bytes of all of them in one buffer.
#[derive(Debug, Default)]
pub(crate) struct ValueBuffer {
    values: Vec<BufferedValue>,
    bytes: Vec<u8>,
}

/// A value whose bytes, if any, are a range of the buffer.
#[derive(Clone, Debug)]
enum BufferedValue {
    Null,
    Integer(i64),
    Real(f64),
    Text(Range<usize>),
    Blob(Range<usize>),
}

impl ValueBuffer {
    /// Removes all values; keeps at most this much memory for the next bytes.
    pub(crate) fn clear(&mut self, most: usize) {
        self.values.clear();
        self.bytes.clear();
        self.bytes.shrink_to(most);
    }

    /// Returns the number of values.
    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns how many bytes of texts and blobs there are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Returns a value.
    #[inline]
    pub(crate) fn get(&self, index: usize) -> ValueRef<'_> {
        match &self.values[index] {
            BufferedValue::Null => ValueRef::Null,
            BufferedValue::Integer(number) => ValueRef::Integer(*number),
            BufferedValue::Real(number) => ValueRef::Real(*number),
            BufferedValue::Text(range) => ValueRef::Text(&self.bytes[range.clone()]),
            BufferedValue::Blob(range) => ValueRef::Blob(&self.bytes[range.clone()]),
        }
    }

    /// Copies all values.
    pub(crate) fn to_values(&self) -> Vec<Value> {
        (0..self.len())
            .map(|index| self.get(index).to_value())
            .collect()
    }

    /// Appends a copy of a value.
    pub(crate) fn push(&mut self, value_ref: ValueRef<'_>) {
        let start = self.bytes.len();
        let value_ref = match value_ref {
            ValueRef::Null => BufferedValue::Null,
            ValueRef::Integer(number) => BufferedValue::Integer(number),
            ValueRef::Real(number) => BufferedValue::Real(number),
            ValueRef::Text(bytes) => {
                self.bytes.extend_from_slice(bytes);
                BufferedValue::Text(start..self.bytes.len())
            }
            ValueRef::Blob(bytes) => {
                self.bytes.extend_from_slice(bytes);
                BufferedValue::Blob(start..self.bytes.len())
            }
        };
        self.values.push(value_ref);
    }

    /// Appends the text that `write` appends to the buffer.
    #[inline]
    pub(crate) fn push_text<E>(
        &mut self,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        write(&mut self.bytes)?;
        self.values
            .push(BufferedValue::Text(start..self.bytes.len()));
        Ok(())
    }

    /// Replaces the values by those at these indices.
    pub(crate) fn arrange(&mut self, places: &[usize]) {
        let value_refs = places.iter().map(|&place| self.values[place].clone());
        self.values = value_refs.collect();
    }
}
