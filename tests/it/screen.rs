//! The terminal UI without a terminal: keys go in, tasks run synchronously, and the screen comes out as a
//! buffer. The clock changes only if a test moves it.
//!
//! Files get the clock's time too. What differs between machines is replaced before the UI sees it: the data
//! folder's path, and the processes that have the database open.

mod demo;
mod effects;
mod keys;
mod task_queue;
mod text;

use std::{collections::VecDeque, fs, ops::ControlFlow, path::Path, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer};
use unrewind::{
    config::{Config, ConfigFiles},
    core::{Openers, Process, Workspace},
    text::Zone,
    tui::{App, ClockReading, Effect, Message, Reply, Setup, Slot, Terminal as Emulator, perform},
};

use crate::{
    sandbox::{Sandbox, age, now},
    system::slashed,
};
use task_queue::HeldTask;

/// The UI of a sandbox.
pub struct Tui {
    app: App,
    workspace: Workspace,
    now: DateTime<Utc>,
    /// The monotonic clock.
    steady: Duration,
    size: (u16, u16),
    /// Effects not yet performed.
    queue: VecDeque<Effect>,
    /// Tasks of these slots wait for [`Tui::release`].
    held: Vec<Slot>,
    waiting: Vec<HeldTask>,
    effects: Vec<String>,
    others: Openers,
    is_over: bool,
}

/// Long enough to read a screen.
const READING_TIME: Duration = Duration::from_secs(1);

/// A terminal with all colours.
const COLOURED: &[(&str, &str)] = &[("COLORTERM", "truecolor")];

impl Sandbox {
    /// The UI on a terminal of this many columns and rows, with everything loaded and the newest snapshot
    /// selected.
    pub fn tui(&self, columns: u16, rows: u16) -> Tui {
        self.tui_in(COLOURED, columns, rows)
    }

    /// The UI with everything loaded, before any key.
    pub fn tui_at_start(&self, columns: u16, rows: u16) -> Tui {
        let mut tui = self.build_tui("", COLOURED, (columns, rows));
        tui.settle();
        tui
    }

    /// The UI with these environment variables.
    pub fn tui_in(&self, environment: &[(&str, &str)], columns: u16, rows: u16) -> Tui {
        let mut tui = self.build_tui("", environment, (columns, rows));
        // A key before anything is loaded only prevents the UI from selecting the rewind.
        tui.keys("<home>");
        tui
    }

    /// The UI with these settings in the user's configuration.
    pub fn tui_set(&self, settings: &str, columns: u16, rows: u16) -> Tui {
        let mut tui = self.build_tui(settings, COLOURED, (columns, rows));
        // A key before anything is loaded only prevents the UI from selecting the rewind.
        tui.keys("<home>");
        tui
    }

    /// The UI before its first tasks have run.
    pub fn tui_before_anything(&self, columns: u16, rows: u16) -> Tui {
        self.build_tui("", COLOURED, (columns, rows))
    }

    fn build_tui(&self, settings: &str, environment: &[(&str, &str)], size: (u16, u16)) -> Tui {
        let file = self.path().join("settings.toml");
        fs::write(&file, settings).unwrap();
        let mut config = Config::load(ConfigFiles::chosen(&file)).unwrap();
        config.profile = self.profile.clone();
        let variable = |name: &str| {
            let mut variables = environment.iter();
            let (_, value) = variables.find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        };
        let setup = Setup::new(&config.ui, Emulator::of(variable)).unwrap();
        let workspace = Workspace::builder(self.data())
            .profile(config.profile)
            .archive(config.archive)
            .clock(now())
            .build();
        let (zone, profile) = (Zone::Utc, workspace.profile().clone());
        let (app, effects) = App::new(setup, zone, profile, now(), size);
        let mut others = Openers::default();
        others.are_all = true;
        Tui {
            app,
            workspace,
            now: now(),
            steady: Duration::ZERO,
            size,
            queue: effects.into(),
            held: Vec::new(),
            waiting: Vec::new(),
            effects: Vec::new(),
            others,
            is_over: false,
        }
    }
}

impl Tui {
    /// Presses keys, each after enough time to read the screen, and performs their effects. A character is its own
    /// key, others have names, as in `jj<enter><c-c>`.
    #[track_caller]
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys::parse(keys) {
            self.draw();
            let typed = self.steady + READING_TIME;
            self.send(Message::Key { key, typed });
        }
        self
    }

    /// Presses keys at this time on the monotonic clock, without a frame between them.
    #[track_caller]
    pub fn keys_at(&mut self, millis: u64, keys: &str) -> &mut Self {
        let typed = Duration::from_millis(millis);
        for key in keys::parse(keys) {
            self.send(Message::Key { key, typed });
        }
        self
    }

    /// Draws a frame, which is written to the terminal at this time on the monotonic clock.
    #[track_caller]
    pub fn drawn_at(&mut self, millis: u64) -> &mut Self {
        self.app.begin_frame();
        self.send(Message::Drawn(Duration::from_millis(millis)))
    }

    /// Draws a frame, which is not written yet.
    pub fn frame_begins(&mut self) {
        self.app.begin_frame();
    }

    /// Draws and writes a frame now.
    fn draw(&mut self) {
        self.app.begin_frame();
        let effects = self.app.update(Message::Drawn(self.steady));
        self.queue.extend(effects);
    }

    /// Sends a message to the UI, and performs the effects.
    #[track_caller]
    pub fn send(&mut self, msg: Message) -> &mut Self {
        assert!(!self.is_over, "no message after the end");
        self.queue.extend(self.app.update(msg));
        self.settle();
        self
    }

    /// Lets time pass.
    pub fn later(&mut self, time: TimeDelta) -> &mut Self {
        self.now += time;
        self.steady += time.to_std().expect("time passes");
        let (clock, steady) = (self.now, self.steady);
        self.send(Message::Clock(ClockReading { clock, steady }))
    }

    /// Sets the wall clock back, as a time server may.
    pub fn set_back(&mut self, time: TimeDelta) -> &mut Self {
        self.now -= time;
        let (clock, steady) = (self.now, self.steady);
        self.send(Message::Clock(ClockReading { clock, steady }))
    }

    /// Resizes the terminal.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.size = (columns, rows);
        self.send(Message::Resize(columns, rows))
    }

    /// Adds a process that has the database open.
    pub fn opened_by(&mut self, name: &str, pid: u32) -> &mut Self {
        let name = name.to_owned();
        self.others.processes.push(Process {
            pid,
            name,
            started: None,
        });
        self
    }

    /// Runs on a system that does not show which processes have the database open.
    pub fn sees_no_processes(&mut self) -> &mut Self {
        self.others.are_all = false;
        self
    }

    /// Whether the UI has ended the program.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// The effects since the last call, as text.
    pub fn effects(&mut self) -> Vec<String> {
        std::mem::take(&mut self.effects)
    }

    /// How long until the UI must draw again.
    pub fn wakes_in(&self) -> Option<std::time::Duration> {
        self.app.wakes_in()
    }

    /// The screen.
    pub fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| self.app.draw(frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The text on the screen, without the blanks at the ends of its rows.
    pub fn frame(&self) -> String {
        slashed(&text::rows_of(&self.buffer()))
    }

    /// The text of the open dialog, its title first.
    pub fn dialog(&self) -> Option<String> {
        text::dialog(&self.buffer()).map(|text| slashed(&text))
    }

    /// The text of the selected row.
    #[track_caller]
    pub fn selected(&self) -> String {
        text::selected(&self.buffer()).expect("a row is selected")
    }

    /// The last row, which shows the active keys.
    pub fn footer(&self) -> String {
        self.frame().lines().last().unwrap_or_default().to_owned()
    }

    fn settle(&mut self) {
        while let Some(effect) = self.queue.pop_front() {
            self.effects.push(effects::words(&effect));
            match effect {
                Effect::Start { slot, ticket, task } => {
                    self.cancel(slot);
                    let waiting = HeldTask {
                        slot,
                        ticket,
                        task,
                        is_cancelled: false,
                    };
                    if self.held.contains(&slot) {
                        self.waiting.push(waiting);
                    } else {
                        self.perform(waiting, "");
                    }
                }
                Effect::Cancel(slot) => self.cancel(slot),
                Effect::Copy(_)
                | Effect::Remember(_)
                | Effect::Mouse(_)
                | Effect::Repaint
                | Effect::Suspend
                | Effect::Stop
                | Effect::Retake => {}
                Effect::Quit | Effect::Fail => self.is_over = true,
            }
        }
    }

    fn cancel(&mut self, slot: Slot) {
        let tasks = self.waiting.iter_mut();
        for task in tasks.filter(|task| task.slot == slot) {
            task.is_cancelled = true;
        }
    }

    /// Runs a task and sends its replies to the UI; returns whether a progress report allowed to press the keys.
    fn perform(&mut self, waiting: HeldTask, mut keys: &str) -> bool {
        let HeldTask {
            slot,
            ticket,
            task,
            mut is_cancelled,
        } = waiting;
        let message = |reply| Message::Reply {
            slot,
            ticket,
            reply: Box::new(reply),
        };
        let data = self.workspace.data_dir().to_owned();
        let (app, queue) = (&mut self.app, &mut self.queue);
        let typed = self.steady + READING_TIME;
        let mut pressed = false;
        let mut replies = Vec::new();
        perform(task, &self.workspace, self.now, &mut |mut reply| {
            let Reply::Progress(_) = reply else {
                effects::elsewhere(&mut reply, &data, &self.others);
                replies.push(reply);
                return ControlFlow::Continue(());
            };
            let mut effects = app.update(message(reply));
            for key in keys::parse(std::mem::take(&mut keys)) {
                effects.extend(app.update(Message::Key { key, typed }));
            }
            pressed = true;
            let stops = |effect: &Effect| matches!(effect, Effect::Cancel(what) if *what == slot);
            is_cancelled |= effects.iter().any(stops);
            queue.extend(effects);
            if is_cancelled {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if slot == Slot::Operation {
            age_to(&self.workspace.data_dir().join("snapshots"), self.now);
        }
        for reply in replies {
            self.queue.extend(self.app.update(message(reply)));
        }
        pressed
    }
}

/// Sets the time of files newer than `now` to it.
fn age_to(folder: &Path, now: DateTime<Utc>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            age_to(&path, now);
        } else if DateTime::<Utc>::from(path.metadata().unwrap().modified().unwrap()) > now {
            age(&path, now);
        }
    }
}
