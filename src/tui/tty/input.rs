//! Reads the terminal on a thread that ends with the program; each key has the time at which it came.

use std::{io, sync::mpsc::Sender, thread::Builder, time::Instant};

use crossterm::event::{Event, MouseEventKind};

use crate::tui::message::Message;

/// The message for an event, if there is one.
fn message(event: Event, started: Instant) -> Option<Message> {
    match event {
        Event::Key(key) => Some(Message::Key {
            key,
            typed: started.elapsed(),
        }),
        Event::Mouse(mouse) if mouse.kind == MouseEventKind::Moved => None,
        Event::Mouse(event) => Some(Message::Mouse {
            event,
            used: started.elapsed(),
        }),
        Event::Paste(text) => Some(Message::Paste(text)),
        Event::Resize(width, height) => Some(Message::Resize(width, height)),
        _ => None,
    }
}

/// Reads the terminal until it is gone, which ends the program.
#[cfg(unix)]
pub fn read_input(started: Instant, messages: Sender<Message>) -> io::Result<()> {
    use std::{
        io::{ErrorKind, Read},
        sync::mpsc::{self, RecvTimeoutError},
    };

    use rustix::event::{PollFd, PollFlags, poll};

    use super::Decoder;

    let (sender, bytes) = mpsc::channel::<Vec<u8>>();
    Builder::new().spawn(move || {
        let mut buffer = [0; 4096];
        loop {
            match io::stdin().lock().read(&mut buffer) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Another program left the terminal in a mode in which reads do not wait.
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    // The next read notices a terminal that is gone.
                    let _ = poll(&mut [PollFd::new(&io::stdin(), PollFlags::IN)], None);
                }
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    if sender.send(buffer[..length].to_vec()).is_err() {
                        return;
                    }
                }
            }
        }
    })?;
    Builder::new().spawn(move || {
        let mut decoder = Decoder::default();
        loop {
            let came = match decoder.patience() {
                Some(patience) => bytes.recv_timeout(patience),
                None => bytes.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let events = match came {
                Ok(bytes) => decoder.take(&bytes),
                Err(RecvTimeoutError::Timeout) => decoder.expire(),
                Err(RecvTimeoutError::Disconnected) => {
                    let _ = messages.send(Message::Terminate);
                    return;
                }
            };
            let means = |event| message(event, started);
            for message in events.into_iter().filter_map(means) {
                if messages.send(message).is_err() {
                    return;
                }
            }
        }
    })?;
    Ok(())
}

/// Reads the terminal until it is gone, which ends the program.
#[cfg(not(unix))]
pub fn read_input(started: Instant, messages: Sender<Message>) -> io::Result<()> {
    Builder::new().spawn(move || {
        loop {
            let message = match crossterm::event::read() {
                Ok(event) => match message(event, started) {
                    Some(message) => message,
                    None => continue,
                },
                Err(_) => Message::Terminate,
            };
            let is_last = matches!(message, Message::Terminate);
            if messages.send(message).is_err() || is_last {
                return;
            }
        }
    })?;
    Ok(())
}
