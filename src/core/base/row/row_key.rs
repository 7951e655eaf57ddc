//! The key of one row as a person writes it, as JSON prints it and as notes record it.

use std::{fmt, iter};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value as Json, json};

use super::{Key, Row, Table, Value};
use crate::core::base::error::{Error, Result};

/// The key of a row: the values of the key's columns in their order, or those of all columns where there
/// is no primary key or part of it is NULL.
#[derive(Clone, Debug, PartialEq)]
pub struct RowKey {
    values: Vec<Value>,
    /// The key as a person wrote it, if it may also be a text: `7` is a number or the text "7".
    written: Option<String>,
}

impl Eq for RowKey {}

impl RowKey {
    /// Reads a key: one value as JSON or as plain text, several as a JSON array.
    pub fn parse(text: &str) -> Self {
        let plain = || Self {
            values: vec![Value::Text(text.to_owned())],
            written: None,
        };
        let Ok(json) = serde_json::from_str::<Json>(text) else {
            return plain();
        };
        match Self::from_json(&json) {
            Some(key) if matches!(key.values[..], [Value::Integer(_) | Value::Real(_)]) => Self {
                written: Some(text.to_owned()),
                ..key
            },
            Some(key) => key,
            None => plain(),
        }
    }

    /// Reads a key as [`Self::to_json`] writes it; `None` if the JSON is not a key.
    pub fn from_json(json: &Json) -> Option<Self> {
        let values = match json {
            Json::Array(values) => values.iter().map(Value::from_json).collect::<Option<_>>()?,
            value => vec![Value::from_json(value)?],
        };
        let is_empty = Vec::is_empty(&values);
        let key = Self {
            values,
            written: None,
        };
        (!is_empty).then_some(key)
    }

    /// Returns the key of a row: all its values if the key has a NULL, since NULL may repeat.
    pub fn of(row: &Row, table: &Table) -> Self {
        let values = if Key::of(row, table).is_unique() {
            let key = row.key_columns(table);
            key.map(|(_, value)| value.clone()).collect()
        } else {
            row.values.clone()
        };
        Self {
            values,
            written: None,
        }
    }

    /// Returns the key as JSON: one value, or an array of several.
    pub fn to_json(&self) -> Json {
        match &self.values[..] {
            [value] => value.to_exact_json(),
            values => values.iter().map(Value::to_exact_json).collect(),
        }
    }

    /// Returns the key as an integer; `None` if it is not one, or has several columns.
    pub(crate) fn integer(&self) -> Option<i64> {
        match self.values[..] {
            [Value::Integer(number)] => Some(number),
            _ => None,
        }
    }

    /// Returns the number of its values.
    pub fn columns(&self) -> usize {
        self.values.len()
    }

    /// Fails with [`Error::TableChoice`] unless it has one value for each of these columns, which are the table's key.
    pub(crate) fn check(&self, table: &str, columns: &[String]) -> Result<()> {
        if columns.len() == self.values.len() {
            return Ok(());
        }
        let what = match columns {
            [column] => format!("the key of table {table} is one value, {column}"),
            columns => format!(
                "the key of table {table} has {} columns, {}: write their values as a JSON array, as in [1, \"two\"]",
                columns.len(),
                columns.join(", ")
            ),
        };
        let missing = Vec::new();
        Err(Error::TableChoice { what, missing })
    }

    /// Returns rows of a table with the values that the key may mean, and NULL in its other columns, the
    /// most exact first: a number may also mean the text that looks the same, and 7 also 7.0.
    pub(crate) fn readings(&self, table: &Table) -> Vec<Row> {
        /// How many combinations are tried at most: each column may double them.
        const MOST: usize = 64;
        let mut readings: Vec<Vec<Value>> = vec![Vec::new()];
        for value in &self.values {
            let others = other_type(value).filter(|_| readings.len() * 2 <= MOST);
            let meant: Vec<Value> = iter::once(value.clone()).chain(others).collect();
            readings = meant
                .iter()
                .flat_map(|value| {
                    let known = readings.iter().cloned();
                    known.map(|mut known| {
                        known.push(value.clone());
                        known
                    })
                })
                .collect();
        }
        let written = self.written.iter();
        readings.extend(written.map(|text| vec![Value::Text(text.clone())]));
        let places = if self.values.len() == table.columns.len() {
            (0..table.columns.len()).collect()
        } else {
            table.key_places()
        };
        let row = |values: Vec<Value>| {
            let mut row = Row {
                values: vec![Value::Null; table.columns.len()],
            };
            for (&place, value) in places.iter().zip(values) {
                row.values[place] = value;
            }
            row
        };
        readings.into_iter().map(row).collect()
    }
}

impl fmt::Display for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_json())
    }
}

/// Returns the infinity that a text stands for: JSON has no number for it.
fn infinity(text: &str) -> Option<Value> {
    match text {
        "Infinity" => Some(Value::Real(f64::INFINITY)),
        "-Infinity" => Some(Value::Real(f64::NEG_INFINITY)),
        _ => None,
    }
}

/// Returns the same value as another type, if both are printed alike.
fn other_type(value: &Value) -> Option<Value> {
    /// Doubles hold all integers up to here.
    const EXACT: u64 = 1 << 53;
    match *value {
        #[expect(clippy::cast_precision_loss, reason = "it is within the exact range")]
        Value::Integer(number) if number.unsigned_abs() <= EXACT => {
            Some(Value::Real(number as f64))
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "it is within the exact range"
        )]
        Value::Real(number) if number.fract() == 0.0 && number.abs() <= 9e15 => {
            Some(Value::Integer(number as i64))
        }
        Value::Text(ref text) => infinity(text),
        _ => None,
    }
}

impl Value {
    /// Returns the value as JSON: a BLOB as `{"$blob": "<base64>"}`, text that is not UTF-8 as
    /// `{"$text": "<base64>"}`, and infinity, which JSON lacks, as a string.
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Integer(number) => json!(number),
            Self::Real(number) if number.is_finite() => json!(number),
            Self::Real(number) if *number > 0.0 => json!("Infinity"),
            Self::Real(_) => json!("-Infinity"),
            Self::Text(text) => json!(text),
            Self::BrokenText(bytes) => json!({ "$text": STANDARD.encode(bytes) }),
            Self::Blob(bytes) => json!({ "$blob": STANDARD.encode(bytes) }),
        }
    }

    /// Returns the value as JSON that reads back as the same value: infinity as `{"$real": "Infinity"}`.
    pub fn to_exact_json(&self) -> Json {
        match self {
            Self::Real(number) if !number.is_finite() => json!({ "$real": self.to_json() }),
            value => value.to_json(),
        }
    }

    fn from_json(json: &Json) -> Option<Self> {
        let bytes = |name: &str| STANDARD.decode(json.get(name)?.as_str()?).ok();
        match json {
            Json::Null => Some(Self::Null),
            Json::Number(number) => {
                let integer = number.as_i64().map(Self::Integer);
                integer.or_else(|| number.as_f64().map(Self::Real))
            }
            Json::String(text) => Some(Self::Text(text.clone())),
            Json::Object(object) if object.len() == 1 => {
                let blob = bytes("$blob").map(Self::Blob);
                let real = || infinity(json.get("$real")?.as_str()?);
                blob.or_else(|| bytes("$text").map(Self::text))
                    .or_else(real)
            }
            _ => None,
        }
    }
}
