//! Finds the columns that say whether an event counts, by their names and values.

use crate::core::{base::row::Value, db::Introspection};

/// The columns that say whether an event counts.
#[derive(Debug, Default)]
pub(super) struct FlagColumns {
    /// Not NULL in a rewound event.
    pub(super) superseded_by: Option<String>,
    /// Neither NULL nor 0 in an event that does not count.
    pub(super) hidden: Option<String>,
    /// 0 in a rewound event.
    pub(super) active: Option<String>,
}

const SUPERSEDED: [&str; 7] = [
    "superseded_by",
    "superseded_by_id",
    "rewound_by",
    "undone_by",
    "reverted_by",
    "replaced_by",
    "replaced_by_id",
];
const HIDDEN: [&str; 22] = [
    "hidden",
    "is_hidden",
    "hidden_at",
    "rewound",
    "is_rewound",
    "rewound_at",
    "undone",
    "is_undone",
    "undone_at",
    "superseded",
    "is_superseded",
    "superseded_at",
    "deleted",
    "is_deleted",
    "deleted_at",
    "removed",
    "is_removed",
    "removed_at",
    "discarded_at",
    "retracted",
    "retracted_at",
    "voided_at",
];
const ACTIVE: [&str; 10] = [
    "active",
    "is_active",
    "is_current",
    "current",
    "is_visible",
    "visible",
    "is_valid",
    "valid",
    "is_live",
    "is_enabled",
];

impl FlagColumns {
    /// Finds the flags of a table. A column with other values than such a flag's is ignored.
    pub(super) fn of(facts: &Introspection) -> Self {
        let column = |names: &[&str], fits: &dyn Fn(&str, &Value) -> bool| {
            let places = names.iter().filter_map(|name| facts.table.column(name));
            let mut columns = places.map(|place| facts.table.columns[place].clone());
            columns.find(|column| {
                let is_key = facts.integer_key.as_ref() == Some(column);
                !is_key && facts.values(column).all(|value| fits(column, value))
            })
        };
        let is_switch = |value: &Value| matches!(value, Value::Integer(0 | 1));
        let is_moment = |value: &Value| match value {
            Value::Integer(_) | Value::Real(_) => true,
            Value::Text(text) => {
                !text.is_empty() && !text.starts_with("0000") && !text.starts_with("0001")
            }
            _ => false,
        };
        Self {
            superseded_by: column(&SUPERSEDED, &|_, value| match value {
                Value::Integer(id) => *id != 0,
                Value::Text(id) => !id.is_empty(),
                _ => false,
            }),
            hidden: column(&HIDDEN, &|name, value| {
                is_switch(value) || (name.to_lowercase().ends_with("_at") && is_moment(value))
            }),
            active: column(&ACTIVE, &|_, value| is_switch(value)),
        }
    }
}
