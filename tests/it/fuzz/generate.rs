//! Generates snapshots of several buffers' length: their rows, and the many ways to write them.

use std::fmt::Write;

use serde_json::{Map, Value as Json, json};

use crate::rng::Rng;

/// A row: its values by column.
pub type Row = Map<String, Json>;

/// A text with parts that a careless reader takes for the end of a string, a row or a table.
fn text(rng: &mut Rng) -> String {
    let length = rng.one_of(&[0, 3, 50, 50, 2000, 9000]);
    let mut text = String::new();
    while text.len() < length {
        let piece = [
            r#"}, {"id": "#,
            "]}",
            "\"",
            "\\",
            "\\\"",
            "é",
            "😀",
            "\u{7f}",
            "\n",
            "and so on ",
            "\\u0041",
            "], \"bots\": [",
        ];
        text += rng.one_of(&piece);
    }
    text
}

/// Rows of six hundred kilobytes in all.
pub fn rows(rng: &mut Rng) -> Vec<Row> {
    let row = |number: i64| {
        let row = json!({ "id": format!("bot {number}"), "name": text(rng), "n": number });
        row.as_object().unwrap().clone()
    };
    (0..300).map(row).collect()
}

/// The JSON of a snapshot with these rows, as `json.dumps` writes it if `plainly`, else in another valid form.
pub fn written(rows: &[Row], rng: &mut Rng, plainly: bool) -> String {
    let mut space = |usual: &'static str| {
        if plainly {
            usual
        } else {
            rng.one_of(&[usual, "", " ", "\n\t", "\r\n  "])
        }
    };
    let mut bots = String::new();
    for (index, row) in rows.iter().enumerate() {
        let mut columns: Vec<(&String, &Json)> = row.iter().collect();
        let first = ["id", "name", "n"].into_iter();
        columns.sort_by_key(|(column, _)| first.clone().position(|name| name == *column));
        if !plainly {
            let turns = space("").len() + index;
            columns.rotate_left(turns % 3);
        }
        let cells = columns.iter().map(|(column, value)| {
            let value = if plainly {
                ascii(value)
            } else {
                value.to_string()
            };
            format!(
                "{}\"{column}\"{}:{}{value}",
                space(""),
                space(""),
                space(" ")
            )
        });
        let cells = cells
            .collect::<Vec<_>>()
            .join(if plainly { ", " } else { "," });
        let comma = if index == 0 { "" } else { "," };
        write!(
            bots,
            "{comma}{}{{{cells}{}}}",
            if index == 0 { "" } else { space(" ") },
            space("")
        )
        .unwrap();
    }
    let bots = format!("\"bots\": [{bots}]");
    let last = "\"last_event_id\": 0";
    // The last of a repeated key counts.
    let old = r#""bots": [{"id": "bot 1", "name": "old", "n": 0}]"#;
    let tables = if plainly {
        vec![last, &bots]
    } else {
        rng.one_of(&[
            [last, &bots, ""],
            [&bots, last, ""],
            [old, last, &bots],
            [last, old, &bots],
        ])
        .to_vec()
    };
    let tables: Vec<&str> = tables
        .into_iter()
        .filter(|table| !table.is_empty())
        .collect();
    format!("{{{}}}", tables.join(", "))
}

/// A value in ASCII only, as Python writes it.
fn ascii(value: &Json) -> String {
    let mut ascii = String::new();
    for unit in value.to_string().encode_utf16() {
        match u8::try_from(unit) {
            Ok(byte) if byte < 0x7f => ascii.push(char::from(byte)),
            _ => write!(ascii, "\\u{unit:04x}").unwrap(),
        }
    }
    ascii
}
