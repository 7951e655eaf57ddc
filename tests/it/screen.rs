//! The terminal UI without a terminal: keys go in, tasks run where they are started, and the screen
//! comes out as a buffer. The clock stands still unless a test moves it.
//!
//! Files get the clock's time too, and what would be another text on each machine is replaced before
//! the UI is told of it: the data folder's place, and who else has the database open.

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
    core::{Process, Workspace},
    text::Zone,
    tui::{App, Effect, Message, Moment, Reply, Setup, Slot, Terminal as Emulator, perform},
};

use crate::sandbox::{Sandbox, age, now};
use task_queue::HeldTask;

/// The UI of a sandbox.
pub struct Tui {
    app: App,
    workspace: Workspace,
    now: DateTime<Utc>,
    /// The steady clock.
    steady: Duration,
    size: (u16, u16),
    /// What is still to be done.
    queue: VecDeque<Effect>,
    /// TaskRunner of these purposes wait for [`Tui::release`].
    held: Vec<Slot>,
    waiting: Vec<HeldTask>,
    effects: Vec<String>,
    others: Vec<Process>,
    is_over: bool,
}

/// Long enough for a screen to be read.
const AT_LEISURE: Duration = Duration::from_secs(1);

/// A terminal with all colours.
const COLOURED: &[(&str, &str)] = &[("COLORTERM", "truecolor")];

impl Sandbox {
    /// The UI on a terminal of this many columns and rows, once it has looked at everything, with the
    /// newest snapshot selected.
    pub fn tui(&self, columns: u16, rows: u16) -> Tui {
        self.tui_in(COLOURED, columns, rows)
    }

    /// The UI once it has looked at everything, before any key.
    pub fn tui_at_start(&self, columns: u16, rows: u16) -> Tui {
        let mut tui = self.tui_to_be("", COLOURED, (columns, rows));
        tui.settle();
        tui
    }

    /// The UI in an environment of these variables.
    pub fn tui_in(&self, environment: &[(&str, &str)], columns: u16, rows: u16) -> Tui {
        let mut tui = self.tui_to_be("", environment, (columns, rows));
        // Before anything is known a key changes nothing but that nothing is selected for the user.
        tui.keys("<home>");
        tui
    }

    /// The UI with these settings in the user's configuration.
    pub fn tui_set(&self, settings: &str, columns: u16, rows: u16) -> Tui {
        let mut tui = self.tui_to_be(settings, COLOURED, (columns, rows));
        // Before anything is known a key changes nothing but that nothing is selected for the user.
        tui.keys("<home>");
        tui
    }

    /// The UI while nothing is known: its first tasks are still to be done.
    pub fn tui_before_anything(&self, columns: u16, rows: u16) -> Tui {
        self.tui_to_be("", COLOURED, (columns, rows))
    }

    fn tui_to_be(&self, settings: &str, environment: &[(&str, &str)], size: (u16, u16)) -> Tui {
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
            .clock(now())
            .build();
        let (zone, profile) = (Zone::Utc, workspace.profile().clone());
        let (app, effects) = App::new(setup, zone, profile, now(), size);
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
            others: Vec::new(),
            is_over: false,
        }
    }
}

impl Tui {
    /// Presses keys, each after a while in which the screen could be read, and does what they ask for: a
    /// character is its own key, others have names, as in `jj<enter><c-c>`.
    #[track_caller]
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys::parse(keys) {
            self.seen();
            let typed = self.steady + AT_LEISURE;
            self.hear(Message::Key { key, typed });
        }
        self
    }

    /// Presses keys at this time on the steady clock, without a frame between them.
    #[track_caller]
    pub fn keys_at(&mut self, millis: u64, keys: &str) -> &mut Self {
        let typed = Duration::from_millis(millis);
        for key in keys::parse(keys) {
            self.hear(Message::Key { key, typed });
        }
        self
    }

    /// A frame is drawn, and written to the terminal at this time on the steady clock.
    #[track_caller]
    pub fn drawn_at(&mut self, millis: u64) -> &mut Self {
        self.app.begin_frame();
        self.hear(Message::Drawn(Duration::from_millis(millis)))
    }

    /// A frame is drawn; it is not written yet.
    pub fn frame_begins(&mut self) {
        self.app.begin_frame();
    }

    /// A frame is drawn and written now.
    fn seen(&mut self) {
        self.app.begin_frame();
        let effects = self.app.update(Message::Drawn(self.steady));
        self.queue.extend(effects);
    }

    /// Tells the UI of something, and does what it asks for.
    #[track_caller]
    pub fn hear(&mut self, msg: Message) -> &mut Self {
        assert!(!self.is_over, "nothing is heard after the end");
        self.queue.extend(self.app.update(msg));
        self.settle();
        self
    }

    /// Lets time pass.
    pub fn later(&mut self, time: TimeDelta) -> &mut Self {
        self.now += time;
        self.steady += time.to_std().expect("time passes");
        let (clock, steady) = (self.now, self.steady);
        self.hear(Message::Clock(Moment { clock, steady }))
    }

    /// Sets the clock on the wall back, as time servers do.
    pub fn set_back(&mut self, time: TimeDelta) -> &mut Self {
        self.now -= time;
        let (clock, steady) = (self.now, self.steady);
        self.hear(Message::Clock(Moment { clock, steady }))
    }

    /// Gives the terminal another size.
    pub fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        self.size = (columns, rows);
        self.hear(Message::Resize(columns, rows))
    }

    /// Lets other processes have the database open from now on.
    pub fn opened_by(&mut self, name: &str, pid: u32) -> &mut Self {
        let name = name.to_owned();
        self.others.push(Process {
            pid,
            name,
            started: None,
        });
        self
    }

    /// Whether the UI has ended the program.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    /// What the UI wanted done since this was asked last, in words.
    pub fn effects(&mut self) -> Vec<String> {
        std::mem::take(&mut self.effects)
    }

    /// How long it can be left alone.
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
        text::of(&self.buffer())
    }

    /// The text of the dialog that is open, its title first; nothing if there is none.
    pub fn dialog(&self) -> Option<String> {
        text::dialog(&self.buffer())
    }

    /// The text of the selected row.
    #[track_caller]
    pub fn selected(&self) -> String {
        text::selected(&self.buffer()).expect("a row is selected")
    }

    /// The first words of the last row: the keys that work.
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

    /// Does a task and tells the UI of it; whether there was a moment to press the keys.
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
        let typed = self.steady + AT_LEISURE;
        let mut pressed = false;
        let mut told = Vec::new();
        perform(task, &self.workspace, self.now, &mut |mut reply| {
            let Reply::Progress(_) = reply else {
                effects::elsewhere(&mut reply, &data, &self.others);
                told.push(reply);
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
        for reply in told {
            self.queue.extend(self.app.update(message(reply)));
        }
        pressed
    }
}

/// Makes no file of the snapshots younger than this.
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
