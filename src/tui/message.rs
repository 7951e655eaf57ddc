//! What happens to the UI, and what the UI has the loop do: plain data, both ways.

use std::time::Duration;

use chrono::{DateTime, Utc};
use crossterm::event::{KeyEvent, MouseEvent};

use super::{
    setup::Capture,
    task::{Reply, Slot, Task},
};

/// What happens to the UI.
#[derive(Debug)]
pub enum Message {
    /// A key is pressed.
    Key {
        /// The key.
        key: KeyEvent,
        /// When it came from the terminal, on the steady clock.
        typed: Duration,
    },
    /// Text is pasted.
    Paste(String),
    /// The mouse is used.
    Mouse {
        /// How and where.
        event: MouseEvent,
        /// When, on the steady clock.
        used: Duration,
    },
    /// The terminal has this size, in columns and rows.
    Resize(u16, u16),
    /// It is this time.
    Clock(ClockReading),
    /// The last frame was written to the terminal at this time on the steady clock.
    Drawn(Duration),
    /// A signal stops the program until it is continued.
    Stop,
    /// The program was stopped and goes on.
    Continue,
    /// Snapshots or the database changed on disk.
    Changed,
    /// A signal ends the program.
    Terminate,
    /// A task panicked: the program cannot go on.
    Failed,
    /// A task reports something.
    Reply {
        /// The slot that it runs in.
        slot: Slot,
        /// Which task of that slot.
        ticket: u64,
        /// What it reports.
        reply: Box<Reply>,
    },
}

/// A moment, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// The wall clock, for people. It may be set back.
    pub clock: DateTime<Utc>,
    /// How long the program has run: the steady clock, which measures intervals.
    pub steady: Duration,
}

/// What the UI has the loop do.
#[derive(Debug)]
pub enum Effect {
    /// Run a task, and cancel an older one in the same slot.
    Start {
        /// The slot.
        slot: Slot,
        /// The ticket that its replies carry.
        ticket: u64,
        /// The task.
        task: Task,
    },
    /// Cancel the task in this slot.
    Cancel(Slot),
    /// Copy a text to the clipboard.
    Copy(String),
    /// Capture the mouse, or leave it to the terminal.
    Mouse(Capture),
    /// Remember this theme for the next start.
    Remember(String),
    /// Draw the whole screen again.
    Repaint,
    /// Suspend the program and its process group, as Ctrl-Z does.
    Suspend,
    /// Give the terminal back and stop.
    Stop,
    /// Take the terminal again.
    Retake,
    /// End the program.
    Quit,
    /// End the program because of a defect.
    Fail,
}
