//! The event loop: it takes the terminal, drains the messages, updates the [`App`], draws once, and
//! blocks.

use std::{
    env,
    io::{self, IsTerminal},
    ops::ControlFlow,
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::Instant,
};

use anyhow::{Context as _, bail};
use crossterm::terminal;

use super::{
    app::App,
    clipboard,
    message::{ClockReading, Effect, Message},
    setup::{Setup, ThemeMemory},
    task_runner::TaskRunner,
    tty::{Tty, read_input},
    watch,
};
use crate::{
    core::{Database, Workspace, has_log, now},
    signals::{self, TerminalSignal},
};

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
    // Without colours crossterm would also suppress bold and reverse; the plain theme has no colours.
    crossterm::style::force_color_output(true);
    let (sender, messages) = mpsc::channel();
    let started = Instant::now();
    forward_signals(sender.clone())?;
    let tty = Tty::take(setup.mouse, started, sender.clone());
    let tty = tty.context("cannot set up the terminal")?;
    let closed = workspace.likely_database();
    let closed = closed.filter(|database| !has_log(database));
    let mut event_loop = EventLoop {
        tty,
        started,
        tasks: TaskRunner::new(workspace.clone(), sender.clone()),
        frame: FrameState::Outdated,
        memory: setup.memory.clone(),
    };
    let end = event_loop.run(workspace, setup, sender, &messages);
    event_loop.tty.give_back();
    // A reply that was not received may have the database open.
    drop(messages);
    event_loop.tasks.close();
    if let Some(database) = closed {
        Database::remove_log(&database);
    }
    match end? {
        End::Quit => Ok(()),
        End::Failed => bail!("a defect in Unrewind ended it; nothing is left half done"),
    }
}

/// The loop, with the terminal and the tasks.
struct EventLoop {
    tty: Tty,
    started: Instant,
    tasks: TaskRunner,
    frame: FrameState,
    memory: ThemeMemory,
}

/// Whether the last frame shows the UI as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FrameState {
    Current,
    Outdated,
}

/// Why the UI ends.
enum End {
    /// The user quits, or a signal ends it.
    Quit,
    /// A task panicked.
    Failed,
}

impl EventLoop {
    fn run(
        &mut self,
        workspace: &Workspace,
        setup: Setup,
        sender: Sender<Message>,
        messages: &Receiver<Message>,
    ) -> anyhow::Result<End> {
        let size = terminal::size()?;
        let (zone, profile) = (crate::text::Zone::Local, workspace.profile.clone());
        let (mut app, effects) = App::new(setup, zone, profile, now(), size);
        let reads = read_input(self.started, sender.clone());
        reads.context("cannot start a thread that reads the terminal")?;
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
        self.tasks.end();
        Ok(end)
    }

    /// Draws a frame if the last one is outdated and completely written.
    fn draw(&mut self, app: &mut App) -> ControlFlow<End> {
        if self.frame == FrameState::Current || self.tty.is_writing {
            return ControlFlow::Continue(());
        }
        self.frame = FrameState::Current;
        app.begin_frame();
        match self.tty.draw(|frame| app.draw(frame)) {
            Ok(()) => ControlFlow::Continue(()),
            // The terminal is gone.
            Err(_) => self.carry_out(app.update(Message::Terminate)),
        }
    }

    /// Waits for a message, then takes all that have arrived.
    fn take_messages(&mut self, app: &mut App, messages: &Receiver<Message>) -> ControlFlow<End> {
        let first = match app.wakes_in() {
            None => messages.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(wait) => messages.recv_timeout(wait),
        };
        let mut next = match first {
            Ok(message) => Some(message),
            Err(RecvTimeoutError::Timeout) => {
                self.frame = FrameState::Outdated;
                None
            }
            Err(RecvTimeoutError::Disconnected) => return ControlFlow::Break(End::Quit),
        };
        let moment = ClockReading {
            clock: now(),
            steady: self.started.elapsed(),
        };
        self.carry_out(app.update(Message::Clock(moment)))?;
        while let Some(message) = next {
            if let Message::Drawn(_) = message {
                self.tty.is_writing = false;
            } else {
                self.frame = FrameState::Outdated;
            }
            self.carry_out(app.update(message))?;
            next = messages.try_recv().ok();
        }
        ControlFlow::Continue(())
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> ControlFlow<End> {
        for effect in effects {
            match effect {
                Effect::Start { slot, ticket, task } => self.tasks.start(slot, ticket, task),
                Effect::Cancel(slot) => self.tasks.cancel(slot),
                Effect::Copy(text) => {
                    self.tty.write(clipboard::sequence(&text));
                    clipboard::hand_to_programs(&text);
                }
                Effect::Remember(theme) => self.memory.remember(&theme),
                Effect::Mouse(mouse) => self.tty.capture_mouse(mouse),
                // A terminal that is gone fails the next draw.
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

/// Forwards signals as messages.
fn forward_signals(messages: Sender<Message>) -> anyhow::Result<()> {
    signals::on_terminal_signal(move |signal| {
        let message = match signal {
            TerminalSignal::End => Message::Terminate,
            TerminalSignal::Stop => Message::Stop,
            TerminalSignal::Continue => Message::Continue,
            TerminalSignal::Resized => match terminal::size() {
                Ok((width, height)) => Message::Resize(width, height),
                Err(_) => return true,
            },
        };
        messages.send(message).is_ok()
    })
}
