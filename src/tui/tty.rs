//! The terminal: its modes while the UI has it, the frames that are written to it, and what it
//! sends. The UI never waits for the terminal: a thread writes, and reports each frame that is written.

mod decode;
mod input;
mod output;

use std::{
    cell::RefCell,
    io::{self, Write},
    panic,
    rc::Rc,
    sync::mpsc::Sender,
    time::Instant,
};

use crossterm::{
    Command, cursor,
    event::{DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture},
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen,
    },
};
use ratatui::{Frame, Terminal, backend::CrosstermBackend};

use super::{message::Message, setup::Capture};
use crate::core::is_caught;
use output::{Output, OutputPiece};

pub use decode::Decoder;
pub use input::read_input;

/// The terminal while the UI has it.
pub struct Tty {
    terminal: Terminal<CrosstermBackend<Canvas>>,
    canvas: Canvas,
    output: Output,
    mouse: Capture,
    /// Whether a frame is being written.
    pub is_writing: bool,
}

impl Tty {
    /// Takes the terminal; reports of frames go to `messages`, with the time since `started`.
    pub fn take(mouse: Capture, started: Instant, messages: Sender<Message>) -> io::Result<Self> {
        let canvas = Canvas::default();
        let output = Output::start(started, messages)?;
        give_back_on_panic(output.clone());
        let mut tty = Self {
            terminal: Terminal::new(CrosstermBackend::new(canvas.clone()))?,
            canvas,
            output,
            mouse,
            is_writing: false,
        };
        tty.set_up()?;
        Ok(tty)
    }

    fn set_up(&mut self) -> io::Result<()> {
        terminal::enable_raw_mode()?;
        // A terminal without bracketed paste types what is pasted.
        self.send(&[&EnterAlternateScreen, &EnableBracketedPaste]);
        self.capture_mouse(self.mouse);
        Ok(())
    }

    /// Has the terminal report the mouse, or keep it for itself.
    pub fn capture_mouse(&mut self, mouse: Capture) {
        self.mouse = mouse;
        match mouse {
            Capture::Ours => self.send(&[&EnableMouseCapture]),
            Capture::Terminals => self.send(&[&DisableMouseCapture]),
        }
    }

    /// Writes bytes that are not part of a frame.
    pub fn write(&self, bytes: Vec<u8>) {
        self.output.send(OutputPiece::Bytes(bytes));
    }

    /// Draws a frame, which the terminal shows as a whole.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame<'_>)) -> io::Result<()> {
        self.terminal.draw(render)?;
        let mut frame = sequence(&[&BeginSynchronizedUpdate]);
        frame.extend(self.canvas.take());
        frame.extend(sequence(&[&EndSynchronizedUpdate]));
        self.is_writing = true;
        self.output.send(OutputPiece::Frame(frame));
        Ok(())
    }

    /// Sets up the terminal anew after another program had it, and draws everything again.
    pub fn retake(&mut self) -> io::Result<()> {
        // The other program may have changed its mode.
        terminal::disable_raw_mode()?;
        self.set_up()?;
        self.repaint()
    }

    /// Draws everything again.
    pub fn repaint(&mut self) -> io::Result<()> {
        // `Terminal::clear` would request the cursor position, and wait for a reply that the input thread reads.
        self.send(&[&Clear(ClearType::All)]);
        self.terminal = Terminal::new(CrosstermBackend::new(self.canvas.clone()))?;
        Ok(())
    }

    /// Gives the terminal back as it was, without waiting for one that is not read.
    pub fn give_back(&self) {
        give_back(&self.output);
    }

    fn send(&self, commands: &[&dyn Ansi]) {
        self.output.send(OutputPiece::Bytes(sequence(commands)));
    }
}

fn give_back(output: &Output) {
    output.send(OutputPiece::Bytes(leaving()));
    output.finish();
    // A terminal that is gone needs nothing.
    let _ = terminal::disable_raw_mode();
}

/// The sequences that reset the terminal.
fn leaving() -> Vec<u8> {
    sequence(&[
        &EndSynchronizedUpdate,
        &DisableBracketedPaste,
        &DisableMouseCapture,
        &LeaveAlternateScreen,
        &cursor::Show,
    ])
}

/// A defect may end the UI: the terminal is then given back before the defect is reported.
fn give_back_on_panic(output: Output) {
    let report = panic::take_hook();
    panic::set_hook(Box::new(move |defect| {
        if !is_caught(defect) {
            give_back(&output);
        }
        report(defect);
    }));
}

/// A command's escape sequence.
trait Ansi {
    fn put(&self, bytes: &mut String);
}

impl<C: Command> Ansi for C {
    fn put(&self, bytes: &mut String) {
        // A String takes everything.
        let _ = self.write_ansi(bytes);
    }
}

fn sequence(commands: &[&dyn Ansi]) -> Vec<u8> {
    let mut bytes = String::new();
    for command in commands {
        command.put(&mut bytes);
    }
    bytes.into_bytes()
}

/// What ratatui has drawn and is not written yet.
#[derive(Clone, Default)]
struct Canvas(Rc<RefCell<Vec<u8>>>);

impl Canvas {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Canvas {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
