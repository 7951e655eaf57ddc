//! The terminal UI: the terminal, what comes in on one channel, and the loop.

mod app;
mod bars;
mod dialog;
mod glyph;
mod jobs;
mod keymap;
mod looks;
mod msg;
mod screen;
mod setup;
mod theme;
mod watch;
mod widget;

use std::{
    io::{self, IsTerminal, Write},
    ops::ControlFlow,
    panic,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    thread,
};

use anyhow::{Context as _, bail};
use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::Utc;
use crossterm::{
    event::{
        self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
        Event, MouseEventKind,
    },
    terminal::{BeginSynchronizedUpdate, EndSynchronizedUpdate},
};
use ratatui::DefaultTerminal;

use crate::{
    signals::{self, Hangup},
    workplace::Workplace,
};

pub use app::App;
pub use dialog::explained;
pub use jobs::{Jobs, perform};
pub use keymap::{Action, Context, Keymap, Line, name};
pub use looks::{Looks, Terminal};
pub use msg::{
    At, Brief, Effect, Job, LiveView, Msg, News, NumberedRow, Origin, Purpose, Read, RowsNews,
    RowsRead, RowsWanted, Sought, Unseen,
};
pub use setup::{Capture, Setup};
pub use theme::Theme;

/// Runs the UI until the user quits.
pub fn run(workplace: &Workplace, setup: Setup) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!(
            "the terminal UI needs a terminal: use `unrewind list` and the other commands instead"
        );
    }
    // Without colours crossterm would also take back bold and reverse; the plain theme has none instead.
    crossterm::style::force_color_output(true);
    take_back_on_panic();
    let mut terminal = ratatui::try_init().context("cannot set up the terminal")?;
    // A terminal that knows nothing of it types what is pasted.
    let _ = crossterm::execute!(io::stdout(), EnableBracketedPaste);
    hear_mouse(setup.mouse);
    let result = drive(workplace, setup, &mut terminal);
    take_back();
    ratatui::restore();
    result
}

/// Has the terminal tell of the mouse, or keep it for itself.
fn hear_mouse(mouse: Capture) {
    let _ = match mouse {
        Capture::Ours => crossterm::execute!(io::stdout(), EnableMouseCapture),
        Capture::Terminals => crossterm::execute!(io::stdout(), DisableMouseCapture),
    };
}

/// Takes back what ratatui knows nothing of. A terminal that is gone needs nothing.
fn take_back() {
    let _ = crossterm::execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture
    );
}

/// A defect may end the UI: what it did to the terminal is then taken back, before the defect is told.
fn take_back_on_panic() {
    let tell = panic::take_hook();
    panic::set_hook(Box::new(move |defect| {
        take_back();
        tell(defect);
    }));
}

fn drive(
    workplace: &Workplace,
    setup: Setup,
    terminal: &mut DefaultTerminal,
) -> anyhow::Result<()> {
    let (sender, messages) = mpsc::channel();
    let size = terminal.size()?;
    let (zone, profile) = (workplace.zone, workplace.profile.clone());
    let (mut app, effects) = App::new(setup, zone, profile, Utc::now(), (size.width, size.height));
    let mut jobs = Jobs::new(workplace.clone(), sender.clone());
    read_input(sender.clone());
    let terminated = sender.clone();
    signals::hear(Hangup::Told, move || {
        terminated.send(Msg::Terminate).is_ok()
    })?;
    let _watcher = watch::watch(workplace, sender);
    let mut flow = carry_out(effects, &mut jobs);
    let end = loop {
        match flow {
            ControlFlow::Break(end) => break end,
            ControlFlow::Continue(()) => draw(terminal, &app)?,
        }
        flow = take_messages(&mut app, &messages, &mut jobs);
    };
    jobs.end();
    match end {
        End::Quit => Ok(()),
        End::Failed => bail!("a defect in Unrewind ended it; nothing is left half done"),
    }
}

/// Why the UI ends.
enum End {
    /// The user wants it to.
    Quit,
    /// A job panicked.
    Failed,
}

/// Draws a frame that the terminal shows as a whole.
fn draw(terminal: &mut DefaultTerminal, app: &App) -> io::Result<()> {
    crossterm::execute!(io::stdout(), BeginSynchronizedUpdate)?;
    terminal.draw(|frame| app.draw(frame))?;
    crossterm::execute!(io::stdout(), EndSynchronizedUpdate)
}

/// Waits for a message, then takes all there are.
fn take_messages(app: &mut App, messages: &Receiver<Msg>, jobs: &mut Jobs) -> ControlFlow<End> {
    let first = match app.wakes_in() {
        None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
        Some(wait) => messages.recv_timeout(wait),
    };
    let mut next = match first {
        Ok(msg) => Some(msg),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(End::Quit),
    };
    carry_out(app.update(Msg::Clock(Utc::now())), jobs)?;
    while let Some(msg) = next {
        carry_out(app.update(msg), jobs)?;
        next = messages.try_recv().ok();
    }
    ControlFlow::Continue(())
}

fn carry_out(effects: Vec<Effect>, jobs: &mut Jobs) -> ControlFlow<End> {
    for effect in effects {
        match effect {
            Effect::Start {
                purpose,
                ticket,
                job,
            } => jobs.start(purpose, ticket, job),
            Effect::Cancel(purpose) => jobs.cancel(purpose),
            Effect::Copy(text) => copy(&text),
            Effect::Mouse(mouse) => hear_mouse(mouse),
            Effect::Quit => return ControlFlow::Break(End::Quit),
            Effect::Fail => return ControlFlow::Break(End::Failed),
        }
    }
    ControlFlow::Continue(())
}

/// Hands a text to the terminal's clipboard, by the sequence OSC 52.
fn copy(text: &str) {
    let text = STANDARD.encode(text);
    let mut out = io::stdout().lock();
    // A terminal that is gone is noticed where it is drawn on.
    let _ = write!(out, "\x1b]52;c;{text}\x07").and_then(|()| out.flush());
}

/// Keys and sizes, from a thread that ends with the program.
fn read_input(messages: Sender<Msg>) {
    thread::spawn(move || {
        loop {
            let msg = match event::read() {
                Ok(Event::Key(key)) => Msg::Key(key),
                Ok(Event::Mouse(mouse)) if mouse.kind != MouseEventKind::Moved => Msg::Mouse(mouse),
                Ok(Event::Paste(text)) => Msg::Paste(text),
                Ok(Event::Resize(width, height)) => Msg::Resize(width, height),
                Ok(_) => continue,
                // The terminal is gone.
                Err(_) => Msg::Terminate,
            };
            let over = matches!(msg, Msg::Terminate);
            if messages.send(msg).is_err() || over {
                return;
            }
        }
    });
}
