//! Writes to the terminal on its own thread, which a terminal that is not read may block.

use std::{
    io::{self, ErrorKind, Write},
    sync::mpsc::{self, Receiver, Sender},
    thread,
    time::{Duration, Instant},
};

use crate::tui::message::Message;

/// Sends to the thread that writes.
#[derive(Clone, Debug)]
pub(super) struct Output {
    pieces: Sender<OutputPiece>,
}

#[derive(Debug)]
pub(super) enum OutputPiece {
    /// A frame: the thread reports when it is written.
    Frame(Vec<u8>),
    /// Anything else to write.
    Bytes(Vec<u8>),
    /// Reports when everything before this is written.
    Done(Sender<()>),
}

impl Output {
    /// It does little.
    const STACK: usize = 256 * 1024;
    /// A terminal that somebody reads accepts the rest within this time.
    const PATIENCE: Duration = Duration::from_secs(1);

    pub(super) fn start(started: Instant, messages: Sender<Message>) -> io::Result<Self> {
        let (pieces, received) = mpsc::channel();
        let terminal = terminal()?;
        let thread = thread::Builder::new()
            .name("output".to_owned())
            .stack_size(Self::STACK);
        thread.spawn(move || write(terminal, &received, started, &messages))?;
        Ok(Self { pieces })
    }

    pub(super) fn send(&self, piece: OutputPiece) {
        // The thread ends only with the program.
        let _ = self.pieces.send(piece);
    }

    /// Waits until everything is written, but not for a terminal that is not read.
    pub(super) fn finish(&self) {
        let (done, is_done) = mpsc::channel();
        self.send(OutputPiece::Done(done));
        let _ = is_done.recv_timeout(Self::PATIENCE);
    }
}

fn write(
    mut terminal: impl Write,
    pieces: &Receiver<OutputPiece>,
    started: Instant,
    messages: &Sender<Message>,
) {
    for piece in pieces {
        let (written, is_frame) = match piece {
            OutputPiece::Frame(bytes) => (write_all(&mut terminal, &bytes), true),
            OutputPiece::Bytes(bytes) => (write_all(&mut terminal, &bytes), false),
            OutputPiece::Done(done) => (done.send(()).or(Ok(())), false),
        };
        let report = match written {
            Ok(()) => is_frame.then(|| Message::Drawn(started.elapsed())),
            // The terminal is gone.
            Err(_) => Some(Message::Terminate),
        };
        // The UI may have ended already.
        let _ = report.map(|report| messages.send(report));
    }
}

/// Writes to a terminal that another program may have left in a mode in which writes do not wait.
fn write_all(terminal: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match terminal.write(bytes) {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => wait_for_room()?,
            Err(error) => return Err(error),
        }
    }
    terminal.flush()
}

/// Waits until the terminal takes more.
#[cfg(unix)]
fn wait_for_room() -> io::Result<()> {
    use rustix::{
        event::{PollFd, PollFlags, poll},
        io::Errno,
    };

    match poll(&mut [PollFd::new(&io::stdout(), PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// On this system writes to a terminal wait.
#[cfg(not(unix))]
fn wait_for_room() -> io::Result<()> {
    Err(ErrorKind::WouldBlock.into())
}

/// The terminal to write to, without the lock of standard output: its holder may be blocked.
#[cfg(unix)]
fn terminal() -> io::Result<impl Write + Send + use<>> {
    use std::{fs::File, os::fd::AsFd};

    Ok(File::from(io::stdout().as_fd().try_clone_to_owned()?))
}

/// The terminal to write to.
#[cfg(not(unix))]
fn terminal() -> io::Result<impl Write + Send + use<>> {
    Ok(io::stdout())
}
