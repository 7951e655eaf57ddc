//! Rows as values, from either side: a borrowed value, an owned one, a table's columns and key, and
//! the key that identifies a row.

mod blob;
mod key_rule;
mod row_key;
mod value_buffer;

use std::{borrow::Cow, fmt};

pub(crate) use key_rule::{Affinity, Collation, KeyRule};
pub use row_key::RowKey;
pub(crate) use value_buffer::ValueBuffer;

/// One value of a row, borrowed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ValueRef<'a> {
    /// SQL NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double; never NaN, which SQLite stores as NULL.
    Real(f64),
    /// Text of any length; SQLite does not guarantee that it is UTF-8.
    Text(&'a [u8]),
    /// Bytes.
    Blob(&'a [u8]),
}

/// One value of a row, owned.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// A 64-bit integer.
    Integer(i64),
    /// A double; never NaN, which SQLite stores as NULL.
    Real(f64),
    /// Text of any length and content.
    Text(String),
    /// Text that is not UTF-8, for example cut within a character.
    BrokenText(Vec<u8>),
    /// Bytes.
    Blob(Vec<u8>),
}

impl Value {
    /// The value, borrowed.
    pub fn value_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::BrokenText(bytes) => ValueRef::Text(bytes),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }
    }

    /// Makes a text of these bytes, whether or not they are UTF-8.
    pub(crate) fn text(bytes: Vec<u8>) -> Self {
        match String::from_utf8(bytes) {
            Ok(text) => Self::Text(text),
            Err(broken) => Self::BrokenText(broken.into_bytes()),
        }
    }

    /// Returns the value as text to read and search: text itself, or the JSON in a blob.
    pub fn readable(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(Cow::Borrowed(text)),
            Self::BrokenText(bytes) => Some(String::from_utf8_lossy(bytes)),
            Self::Blob(bytes) => blob::json(bytes),
            Self::Null | Self::Integer(_) | Self::Real(_) => None,
        }
    }

    /// Returns the valid beginning of a blob's JSON text whose rest was cut off.
    pub fn beginning_of_json(&self) -> Option<&str> {
        match self {
            Self::Blob(bytes) => blob::beginning_of_json(bytes),
            _ => None,
        }
    }

    /// Returns whether both are equal bit for bit: 1 is not 1.0, and 0.0 is not -0.0.
    pub fn same(&self, other: &Self) -> bool {
        self.value_ref().same(other.value_ref())
    }
}

impl ValueRef<'_> {
    /// Returns whether both are equal bit for bit.
    pub(crate) fn same(self, other: ValueRef<'_>) -> bool {
        match (self, other) {
            (Self::Real(a), ValueRef::Real(b)) => a.to_bits() == b.to_bits(),
            _ => self == other,
        }
    }

    /// Copies the value.
    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(text) => Value::text(text.to_owned()),
            Self::Blob(bytes) => Value::Blob(bytes.to_owned()),
        }
    }
}

impl fmt::Display for Value {
    /// As an SQL literal, or as JSON; long ones are shortened.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 60;
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "'{}'", beginning(text, LONGEST, &['"'])),
            Self::BrokenText(bytes) if bytes.len() > LONGEST => {
                write!(f, "'{}…'", escaped(&bytes[..LONGEST]))
            }
            Self::BrokenText(bytes) => write!(f, "'{}'", escaped(bytes)),
            Self::Blob(bytes) => match blob::json(bytes) {
                Some(json) => write!(f, "blob {}", beginning(&json, LONGEST, &['"', '\'', '\\'])),
                None => write!(f, "a blob of {} bytes", bytes.len()),
            },
        }
    }
}

/// Returns the first characters of a text, all but these escaped for a single line.
fn beginning(text: &str, longest: usize, plain: &[char]) -> String {
    let end = text.char_indices().nth(longest).map(|(end, _)| end);
    let mut line = String::new();
    for part in text[..end.unwrap_or(text.len())].split_inclusive(plain) {
        let escaped = part.strip_suffix(plain).unwrap_or(part);
        line.extend(escaped.escape_debug());
        line += &part[escaped.len()..];
    }
    line.extend(end.map(|_| '…'));
    line
}

/// Escapes control characters, and bytes that are not UTF-8 as `\xc3`.
pub fn escaped(text: &[u8]) -> String {
    let chunks = text.utf8_chunks().map(|chunk| {
        let broken = chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}"));
        chunk.valid().escape_debug().to_string() + &broken.collect::<String>()
    });
    chunks.collect()
}

/// Returns whether a name is among these; names in SQLite ignore case.
pub(crate) fn is_among(names: &[String], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The shape of a table: its columns, and which of them are its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The table's name.
    pub name: String,
    /// The columns that a snapshot holds, in the snapshot's order.
    pub columns: Vec<String>,
    /// Indices of the primary key's columns in `columns`; empty if there is no key, and then the
    /// whole row is the key.
    pub key: Vec<usize>,
    /// Whether live rows are read in key order, since the key is a single number; otherwise they are
    /// read in any order.
    pub sorted: bool,
    /// How SQLite compares the key's columns, by their names; those of other columns do not count.
    pub(crate) rules: Vec<(String, KeyRule)>,
}

impl Table {
    /// Returns a table with these columns and no key.
    pub(crate) fn keyless(name: impl Into<String>, columns: Vec<String>) -> Self {
        Self {
            name: name.into(),
            columns,
            key: Vec::new(),
            sorted: false,
            rules: Vec::new(),
        }
    }

    /// Returns the index of a column; names in SQLite ignore case.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns
            .iter()
            .position(|column| column.eq_ignore_ascii_case(name))
    }

    /// Returns how SQLite compares a column of the key; `None` if only equal values are the same key.
    pub(crate) fn rule(&self, column: usize) -> Option<KeyRule> {
        let name = self.columns.get(column)?;
        let mut rules = self.rules.iter();
        let rule = rules.find(|(known, _)| known.eq_ignore_ascii_case(name));
        rule.map(|(_, rule)| *rule)
    }

    /// Returns whether two values of a column of the key are the same key.
    pub(crate) fn is_same_key(
        &self,
        column: usize,
        one: ValueRef<'_>,
        other: ValueRef<'_>,
    ) -> bool {
        match self.rule(column) {
            Some(rule) => rule.equals(one, other),
            None => one.same(other),
        }
    }

    /// Returns the indices of the key's columns, or without a key those of all columns.
    pub(crate) fn key_places(&self) -> Vec<usize> {
        if self.key.is_empty() {
            (0..self.columns.len()).collect()
        } else {
            self.key.clone()
        }
    }

    /// Returns the table with the whole row as its key if it has no other.
    #[must_use]
    pub(crate) fn keyed(self) -> Self {
        Self {
            key: self.key_places(),
            ..self
        }
    }

    /// Returns the table with its rowid, under this name, as the first column and the key.
    #[must_use]
    pub(crate) fn with_rowid(mut self, name: &str) -> Self {
        self.columns.insert(0, name.to_owned());
        self.key = vec![0];
        self.sorted = true;
        self
    }
}

/// One row of one table: the values of its columns, in the order of [`Table::columns`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// The values.
    pub values: Vec<Value>,
}

impl Row {
    /// Returns the indices of the values that differ.
    pub fn changed_columns<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let pairs = self.values.iter().zip(&other.values).enumerate();
        pairs
            .filter(|(_, (a, b))| !a.same(b))
            .map(|(index, _)| index)
    }

    /// Returns a value, borrowed.
    pub(crate) fn value_ref(&self, column: usize) -> ValueRef<'_> {
        self.values[column].value_ref()
    }

    /// The values, borrowed.
    pub(crate) fn value_refs(&self) -> impl Iterator<Item = ValueRef<'_>> {
        self.values.iter().map(Value::value_ref)
    }

    /// Returns the key's columns and values; without a key those of the whole row.
    pub fn key_columns<'a>(
        &'a self,
        table: &'a Table,
    ) -> impl Iterator<Item = (&'a str, &'a Value)> + 'a {
        let whole = if table.key.is_empty() {
            0..table.columns.len()
        } else {
            0..0
        };
        let places = table.key.iter().copied().chain(whole);
        places.filter_map(|index| Some((table.columns[index].as_str(), self.values.get(index)?)))
    }

    /// Writes the key as `id = 7` or `source = 'a', target = 'b'`.
    pub fn key_text(&self, table: &Table) -> String {
        let named = self
            .key_columns(table)
            .map(|(column, value)| format!("{column} = {value}"));
        named.collect::<Vec<_>>().join(", ")
    }
}

/// A row's key as bytes that sort like the values: NULL, numbers, text, blobs.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    bytes: Vec<u8>,
    unique: bool,
}

impl Key {
    /// Encodes the key of a row: the same for all keys that SQLite considers equal. Without a primary key, and
    /// where part of the key is NULL (SQLite allows it to repeat), the whole row is the key.
    pub fn of(row: &Row, table: &Table) -> Self {
        let mut key = Self::default();
        key.set(table, row.values.len(), |column| row.value_ref(column));
        key
    }

    /// Becomes the key of a row of `values` values; `value_ref` returns each by its index.
    pub(crate) fn set<'c>(
        &mut self,
        table: &Table,
        values: usize,
        value_ref: impl Fn(usize) -> ValueRef<'c>,
    ) {
        self.bytes.clear();
        self.unique = !table.key.is_empty();
        for &index in &table.key {
            self.unique &= value_ref(index) != ValueRef::Null;
            match table.rule(index) {
                Some(rule) => rule.fold(value_ref(index), |value_ref| self.push(value_ref)),
                None => self.push(value_ref(index)),
            }
        }
        if !self.unique {
            (0..values).for_each(|index| self.push(value_ref(index)));
        }
    }

    /// The key as bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the key with an identity appended, for keys that repeat.
    #[must_use]
    pub(crate) fn with(mut self, identity: u64) -> Self {
        self.bytes.extend(identity.to_be_bytes());
        self
    }

    /// Returns whether a table can hold the key only once.
    pub fn is_unique(&self) -> bool {
        self.unique
    }

    fn push(&mut self, value_ref: ValueRef<'_>) {
        match value_ref {
            ValueRef::Null => self.bytes.push(0),
            ValueRef::Integer(number) => {
                self.bytes.push(1);
                self.bytes
                    .extend(number.cast_unsigned().wrapping_add(1 << 63).to_be_bytes());
            }
            ValueRef::Real(number) => {
                let bits = number.to_bits();
                let ordered = if bits >> 63 == 1 {
                    !bits
                } else {
                    bits | 1 << 63
                };
                self.bytes.push(2);
                self.bytes.extend(ordered.to_be_bytes());
            }
            ValueRef::Text(text) => self.push_bytes(3, text),
            ValueRef::Blob(bytes) => self.push_bytes(4, bytes),
        }
    }

    /// Writes a zero byte as 0, 255 and the end as 0, 0, so that no key is a prefix of another.
    fn push_bytes(&mut self, tag: u8, bytes: &[u8]) {
        self.bytes.push(tag);
        for &byte in bytes {
            self.bytes.push(byte);
            if byte == 0 {
                self.bytes.push(255);
            }
        }
        self.bytes.extend([0, 0]);
    }
}
