//! The terminal UI: the terminal, what comes in on one channel, and the loop.

mod app;
mod appearance;
mod browser;
mod clipboard;
mod dialog;
mod glyph;
mod jobs;
mod keymap;
mod live;
mod msg;
mod screen;
mod setup;
mod status_bar;
mod theme;
mod tty;
mod watch;
mod widget;

use std::{
    env,
    io::{self, IsTerminal},
    ops::ControlFlow,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::Instant,
};

use anyhow::{Context as _, bail};
use chrono::Utc;
use crossterm::terminal;

use crate::{
    core::Workspace,
    signals::{self, TerminalSignal},
};
use tty::{Tty, read_input};

pub use app::App;
pub use appearance::{Appearance, Terminal};
pub use jobs::{Jobs, perform};
pub use keymap::{Action, Context, KeyLine, Keymap, name};
pub use live::{LiveView, Unseen};
pub use msg::{Effect, Job, Moment, Msg, News, Purpose};
pub use screen::{
    At, Brief, ChangesRequest, DiffReply, DiffRequest, EventsRequest, NumberedRow, Origin, Reply,
    Request, RowsRead, RowsRequest, RowsWanted, SearchRequest,
};
pub use setup::{Capture, Setup};
pub use theme::Theme;
pub use tty::Decoder;

/// Runs the UI until the user quits.
pub fn run(workspace: &Workspace, setup: Setup) -> anyhow::Result<()> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        bail!(
            "the terminal UI needs a terminal: use `unrewind list` and the other commands instead"
        );
    }
    if env::var_os("TERM").is_some_and(|term| term == "dumb") {
        bail!(
            "the terminal UI needs a terminal that can draw, and this one is TERM=dumb: use `unrewind list` and the other commands instead"
        );
    }
    // Without colours crossterm would also take back bold and reverse; the plain theme has none instead.
    crossterm::style::force_color_output(true);
    let (sender, messages) = mpsc::channel();
    let started = Instant::now();
    hear_signals(sender.clone())?;
    let tty = Tty::take(setup.mouse, started, sender.clone());
    let tty = tty.context("cannot set up the terminal")?;
    let mut front = Front {
        tty,
        started,
        jobs: Jobs::new(workspace.clone(), sender.clone()),
        frame: FrameState::Outdated,
    };
    let end = front.run(workspace, setup, sender, &messages);
    front.tty.give_back();
    match end? {
        End::Quit => Ok(()),
        End::Failed => bail!("a defect in Unrewind ended it; nothing is left half done"),
    }
}

/// What the UI works on: the terminal and the jobs.
struct Front {
    tty: Tty,
    started: Instant,
    jobs: Jobs,
    frame: FrameState,
}

/// Whether the last frame shows the UI as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameState {
    Current,
    Outdated,
}

/// Why the UI ends.
enum End {
    /// The user wants it to.
    Quit,
    /// A job panicked.
    Failed,
}

impl Front {
    fn run(
        &mut self,
        workspace: &Workspace,
        setup: Setup,
        sender: Sender<Msg>,
        messages: &Receiver<Msg>,
    ) -> anyhow::Result<End> {
        let size = terminal::size()?;
        let (zone, profile) = (crate::text::Zone::Local, workspace.profile.clone());
        let (mut app, effects) = App::new(setup, zone, profile, Utc::now(), size);
        read_input(self.started, sender.clone());
        let _watcher = watch::watch(workspace, sender);
        let mut flow = self.carry_out(effects);
        let end = loop {
            if let ControlFlow::Break(end) = flow {
                break end;
            }
            flow = match self.draw(&mut app) {
                ControlFlow::Continue(()) => self.take_messages(&mut app, messages),
                ControlFlow::Break(end) => ControlFlow::Break(end),
            };
        };
        self.jobs.end();
        Ok(end)
    }

    /// Draws a frame if the last one is outdated and is written.
    fn draw(&mut self, app: &mut App) -> ControlFlow<End> {
        if self.frame == FrameState::Current || self.tty.is_writing {
            return ControlFlow::Continue(());
        }
        self.frame = FrameState::Current;
        app.begin_frame();
        match self.tty.draw(|frame| app.draw(frame)) {
            Ok(()) => ControlFlow::Continue(()),
            // The terminal is gone.
            Err(_) => self.carry_out(app.update(Msg::Terminate)),
        }
    }

    /// Waits for a message, then takes all there are.
    fn take_messages(&mut self, app: &mut App, messages: &Receiver<Msg>) -> ControlFlow<End> {
        let first = match app.wakes_in() {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => messages.recv_timeout(wait),
        };
        let mut next = match first {
            Ok(msg) => Some(msg),
            Err(RecvTimeoutError::Timeout) => {
                self.frame = FrameState::Outdated;
                None
            }
            Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(End::Quit),
        };
        let moment = Moment {
            clock: Utc::now(),
            steady: self.started.elapsed(),
        };
        self.carry_out(app.update(Msg::Clock(moment)))?;
        while let Some(msg) = next {
            if let Msg::Drawn(_) = msg {
                self.tty.is_writing = false;
            } else {
                self.frame = FrameState::Outdated;
            }
            self.carry_out(app.update(msg))?;
            next = messages.try_recv().ok();
        }
        ControlFlow::Continue(())
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> ControlFlow<End> {
        for effect in effects {
            match effect {
                Effect::Start {
                    purpose,
                    ticket,
                    job,
                } => self.jobs.start(purpose, ticket, job),
                Effect::Cancel(purpose) => self.jobs.cancel(purpose),
                Effect::Copy(text) => {
                    self.tty.write(clipboard::sequence(&text));
                    clipboard::hand_to_programs(&text);
                }
                Effect::Mouse(mouse) => self.tty.hear_mouse(mouse),
                // A terminal that is gone is noticed where it is drawn on.
                Effect::Repaint => drop(self.tty.repaint()),
                Effect::Suspend => signals::suspend(),
                Effect::Stop => {
                    self.tty.give_back();
                    signals::stop();
                    drop(self.tty.retake());
                }
                Effect::Retake => drop(self.tty.retake()),
                Effect::Quit => return ControlFlow::Break(End::Quit),
                Effect::Fail => return ControlFlow::Break(End::Failed),
            }
        }
        ControlFlow::Continue(())
    }
}

/// Reports the signals that mean something to the UI.
fn hear_signals(messages: Sender<Msg>) -> anyhow::Result<()> {
    signals::on_terminal_signal(move |signal| {
        let msg = match signal {
            TerminalSignal::End => Msg::Terminate,
            TerminalSignal::Stop => Msg::Stop,
            TerminalSignal::Continue => Msg::Continue,
            TerminalSignal::Resized => match terminal::size() {
                Ok((width, height)) => Msg::Resize(width, height),
                Err(_) => return true,
            },
        };
        messages.send(msg).is_ok()
    })
}
