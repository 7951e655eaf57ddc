//! The terminal UI in a pseudo-terminal: how soon it appears, how soon it responds to a key while
//! a large snapshot is counted, and what it costs while it is idle.

use std::{
    fs,
    io::{Read, Write},
    num::NonZeroU16,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use anyhow::Context;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::{Args, measure::median, seconds, site::Site};

/// The number of keys typed in a session, and the number of sessions of a run.
const KEYS: usize = 40;
const SESSIONS: usize = 5;
const ROWS: NonZeroU16 = NonZeroU16::new(40).expect("it is not zero");
const COLUMNS: NonZeroU16 = NonZeroU16::new(120).expect("it is not zero");
const PATIENCE: Duration = Duration::from_secs(20);

/// Measures and prints.
pub fn measure(site: &Site, args: &Args) -> anyhow::Result<()> {
    let (mut frames, mut lists, mut answers) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..args.runs * SESSIONS {
        site.clear()?;
        let mut list = site.unrewind();
        list.arg("list").arg("--data-dir").arg(site.many());
        let start = Instant::now();
        list.stdout(Stdio::null()).status()?;
        lists.push(start.elapsed());

        let start = Instant::now();
        let mut ui = Ui::open(site, &site.many())?;
        ui.wait_for("Snapshots  all 10,000")?;
        frames.push(start.elapsed());
        ui.close()?;

        let mut ui = Ui::open(site, &site.data())?;
        ui.wait_for("Snapshots  all 1")?;
        for key in ["?", "q"].iter().cycle().take(KEYS) {
            answers.push(ui.answer(key)?);
        }
        ui.close()?;
    }
    answers.sort_unstable();
    println!(
        "unrewind list, 10,000 snapshots   {}",
        seconds(median(lists))
    );
    println!(
        "the UI shows them                 {}",
        seconds(median(frames))
    );
    let at =
        |percent: usize| seconds(answers[(answers.len() * percent / 100).min(answers.len() - 1)]);
    println!(
        "key to frame while rows are counted: median {}, 99 % within {}, of {} keys",
        at(50),
        at(99),
        answers.len()
    );
    let mut ui = Ui::open(site, &site.many())?;
    ui.wait_for("Snapshots  all 10,000")?;
    let idle = ui.idle(Duration::from_secs(5))?;
    println!("processor in 5 s of idleness: {idle} ticks of 10 ms");
    ui.close()
}

struct Ui {
    program: Box<dyn Child + Send + Sync>,
    _pty: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<(Instant, Vec<u8>)>,
    screen: vt100::Parser,
}

impl Ui {
    fn open(site: &Site, data: &Path) -> anyhow::Result<Self> {
        let command: Command = site.unrewind();
        let mut builder = CommandBuilder::new(command.get_program());
        builder.arg("--data-dir");
        builder.arg(data);
        builder.env("TERM", "xterm-256color");
        for (name, value) in command.get_envs() {
            builder.env(name, value.unwrap_or_default());
        }
        let size = PtySize {
            rows: ROWS.get(),
            cols: COLUMNS.get(),
            ..PtySize::default()
        };
        let pair = native_pty_system().openpty(size)?;
        let program = pair.slave.spawn_command(builder)?;
        let mut reader = pair.master.try_clone_reader()?;
        let (sender, output) = mpsc::channel();
        thread::spawn(move || {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = reader.read(&mut bytes) {
                if sender
                    .send((Instant::now(), bytes[..length].to_vec()))
                    .is_err()
                {
                    break;
                }
            }
        });
        Ok(Self {
            program,
            keyboard: pair.master.take_writer()?,
            _pty: pair.master,
            output,
            screen: vt100::Parser::new(ROWS, COLUMNS, 0),
        })
    }

    fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        while !self.screen.screen().contents().contains(text) {
            let (_, bytes) = self.output.recv_timeout(PATIENCE).with_context(|| {
                format!(
                    "{text:?} did not appear:\n{}",
                    self.screen.screen().contents()
                )
            })?;
            self.screen.process(&bytes);
        }
        Ok(())
    }

    /// Types a key and waits until the frame changes; returns how long that took.
    fn answer(&mut self, key: &str) -> anyhow::Result<Duration> {
        while let Ok((_, bytes)) = self.output.try_recv() {
            self.screen.process(&bytes);
        }
        let is_help = |ui: &Self| ui.screen.screen().contents().contains("Keys");
        let before = is_help(self);
        let start = Instant::now();
        self.keyboard.write_all(key.as_bytes())?;
        loop {
            let (when, bytes) = self
                .output
                .recv_timeout(PATIENCE)
                .context("a key is not answered")?;
            self.screen.process(&bytes);
            if is_help(self) != before {
                return Ok(when - start);
            }
        }
    }

    /// The processor's ticks in this time, once the first work is done.
    fn idle(&mut self, time: Duration) -> anyhow::Result<u64> {
        let id = self.program.process_id().context("it has ended")?;
        let ticks = || -> anyhow::Result<u64> {
            let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
            let fields: Vec<&str> = stat.rsplit(") ").next().unwrap_or("").split(' ').collect();
            Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
        };
        let (mut before, start) = (ticks()?, Instant::now());
        loop {
            thread::sleep(Duration::from_secs(1));
            let now = ticks()?;
            if now == before || start.elapsed() > PATIENCE {
                break;
            }
            before = now;
        }
        let before = ticks()?;
        thread::sleep(time);
        Ok(ticks()? - before)
    }

    fn close(mut self) -> anyhow::Result<()> {
        self.program.kill()?;
        self.program.wait()?;
        Ok(())
    }
}
