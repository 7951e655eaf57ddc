//! The output of commands: results, progress, questions, errors and exit codes.

use std::{
    ffi::OsString,
    io::{self, BufRead, IsTerminal, Write},
    ops::ControlFlow,
    path::Path,
    process,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use clap::error::{ContextKind, ContextValue};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use crate::{
    core::Workspace,
    core::{Database, Error, Progress, Stage},
    signals::{Interrupt, takes_now},
    text::{self, Rate},
};

/// Prints a result for people. Callers put names on one line before they insert them. A closed pipe
/// is no error: its reader has read enough.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    print_part(text).map(|_| ())
}

/// Prints a part of a result for people; returns `Break` if its reader has closed the pipe.
pub(super) fn print_part(text: &str) -> anyhow::Result<ControlFlow<()>> {
    write(&text::safe(text))
}

/// Prints a part of a JSON document.
pub(super) fn print_json_text(json: &str) -> anyhow::Result<()> {
    print_json_part(json).map(|_| ())
}

/// Prints a part of a JSON document; returns `Break` if its reader has closed the pipe.
pub(super) fn print_json_part(json: &str) -> anyhow::Result<ControlFlow<()>> {
    write(&text::safe_json(json))
}

fn write(text: &str) -> anyhow::Result<ControlFlow<()>> {
    let mut out = stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ControlFlow::Break(())),
        Err(error) => Err(Error::io("write", "standard output")(error).into()),
        Ok(()) => Ok(ControlFlow::Continue(())),
    }
}

/// Standard output. Its reader may never read: while a write waits, a signal ends the program.
pub(super) struct Stdout(io::StdoutLock<'static>);

/// Locks standard output for this thread.
pub(super) fn stdout() -> Stdout {
    Stdout(io::stdout().lock())
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let write = |most: usize| self.0.write(&bytes[..bytes.len().min(most)]);
        Interrupt::of_program().while_writing(&io::stdout(), bytes.len(), write)
    }

    fn flush(&mut self) -> io::Result<()> {
        Interrupt::of_program().while_writing(&io::stdout(), 0, |_| self.0.flush())
    }
}

/// Treats a closed pipe as success: its reader has read enough.
pub(super) fn unless_closed<T: Default>(result: Result<T, Error>) -> Result<T, Error> {
    match result {
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {
            Ok(T::default())
        }
        result => result,
    }
}

/// Prints a result as JSON.
pub(super) fn print_json(value: &impl Serialize) -> anyhow::Result<()> {
    print_json_text(&format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Prints the result of something that was done; where that is impossible, it goes to standard error, and the
/// error says that it was done, since a second attempt would do it twice.
pub(super) fn print_done(text: &str) -> anyhow::Result<()> {
    print(text).map_err(|error| undelivered(text, &error))
}

/// The same with a result for programs.
pub(super) fn print_json_done(value: &impl Serialize) -> anyhow::Result<()> {
    let json = serde_json::to_string_pretty(value)? + "\n";
    print_json_text(&json).map_err(|error| undelivered(&text::safe_json(&json), &error))
}

fn undelivered(text: &str, error: &anyhow::Error) -> anyhow::Error {
    say_lines(text.trim_end());
    let what = format!("that was done, but could not be printed: {error}");
    Hinted::new(what, Vec::new()).into()
}

/// Prints one line to standard error; its commands run as printed. Failures are ignored.
pub fn say(line: &str) {
    say_lines(&text::one_line(&text::runnable(line)));
}

/// Prints several lines to standard error.
pub(super) fn say_lines(text: &str) {
    let (to, text) = (io::stderr(), text::safe(text));
    let write = |_| writeln!(to.lock(), "{text}");
    let _ = Interrupt::of_program().while_writing(&to, text.len() + 1, write);
}

/// Prints clap's message about the arguments, an error or the help, and ends the program.
pub fn refuse(error: &clap::Error) -> ! {
    if !error.use_stderr() {
        error.exit();
    }
    let mut message = error.to_string();
    // Clap prints each argument unescaped.
    for argument in std::env::args_os() {
        let argument = argument.to_string_lossy();
        message = message.replace(&*argument, &text::one_line(&argument));
    }
    say_lines(message.trim_end());
    if let Some(hint) = misplaced(error) {
        say_lines(&hint);
    }
    process::exit(error.exit_code());
}

/// Returns a hint if a word that the command does not take names a folder or a file that exists.
fn misplaced(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let place = Path::new(word);
    let name = if place.is_dir() { "--data-dir" } else { "--db" };
    let words = || std::env::args_os().skip(1);
    let is_place = |it: &OsString| it.to_str() == Some(word);
    if !place.exists() || words().filter(is_place).count() != 1 {
        return None;
    }
    let placed = words().map(|it| {
        if is_place(&it) {
            text::option(name, &it)
        } else {
            text::quoted(&it)
        }
    });
    let placed = placed.collect::<Vec<_>>().join(" ");
    Some(format!("hint: use `unrewind {placed}`"))
}

/// An error with hints.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(super) struct Hinted {
    message: String,
    hints: Vec<String>,
}

impl Hinted {
    pub(super) fn new(message: String, hints: Vec<String>) -> Self {
        Self { message, hints }
    }
}

/// Prints an error and its hints, one line each.
pub fn report(error: &anyhow::Error) {
    if let Some(hinted) = error.downcast_ref::<Hinted>() {
        say(&format!("unrewind: {hinted}"));
        return hinted
            .hints
            .iter()
            .for_each(|hint| say_lines(&text::one_line(&format!("hint: {hint}"))));
    }
    let Some(known) = error.downcast_ref::<Error>() else {
        return say(&format!("unrewind: {}", text::causes(error)));
    };
    // The error's text already includes its cause.
    say(&format!("unrewind: {known}"));
    let hint = match known {
        Error::Delete { source, .. } => text::hint(source),
        _ => text::hint(known),
    };
    if let Some(hint) = hint {
        say(&format!("hint: {hint}"));
    }
}

/// Returns whether questions can be asked on a terminal.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question on the terminal. Any answer but yes means no; input typed before the question is
/// discarded. Without a terminal it fails.
pub(super) fn ask(question: &str) -> anyhow::Result<bool> {
    if !can_ask() {
        anyhow::bail!(
            "not a terminal, so Unrewind cannot ask: add --yes to go ahead, or --dry-run to see the plan only"
        );
    }
    let answer = answer(&format!("{question} [y/N]"))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// Asks for a line on the terminal; input typed before the question is discarded.
pub(super) fn answer(question: &str) -> anyhow::Result<String> {
    discard_input();
    let to = io::stderr();
    let question = format!("{} ", text::one_line(question));
    let write = |_| to.lock().write_all(question.as_bytes());
    let _ = Interrupt::of_program().while_writing(&to, question.len(), write);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer)
}

/// Discards input that was typed before the question.
#[cfg(unix)]
fn discard_input() {
    use rustix::termios::{QueueSelector, tcflush};

    // If this fails, reading fails too.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
}

/// Discards input that was typed before the question.
#[cfg(not(unix))]
fn discard_input() {
    use crossterm::event;

    while event::poll(Duration::ZERO).unwrap_or(false) && event::read().is_ok() {}
}

/// Runs an operation: shows its progress if there is a terminal, and cancels it at the first Ctrl-C
/// or termination, so that it clears up after itself.
pub(super) fn with_progress<T>(
    work: impl FnOnce(&mut dyn FnMut(Progress) -> ControlFlow<()>) -> T,
) -> T {
    let mut line = ProgressLine::new();
    let interrupt = Interrupt::of_program();
    let result = interrupt.during(|| {
        work(&mut |progress| {
            line.show(progress);
            interrupt.flow()
        })
    });
    line.clear();
    result
}

/// Runs operations of a workspace: shows their progress on a line of standard error and cancels
/// them at Ctrl-C.
pub(super) fn attended<T>(workspace: &Workspace, work: impl FnOnce(&Workspace) -> T) -> T {
    let line = Arc::new(Mutex::new(ProgressLine::new()));
    let interrupt = Interrupt::of_program();
    let shown = Arc::clone(&line);
    let attended = workspace.to_builder().on_progress(move |progress| {
        let mut line = shown.lock().unwrap_or_else(PoisonError::into_inner);
        line.show(progress);
        interrupt.flow()
    });
    let result = interrupt.during(|| work(&attended.build()));
    line.lock().unwrap_or_else(PoisonError::into_inner).clear();
    result
}

pub(super) struct ProgressLine {
    began: Option<Instant>,
    shown: Option<Instant>,
    rate: Rate,
    width: usize,
    visible: bool,
}

impl ProgressLine {
    pub(super) fn new() -> Self {
        Self {
            began: None,
            shown: None,
            rate: Rate::default(),
            width: 0,
            visible: io::stderr().is_terminal(),
        }
    }

    /// Often enough to look continuous.
    const EVERY: Duration = Duration::from_millis(100);

    pub(super) fn show(&mut self, progress: Progress) {
        let began = *self.began.get_or_insert_with(Instant::now);
        let waited = *self.shown.get_or_insert(began);
        // An operation must not wait for the reader of its progress.
        let is_time = self.visible && waited.elapsed() >= Self::EVERY;
        if !is_time || !takes_now(&io::stderr()) {
            return;
        }
        self.shown = Some(Instant::now());
        self.rate.update(progress, began.elapsed());
        let stage = text::stage(progress.stage);
        let line = match progress.stage {
            Stage::Replaying => format!("{stage} …"),
            _ => format!(
                "{stage} … {} %   {}",
                text::percent(progress.done, progress.total),
                self.rate.words().unwrap_or_default()
            ),
        };
        let room = crossterm::terminal::size().map_or(80, |(width, _)| usize::from(width));
        let (line, width) = over(&line, self.width, room);
        let _ = write!(io::stderr().lock(), "\r{line}");
        self.width = width;
    }

    pub(super) fn clear(&mut self) {
        if self.width > 0 && takes_now(&io::stderr()) {
            let _ = write!(io::stderr().lock(), "\r{:width$}\r", "", width = self.width);
        }
    }
}

/// Returns a line that covers the last one, which was `last` wide, on a terminal of `room` columns, and its own
/// width. A line as wide as the terminal would make a second line.
fn over(line: &str, last: usize, room: usize) -> (String, usize) {
    let room = room.saturating_sub(1);
    let line = text::fit(line, room);
    let width = line.width();
    let blank = " ".repeat(last.min(room).saturating_sub(width));
    (line + &blank, width)
}

/// Warns about tables that no snapshot holds and names in the profile that do not exist.
pub(super) fn warn_of_coverage(database: &Database, workspace: &Workspace) -> CoverageJson {
    // If live cannot be read, the command itself reports that.
    let Ok(coverage) = database.coverage(&workspace.profile) else {
        return CoverageJson::default();
    };
    for sentence in text::coverage(&coverage, &workspace.description) {
        say(&format!("! {sentence}"));
    }
    let columns = coverage.columns.into_iter().map(|(_, column)| column);
    CoverageJson {
        tables_not_held: coverage.outside,
        tables_lacking: coverage.lacking,
        columns_lacking: columns.collect(),
    }
}

/// What no snapshot holds, and what the profile names but the database lacks, for programs.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct CoverageJson {
    tables_not_held: Vec<String>,
    tables_lacking: Vec<String>,
    columns_lacking: Vec<String>,
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::over;

    #[test]
    fn a_line_of_progress_fits_the_terminal_and_covers_the_last_one() {
        let (first, second) = ("checking every row … 7 %   12 s left", "writing … 8 %");
        for room in 0..50 {
            let (shown, width) = over(first, 0, room);
            assert!(shown.width() < room.max(1), "{room}: {shown:?}");
            let (covering, _) = over(second, width, room);
            assert_eq!(
                covering.width(),
                shown
                    .width()
                    .max(second.width())
                    .min(room.saturating_sub(1))
            );
            // The terminal became narrower.
            let (narrow, _) = over(second, width, room / 2);
            assert!(narrow.width() < (room / 2).max(1));
        }
    }
}
