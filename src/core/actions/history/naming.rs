//! Whether an event names a row: a member of its payload holds the row's key.

use serde_json::{Map, Value as Json};

use crate::core::base::row::Value;

/// The names under which payloads refer to rows of a table.
#[derive(Debug)]
pub(super) struct KeyNames {
    /// One row of a table, as in `memory` for `memories`.
    one: String,
    table: String,
    columns: Vec<String>,
}

impl KeyNames {
    pub(super) fn of(table: &str, columns: &[String]) -> Self {
        let table = plain(table);
        Self {
            one: singular(&table),
            table,
            columns: columns.iter().map(|column| plain(column)).collect(),
        }
    }

    /// Returns whether a payload names the key, one of these; `kind` is the event's.
    pub(super) fn are_in(&self, payload: &Json, kind: Option<&str>, keys: &[Vec<Value>]) -> bool {
        any_object(payload, &mut |object| {
            keys.iter().any(|key| match &key[..] {
                [value] => self.names_one(object, value, kind.unwrap_or_default()),
                values => self.names_all(object, values),
            })
        })
    }

    /// Returns whether a member holds the only value of a key: a text anywhere, a number under a name
    /// that means this table.
    fn names_one(&self, object: &Map<String, Json>, value: &Value, kind: &str) -> bool {
        let is_text = matches!(value, Value::Text(text) if text.parse::<f64>().is_err());
        object.iter().any(|(name, found)| {
            is_same(found, value) && (is_text || self.means_one(&plain(name), kind))
        })
    }

    fn means_one(&self, name: &str, kind: &str) -> bool {
        let Some(column) = self.columns.first() else {
            return false;
        };
        let of_table = |table: &str| name.strip_prefix(table) == Some(column);
        let is_own = name == column && (column != "id" || self.are_part_of(kind));
        is_own || name == self.one || of_table(&self.one) || of_table(&self.table)
    }

    /// Returns whether the kind of an event says that it is about the table.
    fn are_part_of(&self, kind: &str) -> bool {
        let kind = plain(kind);
        let mut names = [&self.one, &self.table].into_iter();
        names.any(|name| !name.is_empty() && kind.contains(&**name))
    }

    /// Returns whether members of the key's names hold its values.
    fn names_all(&self, object: &Map<String, Json>, values: &[Value]) -> bool {
        let mut pairs = self.columns.iter().zip(values);
        self.columns.len() == values.len()
            && pairs.all(|(column, value)| {
                let mut members = object.iter();
                members.any(|(name, found)| is_same(found, value) && plain(name) == *column)
            })
    }
}

/// Returns whether `is_it` accepts an object in a JSON value.
fn any_object(json: &Json, is_it: &mut impl FnMut(&Map<String, Json>) -> bool) -> bool {
    match json {
        Json::Object(object) => is_it(object) || object.values().any(|it| any_object(it, is_it)),
        Json::Array(values) => values.iter().any(|it| any_object(it, is_it)),
        _ => false,
    }
}

fn is_same(json: &Json, value: &Value) -> bool {
    match value {
        Value::Integer(number) => json.as_i64() == Some(*number),
        Value::Text(text) => json.as_str() == Some(text),
        _ => false,
    }
}

/// Returns a name in lower-case letters and digits only: `chatId` is `chat_id`.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|character| character.is_alphanumeric());
    letters.flat_map(char::to_lowercase).collect()
}

/// Returns the English singular of a plain name.
fn singular(plural: &str) -> String {
    if let Some(stem) = plural.strip_suffix("ies") {
        return format!("{stem}y");
    }
    let stem = ["sses", "xes", "ches", "shes"]
        .iter()
        .find(|end| plural.ends_with(**end))
        .and_then(|_| plural.strip_suffix("es"));
    stem.or(plural.strip_suffix('s'))
        .unwrap_or(plural)
        .to_owned()
}
