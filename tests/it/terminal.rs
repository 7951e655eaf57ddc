//! A program in a pseudo-terminal: keys go in, and the screen that a user would see comes out.
//!
//! Nothing here sleeps. A thread forwards the program's output, and every wait is for a condition on the
//! screen. A wait never sees a synchronized update in progress. A program without such updates may show half a
//! frame, so wait for everything that the test checks. Also wait for the first frame before the first key:
//! until then the terminal is not raw, and echoes.

mod keys;

use std::ffi::OsStr;
use std::io::{ErrorKind, Read, Write};
use std::num::NonZeroU16;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::{MouseProtocolMode, Screen};

/// How long a wait lasts before it fails: far beyond what a loaded machine needs.
const PATIENCE: Duration = Duration::from_secs(30);

/// A program, its pseudo-terminal, and the screen it has drawn so far.
///
/// Dropping it kills the program.
pub(crate) struct Terminal {
    program: Box<Child>,
    pty: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    emulator: vt100::Parser<Requests>,
    settings: String,
}

impl Terminal {
    /// Starts a program on a terminal of `size`, which is columns, then rows.
    ///
    /// The environment is `envs`, a `TERM` and a `COLORTERM` that `envs` may override, and `SHELL`.
    pub(crate) fn start(
        command: &Path,
        args: &[&str],
        cwd: &Path,
        envs: impl IntoIterator<Item = (impl AsRef<OsStr>, impl AsRef<OsStr>)>,
        size: (u16, u16),
    ) -> Self {
        // portable-pty would silently fall back to the home folder.
        assert!(cwd.is_dir(), "{} is not a folder", cwd.display());
        let mut builder = CommandBuilder::new(command);
        builder.args(args);
        builder.cwd(cwd);
        builder.env_clear();
        builder.env("TERM", "xterm-256color");
        builder.env("COLORTERM", "truecolor");
        for (name, value) in envs {
            builder.env(name, value);
        }

        let pair = native_pty_system()
            .openpty(pty_size(size))
            .expect("the system has a pseudo-terminal to spare");
        let settings = settings(&*pair.master);
        let program: Box<dyn portable_pty::Child> = pair
            .slave
            .spawn_command(builder)
            .unwrap_or_else(|error| panic!("cannot start {}: {error}", command.display()));
        let (columns, rows) = emulator_size(size);
        Self {
            program: program
                .downcast()
                .expect("a native program is a child of this process"),
            keyboard: pair.master.take_writer().expect("the writer is taken once"),
            output: output(&*pair.master),
            pty: pair.master,
            emulator: vt100::Parser::new_with_callbacks(rows, columns, 0, Requests::default()),
            settings,
        }
    }

    /// Types `keys`: a character is its own key, other keys have names, as in `jj<enter><c-c>`.
    ///
    /// The names are those in `terminal/keys.rs`.
    #[track_caller]
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        let bytes = keys::encode(keys);
        if let Err(error) = self.keyboard.write_all(bytes.as_bytes()) {
            panic!(
                "the program does not read the keys: {error}; the screen:\n{}",
                self.text()
            );
        }
        self
    }

    /// Waits until `text` is on the screen.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, text: &str) -> &mut Self {
        self.wait(&format!("{text:?}"), |screen| {
            screen.contents().contains(text)
        })
    }

    /// Waits until `predicate` holds for the screen.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, predicate: impl Fn(&Screen) -> bool) -> &mut Self {
        self.wait("the awaited screen", predicate)
    }

    /// Waits until the program has ended and all its output has been read.
    ///
    /// Returns its exit code as a shell reports it: 128 plus the signal's number if a signal ended it.
    #[track_caller]
    pub(crate) fn wait_exit(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.receive(deadline) {
                Ok(()) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => {
                    panic!(
                        "still running after {PATIENCE:?}; the screen:\n{}",
                        self.text()
                    )
                }
            }
        }
        let status = self.program.wait().expect("a child can be waited for");
        status
            .code()
            .or_else(|| status.signal().map(|signal| 128 + signal))
            .expect("an ended program has a code or a signal")
    }

    /// The text on the screen, without the blanks at the ends of its lines. A line wrapped over several rows is
    /// one line.
    pub(crate) fn text(&self) -> String {
        self.screen().contents()
    }

    /// The screen as of the last wait: cells with their styles, the cursor, the modes.
    pub(crate) fn screen(&self) -> &Screen {
        self.emulator.screen()
    }

    /// Gives the terminal another size, as dragging the corner of its window would.
    pub(crate) fn resize(&mut self, columns: u16, rows: u16) -> &mut Self {
        let (wide, tall) = emulator_size((columns, rows));
        self.emulator.set_size(tall, wide);
        self.pty
            .resize(pty_size((columns, rows)))
            .expect("an open pseudo-terminal can be resized");
        self
    }

    /// Sends the program a signal by its name without `SIG`, as in `TERM`.
    pub(crate) fn signal(&mut self, name: &str) -> &mut Self {
        // Use the shell's own `kill`, because a small system may lack the program.
        let status = Command::new("sh")
            .args([
                "-c",
                r#"kill -s "$0" "$1""#,
                name,
                &self.program.id().to_string(),
            ])
            .status()
            .expect("there is a shell");
        assert!(status.success(), "cannot send {name}: {status}");
        self
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.program.id()
    }

    /// What the program has changed in the terminal and not restored.
    pub(crate) fn altered(&self) -> Vec<&'static str> {
        let screen = self.screen();
        [
            ("the alternate screen", screen.alternate_screen()),
            ("a hidden cursor", screen.hide_cursor()),
            (
                "mouse reports",
                screen.mouse_protocol_mode() != MouseProtocolMode::None,
            ),
            ("bracketed paste", screen.bracketed_paste()),
            ("raw mode", settings(&*self.pty) != self.settings),
        ]
        .into_iter()
        .filter_map(|(what, altered)| altered.then_some(what))
        .collect()
    }

    #[track_caller]
    fn wait(&mut self, what: &str, predicate: impl Fn(&Screen) -> bool) -> &mut Self {
        let deadline = Instant::now() + PATIENCE;
        while self.emulator.callbacks().frame_is_open || !predicate(self.screen()) {
            let reason = match self.receive(deadline) {
                Ok(()) => continue,
                Err(RecvTimeoutError::Timeout) => format!("within {PATIENCE:?}"),
                Err(RecvTimeoutError::Disconnected) => match self.program.wait() {
                    Ok(status) => format!("before the program ended ({status})"),
                    Err(error) => format!("before the program ended ({error})"),
                },
            };
            panic!(
                "{what} did not appear {reason}; the screen:\n{}",
                self.text()
            );
        }
        self
    }

    /// Draws the next piece of output, and answers its requests.
    fn receive(&mut self, deadline: Instant) -> Result<(), RecvTimeoutError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let chunk = self.output.recv_timeout(left)?;
        self.emulator.process(&chunk);
        let replies = std::mem::take(&mut self.emulator.callbacks_mut().replies);
        // The program may have ended by now.
        let _ = self.keyboard.write_all(replies.concat().as_bytes());
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The test may have failed already: a second panic would hide the reason.
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// The requests of a program that vt100 leaves to its host.
#[derive(Default)]
struct Requests {
    /// Replies not yet sent; without them crossterm would wait two seconds for each.
    replies: Vec<String>,
    /// Whether a synchronized update has begun and not ended.
    frame_is_open: bool,
}

impl vt100::Callbacks for Requests {
    fn unhandled_csi(
        &mut self,
        screen: &mut Screen,
        prefix: Option<u8>,
        _: Option<u8>,
        params: &[&[u16]],
        action: char,
    ) {
        match (prefix, params, action) {
            (None, [[6]], 'n') => {
                let (row, column) = screen.cursor_position();
                let reply = format!("\x1b[{};{}R", row + 1, column + 1);
                self.replies.push(reply);
            }
            (None, _, 'c') => self.replies.push("\x1b[?1;2c".to_owned()),
            (Some(b'?'), [[2026]], 'h') => self.frame_is_open = true,
            (Some(b'?'), [[2026]], 'l') => self.frame_is_open = false,
            _ => {}
        }
    }
}

/// The program's output, as it arrives.
fn output(pty: &dyn MasterPty) -> Receiver<Vec<u8>> {
    let reader = pty.try_clone_reader().expect("the master side can be read");
    let (sender, output) = mpsc::channel();
    thread::spawn(move || forward(reader, &sender));
    output
}

/// Forwards the program's output until it closes its terminal.
fn forward(mut reader: Box<dyn Read + Send>, sender: &Sender<Vec<u8>>) {
    let mut buffer = [0; 16 * 1024];
    loop {
        match reader.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return,
            Ok(length) => {
                if sender.send(buffer[..length].to_vec()).is_err() {
                    return;
                }
            }
        }
    }
}

/// The line settings (echo, line by line and so on) as text, because their type is in a crate that this one does
/// not use.
fn settings(pty: &dyn MasterPty) -> String {
    format!("{:?}", pty.get_termios())
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

fn emulator_size((columns, rows): (u16, u16)) -> (NonZeroU16, NonZeroU16) {
    let positive = |n| NonZeroU16::new(n).expect("the emulator needs a row and a column at least");
    (positive(columns), positive(rows))
}
