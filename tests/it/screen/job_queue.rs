//! Jobs that are held back, so that a test sees what goes on meanwhile.

use std::path::PathBuf;

use unrewind::{
    core::{Progress, Stage},
    tui::{Job, Msg, News, Purpose},
};

use super::Tui;

/// A job that was started and is held back.
pub(super) struct Waiting {
    pub(super) purpose: Purpose,
    pub(super) ticket: u64,
    pub(super) job: Job,
    pub(super) is_cancelled: bool,
}

impl Tui {
    /// Holds back the jobs of a purpose from now on.
    pub fn hold(&mut self, purpose: Purpose) -> &mut Self {
        self.held.push(purpose);
        self
    }

    /// Lets the job that is held back tell how far it is.
    #[track_caller]
    pub fn tell(&mut self, stage: Stage, done: u64, total: u64) -> &mut Self {
        self.tell_news(News::Progress(Progress { stage, done, total }))
    }

    /// Lets the job that is held back tell something.
    #[track_caller]
    pub fn tell_news(&mut self, news: News) -> &mut Self {
        let waiting = self.waiting.last().expect("a job is held back");
        let (purpose, ticket) = (waiting.purpose, waiting.ticket);
        let news = Box::new(news);
        self.hear(Msg::Job {
            purpose,
            ticket,
            news,
        })
    }

    /// The ticket of the count that is held back, and its file.
    #[track_caller]
    pub fn counting(&self) -> (u64, PathBuf) {
        match self.waiting.last() {
            Some(Waiting {
                ticket,
                job: Job::Count(path),
                ..
            }) => (*ticket, path.clone()),
            _ => panic!("no count is held back"),
        }
    }

    /// Answers the job that is held back in its place, and ends it.
    #[track_caller]
    pub fn answer(&mut self, news: News) -> &mut Self {
        let Waiting {
            purpose, ticket, ..
        } = self.waiting.pop().expect("a job is held back");
        for news in [news, News::Ended].map(Box::new) {
            self.hear(Msg::Job {
                purpose,
                ticket,
                news,
            });
        }
        self
    }

    /// Does what was held back, and holds nothing back any more.
    #[track_caller]
    pub fn release(&mut self) -> &mut Self {
        assert!(!self.waiting.is_empty(), "a job is held back");
        self.held.clear();
        for waiting in std::mem::take(&mut self.waiting) {
            self.perform(waiting, "");
        }
        self.settle();
        self
    }

    /// Does what was held back, and presses keys when it tells for the first time how far it is.
    #[track_caller]
    pub fn release_pressing(&mut self, keys: &str) -> &mut Self {
        self.held.clear();
        let waiting = self.waiting.pop().expect("a job is held back");
        let pressed = self.perform(waiting, keys);
        assert!(pressed, "the job told nothing of its progress");
        self.settle();
        self
    }
}
