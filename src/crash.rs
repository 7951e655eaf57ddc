//! Handles a panic: writes a report to a file and prints one sentence that names it.

use std::{
    backtrace::Backtrace,
    env::consts,
    fs::{self, File},
    io::{self, Write},
    panic::{self, PanicHookInfo},
    path::{Path, PathBuf},
    thread,
};

use crate::{
    core::{Links, is_caught, now, open_with},
    text,
};

/// Makes every later panic write a report into this folder and print its path.
pub fn report_panics(command: String, folder: Option<PathBuf>) {
    panic::set_hook(Box::new(move |panic| {
        if is_caught(panic) {
            log::warn!("caught: {}", in_a_line(message(panic)));
            return;
        }
        let report = report(&command, panic);
        let folder = folder.as_deref().unwrap_or(Path::new("."));
        let sentence = match write(folder, &report) {
            Ok(path) => format!(
                "a defect ended Unrewind; the report is in {}",
                text::path(&path)
            ),
            Err(error) => {
                format!(
                    "a defect ended Unrewind, and the report could not be written ({error}): {report}"
                )
            }
        };
        log::error!("{sentence}");
        let sentence = text::safe(&sentence);
        let _ = writeln!(io::stderr().lock(), "unrewind: {sentence}");
    }));
}

fn message<'p>(panic: &'p PanicHookInfo<'_>) -> &'p str {
    let payload = panic.payload();
    let fixed = payload.downcast_ref::<&str>().copied();
    let message = fixed.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    message.unwrap_or("none")
}

fn report(command: &str, panic: &PanicHookInfo<'_>) -> String {
    let place = panic
        .location()
        .map_or_else(String::new, ToString::to_string);
    let thread = thread::current();
    format!(
        "unrewind {} on {} {}\ncommand: {command}\nthread: {}\nat: {place}\nmessage: {}\n\n{}\n",
        env!("CARGO_PKG_VERSION"),
        consts::OS,
        consts::ARCH,
        thread.name().unwrap_or("without a name"),
        in_a_line(message(panic)),
        Backtrace::force_capture()
    )
}

/// Returns the message on one line, without its quoted parts, which may come from the database.
fn in_a_line(message: &str) -> String {
    text::one_line(&without_quotes(message)).into_owned()
}

/// Returns the message without its quoted parts.
fn without_quotes(message: &str) -> String {
    let mut kept = String::new();
    let mut inside = None;
    for character in message.chars() {
        match inside {
            Some(quote) if quote == character => inside = None,
            None if matches!(character, '"' | '`') => {
                inside = Some(character);
                kept.push('…');
            }
            None => kept.push(character),
            Some(_) => {}
        }
    }
    kept
}

fn write(folder: &Path, report: &str) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("crash-{}.txt", now().format("%Y%m%dT%H%M%SZ")));
    // A panic may cause another: both reports are kept.
    let mut options = File::options();
    let mut file = open_with(options.append(true).create(true), &path, Links::Refuse)?;
    file.write_all(report.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::in_a_line;

    #[test]
    fn a_message_shows_nothing_of_the_database_and_steers_nothing() {
        for (message, says) in [
            ("index 7 out of bounds", "index 7 out of bounds"),
            (
                "called on an `Err` value: \"a\nb\"",
                "called on an … value: …",
            ),
            (
                "no such\nFORGED\u{1b}[2J\u{202e}",
                "no such\\nFORGED\\u{1b}[2J\\u{202e}",
            ),
        ] {
            assert_eq!(in_a_line(message), says);
        }
    }
}
