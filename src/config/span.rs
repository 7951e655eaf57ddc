//! Durations, written as `30m` or `14d`.

use std::time::Duration;

use serde::Deserialize;

/// A duration as a setting.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct DurationSetting(pub(super) Duration);

impl TryFrom<String> for DurationSetting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_span(&text).map(Self)
    }
}

/// Parses a duration such as `30m`, `14d` or `1h 30m`.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    const LONGEST: Duration = Duration::from_hours(876_600);
    let wrong = |_| format!("invalid duration {text:?}: try 30m, 12h or 14d");
    let length = humantime::parse_duration(text).map_err(wrong)?;
    if length > LONGEST {
        return Err(format!("{text:?} is longer than 100 years"));
    }
    Ok(length)
}
