//! What the program cannot work with in its environment: a clock that no snapshot's name can hold, and a time
//! zone that is no regular file, which would be read for ever.

use std::{env, fs, path::Path};

use anyhow::bail;
use chrono::{DateTime, Datelike, Utc};

use crate::{core::now, text};

/// The folders that a time zone's name is looked up in.
const ZONES: [&str; 4] = [
    "/usr/share/zoneinfo",
    "/share/zoneinfo",
    "/etc/zoneinfo",
    "/usr/share/lib/zoneinfo",
];
/// No file of a time zone is larger, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Makes a write beyond the user's limit of a file's size (`ulimit -f`) an error that is reported, and not the
/// end of the program.
pub fn report_large_files() {
    #[cfg(unix)]
    drop(signal_hook::flag::register(
        signal_hook::consts::SIGXFSZ,
        std::sync::Arc::default(),
    ));
}

/// Fails if the clock or the time zone cannot be used.
pub fn check() -> anyhow::Result<()> {
    check_clock(now())?;
    env::var("TZ").map_or(Ok(()), |zone| check_zone(&zone))
}

fn check_clock(now: DateTime<Utc>) -> anyhow::Result<()> {
    if !(1970..=9999).contains(&now.year()) {
        bail!(
            "the system's clock shows the year {}: set it to the right time",
            now.year()
        );
    }
    Ok(())
}

fn check_zone(zone: &str) -> anyhow::Result<()> {
    let name = Path::new(zone.strip_prefix(':').unwrap_or(zone));
    // A full path stays as it is.
    let files = ZONES.map(|folder| Path::new(folder).join(name));
    let mut found = files.iter().filter_map(|file| fs::metadata(file).ok());
    // A folder cannot be read, so the time is UTC.
    let is_usable = |file: fs::Metadata| file.is_dir() || (file.is_file() && file.len() <= LARGEST);
    if !found.next().is_none_or(is_usable) {
        bail!(
            "TZ names {}, which is not the file of a time zone: set TZ to a name such as Europe/Berlin, or unset it",
            text::path(name)
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::{check_clock, check_zone};

    #[test]
    fn a_clock_that_no_name_can_hold_is_refused() {
        for (year, is_usable) in [(1969, false), (1970, true), (9999, true), (10_000, false)] {
            let noon =
                NaiveDate::from_ymd_opt(year, 6, 1).and_then(|date| date.and_hms_opt(12, 0, 0));
            let checked = check_clock(noon.unwrap().and_utc());
            assert_eq!(checked.is_ok(), is_usable, "{year}");
        }
    }

    #[test]
    fn a_time_zone_by_name_by_rule_or_by_nothing_is_usable() {
        for zone in [
            "",
            "UTC",
            "Europe/Berlin",
            ":Europe/Berlin",
            "CET-1CEST",
            "/nowhere",
            "/tmp",
        ] {
            check_zone(zone).unwrap();
        }
    }
}
