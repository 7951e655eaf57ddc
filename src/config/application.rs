//! The part of a configuration that describes an application: its event log and its tables.

use std::fmt;

use anyhow::{Context, bail};
use serde::{
    Deserialize, Deserializer,
    de::{
        self, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer,
        value::SeqAccessDeserializer,
    },
};

use crate::core::{Log, Tables};

/// The value of `tables`: `"auto"`, or a list.
#[derive(Debug)]
pub(super) enum TablesLayer {
    Auto,
    Named(Vec<String>),
}

impl TablesLayer {
    pub(super) fn tables(self, exclude: &[String], log: Option<&Log>) -> anyhow::Result<Tables> {
        let tables = match self {
            Self::Auto => {
                return Ok(Tables::Auto {
                    exclude: exclude.to_vec(),
                });
            }
            Self::Named(tables) => tables,
        };
        let log = log.map(|log| &log.table);
        let is_twice = |(index, name): &(usize, &String)| {
            let mut others = tables[..*index].iter().chain(log);
            others.any(|other| other.eq_ignore_ascii_case(name))
        };
        if let Some((_, twice)) = tables.iter().enumerate().find(is_twice) {
            bail!("the configuration names the table {twice} twice");
        }
        tables.iter().try_for_each(|name| refuse_first_key(name))?;
        Ok(Tables::Named(tables))
    }
}

/// A partial description of the event log; an empty `table` means that there is no log.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LogLayer {
    pub(super) table: Option<String>,
    columns: Option<Vec<String>>,
    id: Option<String>,
    time: Option<String>,
    branch: Option<String>,
    kind: Option<String>,
    payload: Option<String>,
    superseded_by: Option<String>,
    hidden: Option<String>,
    active: Option<String>,
    rewind_kinds: Option<Vec<String>>,
    person_kinds: Option<Vec<String>>,
}

impl LogLayer {
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            table: self.table.or(below.table),
            columns: self.columns.or(below.columns),
            id: self.id.or(below.id),
            time: self.time.or(below.time),
            branch: self.branch.or(below.branch),
            kind: self.kind.or(below.kind),
            payload: self.payload.or(below.payload),
            superseded_by: self.superseded_by.or(below.superseded_by),
            hidden: self.hidden.or(below.hidden),
            active: self.active.or(below.active),
            rewind_kinds: self.rewind_kinds.or(below.rewind_kinds),
            person_kinds: self.person_kinds.or(below.person_kinds),
        }
    }

    pub(super) fn log(self) -> anyhow::Result<Option<Log>> {
        let table = self.table.context("the configuration lacks log.table")?;
        if table.is_empty() {
            return Ok(None);
        }
        refuse_first_key(&table)?;
        let columns = self.columns.unwrap_or_default();
        if let Some(twice) =
            (0..columns.len()).find(|&index| columns[..index].contains(&columns[index]))
        {
            bail!(
                "the configuration names the log's column {} twice",
                columns[twice]
            );
        }
        Ok(Some(Log {
            table,
            columns,
            id: self.id.context("the configuration lacks log.id")?,
            time: self.time,
            branch: self.branch,
            kind: self.kind,
            payload: self.payload,
            superseded_by: self.superseded_by,
            hidden: self.hidden,
            active: self.active,
            rewind_kinds: self
                .rewind_kinds
                .unwrap_or_else(|| vec!["rewind".to_owned()]),
            person_kinds: self.person_kinds.unwrap_or_default(),
        }))
    }
}

fn refuse_first_key(table: &str) -> anyhow::Result<()> {
    if table == "last_event_id" {
        bail!(
            "the configuration names a table {table}, which is the name of a snapshot's own first key"
        );
    }
    Ok(())
}

/// Parses `tables = "auto"` or `tables = ["a", "b"]`.
pub(super) fn tables_or_auto<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<TablesLayer>, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = TablesLayer;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("\"auto\" or a list of tables")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<TablesLayer, E> {
            match text {
                "auto" => Ok(TablesLayer::Auto),
                _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
            }
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<TablesLayer, A::Error> {
            Vec::deserialize(SeqAccessDeserializer::new(list)).map(TablesLayer::Named)
        }
    }
    from.deserialize_any(Either).map(Some)
}

/// Parses `log = "none"` or the keys of `[log]`.
pub(super) fn log_or_none<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<LogLayer>, D::Error> {
    struct Either;
    impl<'de> Visitor<'de> for Either {
        type Value = LogLayer;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("\"none\" or a description of the event log")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<LogLayer, E> {
            match text {
                "none" => Ok(LogLayer {
                    table: Some(String::new()),
                    ..LogLayer::default()
                }),
                _ => Err(E::invalid_value(de::Unexpected::Str(text), &self)),
            }
        }

        fn visit_map<A: MapAccess<'de>>(self, keys: A) -> Result<LogLayer, A::Error> {
            LogLayer::deserialize(MapAccessDeserializer::new(keys))
        }
    }
    from.deserialize_any(Either).map(Some)
}
