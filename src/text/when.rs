//! Reads a moment as a person writes it: an event's id, a time of day, a date and time, or how long
//! ago it was.

use chrono::{DateTime, Datelike, Days, Local, NaiveDate, NaiveTime, TimeDelta, Utc};

use super::{Zone, moments};
use crate::core::When;

/// Reads a moment; the error is one sentence.
pub fn when(text: &str, now: DateTime<Utc>, zone: Zone) -> Result<When, String> {
    let text = text.trim();
    if let Ok(id) = text.replace(',', "").parse() {
        return Ok(When::Event(id));
    }
    let ago = text.strip_suffix("ago").unwrap_or(text).trim_end();
    if let Ok(ago) = humantime::parse_duration(ago) {
        let time = TimeDelta::from_std(ago).ok();
        let time = time.and_then(|ago| now.checked_sub_signed(ago));
        let time = time.filter(|time| time.year() > 0);
        let early = || format!("invalid moment {text:?}: it is before the year 1");
        return time.map(When::Time).ok_or_else(early);
    }
    let dated = dated(text, now, zone);
    let times = dated
        .as_deref()
        .map_or_else(Vec::new, |text| moments(text, zone));
    match times[..] {
        [] => Err(format!(
            "invalid moment {text:?}: try an event's id such as 1445, or 07:30, \"yesterday 18:00\", \"2026-11-29 07:30\" or 20m"
        )),
        [time] => Ok(When::Time(time)),
        _ => Err(format!(
            "the clocks show {text} twice: add the offset from UTC, as in \"2026-10-25 02:30:00+02:00\""
        )),
    }
}

/// Writes date and time in full: the date of a time of day is the last on which it has passed.
fn dated(text: &str, now: DateTime<Utc>, zone: Zone) -> Option<String> {
    let (today, time_now) = match zone {
        Zone::Utc => (now.date_naive(), now.time()),
        Zone::Local => {
            let now = now.with_timezone(&Local);
            (now.date_naive(), now.time())
        }
    };
    let yesterday = today.checked_sub_days(Days::new(1))?;
    let on = |date: NaiveDate, time: NaiveTime| format!("{date} {}", time.format("%H:%M:%S"));
    if let Some(time) = time_of_day(text) {
        return Some(on(if time <= time_now { today } else { yesterday }, time));
    }
    let (date, time) = text.split_once([' ', 'T'])?;
    match (date.to_lowercase().as_str(), time_of_day(time)) {
        ("today", Some(time)) => Some(on(today, time)),
        ("yesterday", Some(time)) => Some(on(yesterday, time)),
        (date, Some(time)) => Some(on(date.parse().ok()?, time)),
        // Perhaps it has an offset.
        _ => Some(text.to_owned()),
    }
}

fn time_of_day(text: &str) -> Option<NaiveTime> {
    let mut forms = ["%H:%M:%S", "%H:%M"].into_iter();
    forms.find_map(|form| NaiveTime::parse_from_str(text, form).ok())
}
