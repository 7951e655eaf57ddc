//! The time of an event as a point in time: logs store text, or numbers since 1970.

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::core::base::row::Value;

/// Returns the point in time of an event: text as ISO 8601 or SQLite writes it, in UTC unless it
/// names an offset; numbers as seconds, milliseconds, microseconds or nanoseconds since 1970, by
/// their size.
pub(crate) fn instant(value: &Value) -> Option<DateTime<Utc>> {
    match value {
        Value::Text(text) => of_text(text.trim()),
        Value::Integer(number) => of_number(*number),
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a time fits, others are refused"
        )]
        Value::Real(number) if number.abs() < 1e18 => {
            let scale = if number.abs() < MILLISECONDS {
                1e6
            } else {
                1.0
            };
            of_number((number * scale) as i64)
        }
        _ => None,
    }
}

/// Numbers from here on are milliseconds: as seconds they would be in the year 5138.
const MILLISECONDS: f64 = 1e11;

fn of_number(number: i64) -> Option<DateTime<Utc>> {
    match number.unsigned_abs() {
        0..100_000_000_000 => DateTime::from_timestamp(number, 0),
        100_000_000_000..100_000_000_000_000 => DateTime::from_timestamp_millis(number),
        100_000_000_000_000..100_000_000_000_000_000 => DateTime::from_timestamp_micros(number),
        _ => Some(DateTime::from_timestamp_nanos(number)),
    }
}

fn of_text(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    let with_offset = ["%Y-%m-%d %H:%M:%S%.f%:z", "%Y-%m-%dT%H:%M:%S%.f%z"];
    let mut with_offset = with_offset.into_iter();
    if let Some(time) = with_offset.find_map(|form| DateTime::parse_from_str(text, form).ok()) {
        return Some(time.to_utc());
    }
    let mut forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].into_iter();
    let wall = forms.find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    wall.map(|wall| wall.and_utc())
        .or_else(|| of_number(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::instant;
    use crate::core::base::row::Value;

    #[test]
    fn times_of_logs_are_read_in_every_form() {
        let text = |text: &str| Value::Text(text.to_owned());
        for time in [
            text("2021-03-14T12:05:06Z"),
            text("2021-03-14 12:05:06"),
            text("2021-03-14T12:05:06.000"),
            text("2021-03-14T14:05:06+02:00"),
            text("2021-03-14 14:05:06+02:00"),
            text("1615723506"),
            Value::Integer(1_615_723_506),
            Value::Integer(1_615_723_506_000),
            Value::Integer(1_615_723_506_000_000),
            Value::Integer(1_615_723_506_000_000_000),
            Value::Real(1_615_723_506.0),
            Value::Real(1_615_723_506_000.0),
        ] {
            let read = instant(&time).unwrap();
            assert_eq!(read.to_rfc3339(), "2021-03-14T12:05:06+00:00", "{time}");
        }
        for no_time in [
            text("yesterday"),
            text(""),
            Value::Null,
            Value::Blob(vec![1]),
        ] {
            assert_eq!(instant(&no_time), None, "{no_time}");
        }
    }
}
