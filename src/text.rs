//! Sizes, ages, counts, reasons and hints in words, shared by the command line and the screens.

mod against_live;
mod anew;
mod came_back;
mod cold_load;
mod concession;
mod conflict;
mod coverage;
mod finding;
mod health;
mod hint;
mod history;
mod invocation;
mod line;
mod plan;
mod prune;
mod rate;
mod row;
mod stage;
mod undo;
mod verification;
mod when;
mod word_diff;

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
    time::Duration,
};

use chrono::{DateTime, Local, LocalResult, NaiveDateTime, SubsecRound, TimeDelta, TimeZone, Utc};
use unicode_width::UnicodeWidthStr;

use crate::core::{Due, Id, Origin, Snapshot};

pub use crate::core::one_line;

pub use against_live::{against_live, no_difference};
pub use anew::{anew, checkpoint, made_anew, remade};
pub use came_back::came_back;
pub use cold_load::{attention, awaited, awaited_now, misfit, replay, replay_briefly};
pub use concession::{Concession, concession};
pub use conflict::conflict;
pub use coverage::{coverage, coverage_briefly};
pub use finding::{excerpt, in_live, in_snapshots};
pub use health::{health, health_attention, recoverable, rewound, stale, unsound};
pub use hint::{causes, hint};
pub use history::{CHANGE_WIDTH, marked_words, version_change, version_places};
pub use invocation::{invoked_with, option, quoted, runnable, runnable_in};
pub use line::{beginning, fit, fit_end, name, on_one_line, safe, safe_json};
pub use plan::{
    Point, Tone, difference_of_logs, emptied, ends, events, left_out, moment, orphans, passed_over,
    plan, processes, row_left_out, taken_ahead,
};
pub use prune::{
    archive_keeps, deleted_start, left_by, prune_summary, reason, unique, unloadable,
    unwritten_note,
};
pub use rate::Rate;
pub use row::{main_text, near_difference, row_change};
pub use stage::{percent, stage};
pub use undo::{repaired, undo_left, undo_step, way_back};
pub use verification::{
    checksum, identical, only_archived, pinned, replayed, soundness, standing, stored_in, unpaired,
    verification,
};
pub use when::when;
pub use word_diff::{WordPiece, word_diff};

/// The time zone of displayed times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The system's.
    Local,
    /// UTC.
    Utc,
}

/// Formats a size in bytes, as `12.4 MB`.
pub fn size(bytes: u64) -> String {
    humansize::format_size(
        bytes,
        humansize::DECIMAL.decimal_places(1).decimal_zeroes(1),
    )
    .replace(".0 B", " B")
}

/// Formats a number with separators, as `1,234,567`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats an event id with separators.
pub fn event_id(id: i64) -> String {
    let sign = if id < 0 { "-" } else { "" };
    format!("{sign}{}", count(id.unsigned_abs()))
}

/// Formats the signed difference from `from` to `to`.
pub fn difference(from: u64, to: u64) -> String {
    match to.checked_sub(from) {
        Some(0) => "=".to_owned(),
        Some(more) => format!("+{}", count(more)),
        None => format!("-{}", count(from - to)),
    }
}

/// Says that only live's log holds rewound events, if there are any.
pub fn only_in_log(rewound: u64, snapshots: usize) -> Option<String> {
    let holder = if snapshots == 0 {
        "snapshot"
    } else {
        "rewind snapshot"
    };
    let events = counted(rewound, "rewound event");
    let are = if rewound == 1 { "is" } else { "are" };
    (rewound > 0).then(|| format!("no {holder} holds them, but {events} {are} in the live log"))
}

/// Formats `1 event`, `2 events`.
pub fn counted(number: u64, one: &str) -> String {
    let ending = match (number, one) {
        (1, _) => "",
        (_, word) if word.ends_with('y') && !word.ends_with("ay") => {
            return format!("{} {}ies", count(number), &word[..word.len() - 1]);
        }
        _ => "s",
    };
    format!("{} {one}{ending}", count(number))
}

/// Formats a duration in its largest unit: `42 s`, `12 min`, `3 h`, `5 d`.
pub fn span(length: TimeDelta) -> String {
    let seconds = length.num_seconds().unsigned_abs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86_400 => format!("{} h", seconds / 3600),
        _ => format!("{} d", count(seconds / 86_400)),
    }
}

/// Formats how long ago a time is; a future time as `in 3 h`.
pub fn age(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let age = now - moment;
    // A stamp may be later than the clock by a part of a second.
    if age <= TimeDelta::seconds(-1) {
        format!("in {}", span(age))
    } else {
        span(age.max(TimeDelta::zero()))
    }
}

/// Formats how long ago a time is, as `12 min ago`.
pub fn ago(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let is_ahead = now - moment <= TimeDelta::seconds(-1);
    let age = age(moment, now);
    if is_ahead { age } else { age + " ago" }
}

/// Returns how long until [`age`] changes.
pub fn age_changes_in(moment: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    let seconds = (now - moment).num_seconds().unsigned_abs();
    let unit = match seconds {
        0..60 => 1,
        60..3600 => 60,
        3600..86_400 => 3600,
        _ => 86_400,
    };
    Duration::from_secs(unit - seconds % unit)
}

/// Formats date and time, to the second. In the hour that clocks repeat when summer time ends, the
/// offset from UTC follows, so that two times never look the same.
pub fn time(moment: DateTime<Utc>, zone: Zone) -> String {
    let moment = moment.trunc_subsecs(0);
    if zone == Zone::Utc {
        return moment.naive_utc().to_string();
    }
    let local = moment.with_timezone(&Local);
    let wall = local.naive_local();
    match Local.from_local_datetime(&wall) {
        LocalResult::Ambiguous(..) => format!("{wall}{}", local.offset()),
        LocalResult::Single(_) | LocalResult::None => wall.to_string(),
    }
}

/// The same in 19 or 11 columns: the least important part is cut.
pub fn time_within(moment: DateTime<Utc>, zone: Zone, width: usize) -> String {
    const WHOLE: usize = 19;
    let time = time(moment, zone);
    let offset = time
        .get(WHOLE..)
        .unwrap_or_default()
        .trim_end_matches(":00");
    match (width < WHOLE, offset) {
        (false, "") => time,
        (false, offset) => format!("{}{offset}", &time[..16]),
        (true, "") => time[5..if width < 14 { 16 } else { WHOLE }].to_owned(),
        (true, offset) => format!("{}{offset}", &time[8..16]),
    }
}

/// Parses date and time in a zone, as screens show them: none if the text is something else, two in
/// the hour that clocks repeat.
pub fn moments(text: &str, zone: Zone) -> Vec<DateTime<Utc>> {
    let formats = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"];
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return vec![moment.to_utc()];
    }
    let mut walls = formats.into_iter();
    let wall = walls.find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    match (wall, zone) {
        (None, _) => Vec::new(),
        (Some(wall), Zone::Utc) => vec![wall.and_utc()],
        (Some(wall), Zone::Local) => match Local.from_local_datetime(&wall) {
            LocalResult::Single(one) => vec![one.to_utc()],
            LocalResult::Ambiguous(one, other) => vec![one.to_utc(), other.to_utc()],
            LocalResult::None => Vec::new(),
        },
    }
}

/// Formats a snapshot's name as screens show it: its kind and its time in this zone. One without a
/// stamp is shown as its path.
pub fn snapshot(name: &str, zone: Zone) -> String {
    let Ok(Id {
        kind,
        stamp,
        origin,
    }) = name.parse()
    else {
        return name.to_owned();
    };
    let time = time(stamp.time(), zone);
    match origin {
        Origin::Plain => format!("{kind} {time}"),
        Origin::Safety => format!("safety snapshot {time}"),
        Origin::Checkpoint => format!("checkpoint {time}"),
    }
}

/// Formats a duration of the configuration, as `14 d`.
pub fn duration(length: Duration) -> String {
    span(TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX))
}

/// Says why a periodic snapshot is due or not.
pub fn due(due: Due) -> String {
    match due {
        Due::First => "there is no periodic snapshot yet".to_owned(),
        Due::Age(age) | Due::Young(age) => {
            format!("the newest periodic snapshot is {}", old(age))
        }
        Due::Events(events) => format!(
            "{} since the newest periodic snapshot",
            counted(events, "event")
        ),
        Due::NoEvents => "there are no events to capture".to_owned(),
        Due::NoRows => "there are no rows to capture".to_owned(),
        Due::Unchanged(age) => format!(
            "nothing has changed since the newest periodic snapshot, which is {}",
            old(age)
        ),
        Due::NotYet { age, events } => {
            format!(
                "the newest periodic snapshot is {}, with {} since",
                old(age),
                counted(events, "event")
            )
        }
    }
}

/// Says so in a few words.
pub fn due_briefly(due: Due) -> String {
    match due {
        Due::First => "there is none yet".to_owned(),
        Due::Age(age) => format!("the newest is {}", old(age)),
        Due::Events(events) => format!("{} since the newest", counted(events, "event")),
        Due::NoEvents => "no events".to_owned(),
        Due::NoRows => "no rows".to_owned(),
        Due::Young(age) => old(age),
        Due::Unchanged(age) => format!("{}, unchanged", old(age)),
        Due::NotYet { age, events } => format!("{}, {} since", old(age), counted(events, "event")),
    }
}

/// Says how old a file is, by its time.
fn old(age: TimeDelta) -> String {
    if age < TimeDelta::minutes(-1) {
        return format!("dated {} ahead of the clock", span(age));
    }
    format!("{} old", span(age))
}

/// Formats the last event of a snapshot, or `?`.
pub fn last_event(snapshot: &Snapshot) -> String {
    match snapshot.ends_at() {
        None => "?".to_owned(),
        Some(0) => "none".to_owned(),
        Some(id) => event_id(id),
    }
}

/// Says what the last event is, as a point that follows another; nothing where there is none, as without a log.
pub fn last_event_point(id: Option<i64>) -> String {
    match id {
        Some(0) => String::new(),
        id => format!(
            ", last event {}",
            id.map_or_else(|| "?".to_owned(), event_id)
        ),
    }
}

/// Returns a text that begins with a capital letter.
pub fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(letters).collect()
}

/// Warns of files that the service takes for newer than every periodic snapshot.
pub fn shadowed(files: &[PathBuf]) -> Option<String> {
    let names: Vec<String> = files
        .iter()
        .map(|file| file.display().to_string())
        .collect();
    if names.is_empty() {
        return None;
    }
    let names = names.join(", ");
    Some(format!(
        "the application starts from {names}, whose name sorts after every snapshot's: move it out of the folder"
    ))
}

/// Formats a path on one line.
pub fn path(path: &Path) -> String {
    one_line(&path.display().to_string()).into_owned()
}

/// Joins names on one line.
pub fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<String> = names.into_iter().map(|one| name(one)).collect();
    names.join(", ")
}

/// The alignment of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Text.
    Left,
    /// Numbers.
    Right,
}

/// Formats rows as columns, each as wide as its widest cell, two spaces apart. Each row is one
/// line.
pub fn columns(rows: &[Vec<String>], align: &[Align]) -> String {
    let rows: Vec<Vec<Cow<'_, str>>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| one_line(cell)).collect())
        .collect();
    let mut widths = vec![0; align.len()];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.width().max(*width);
        }
    }
    let mut text = String::new();
    for row in &rows {
        let start = text.len();
        for ((cell, align), width) in row.iter().zip(align).zip(&widths) {
            let gap = width - cell.width();
            let (before, behind) = match align {
                Align::Left => (0, gap),
                Align::Right => (gap, 0),
            };
            text.extend(std::iter::repeat_n(' ', before));
            text.push_str(cell);
            text.extend(std::iter::repeat_n(' ', behind + 2));
        }
        text.truncate(start + text.as_bytes()[start..].trim_ascii_end().len());
        text.push('\n');
    }
    text
}
