//! Tasks that are held back, so that a test can check the screen meanwhile.

use std::path::PathBuf;

use unrewind::{
    core::{Progress, Stage},
    tui::{Message, Reply, Slot, Task},
};

use super::Tui;

/// A task that was started and is held back.
pub(super) struct HeldTask {
    pub(super) slot: Slot,
    pub(super) ticket: u64,
    pub(super) task: Task,
    pub(super) is_cancelled: bool,
}

impl Tui {
    /// Holds back the tasks of a slot from now on.
    pub fn hold(&mut self, slot: Slot) -> &mut Self {
        self.held.push(slot);
        self
    }

    /// Reports progress of the task that is held back.
    #[track_caller]
    pub fn progress(&mut self, stage: Stage, done: u64, total: u64) -> &mut Self {
        self.reply(Reply::Progress(Progress { stage, done, total }))
    }

    /// Sends a reply of the task that is held back.
    #[track_caller]
    pub fn reply(&mut self, reply: Reply) -> &mut Self {
        let waiting = self.waiting.last().expect("a task is held back");
        let (slot, ticket) = (waiting.slot, waiting.ticket);
        let reply = Box::new(reply);
        self.send(Message::Reply {
            slot,
            ticket,
            reply,
        })
    }

    /// The ticket of the count that is held back, and its file.
    #[track_caller]
    pub fn counting(&self) -> (u64, PathBuf) {
        match self.waiting.last() {
            Some(HeldTask {
                ticket,
                task: Task::Count(snapshot),
                ..
            }) => (*ticket, snapshot.path.clone()),
            _ => panic!("no count is held back"),
        }
    }

    /// Replies in place of the task that is held back, and ends it.
    #[track_caller]
    pub fn answer(&mut self, reply: Reply) -> &mut Self {
        let HeldTask { slot, ticket, .. } = self.waiting.pop().expect("a task is held back");
        for reply in [reply, Reply::Ended].map(Box::new) {
            self.send(Message::Reply {
                slot,
                ticket,
                reply,
            });
        }
        self
    }

    /// Runs the tasks that were held back, and holds back none any more.
    #[track_caller]
    pub fn release(&mut self) -> &mut Self {
        assert!(!self.waiting.is_empty(), "a task is held back");
        self.held.clear();
        for waiting in std::mem::take(&mut self.waiting) {
            self.perform(waiting, "");
        }
        self.settle();
        self
    }

    /// Runs the task that was held back, and presses keys at its first progress report.
    #[track_caller]
    pub fn release_pressing(&mut self, keys: &str) -> &mut Self {
        self.held.clear();
        let waiting = self.waiting.pop().expect("a task is held back");
        let pressed = self.perform(waiting, keys);
        assert!(pressed, "the task reported no progress");
        self.settle();
        self
    }
}
