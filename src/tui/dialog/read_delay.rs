//! How long a question has been on the screen. A yes counts only for a question that was there long
//! enough to be read: keys typed ahead, a key held down and a second tap answer nothing.

use std::time::Duration;

/// How long a question has been on the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadDelay {
    /// No frame shows it yet.
    #[default]
    NotYet,
    /// The frame that is being written shows it.
    BeingWritten,
    /// Since this time on the steady clock, or since a yes that came too early.
    Since(Duration),
}

impl ReadDelay {
    /// The shortest time in which a person can read a question and answer it.
    const LEAST: Duration = Duration::from_millis(400);

    pub fn begin_frame(&mut self) {
        if *self == Self::NotYet {
            *self = Self::BeingWritten;
        }
    }

    pub fn written(&mut self, at: Duration) {
        if *self == Self::BeingWritten {
            *self = Self::Since(at);
        }
    }

    /// Whether a yes typed at this time counts. After one that came too early, the next one has to
    /// leave as much time, so that a key held down never answers.
    pub fn takes_yes(&mut self, typed: Duration) -> bool {
        match self.takes_yes_at() {
            Some(time) if time <= typed => true,
            Some(_) => {
                *self = match *self {
                    Self::Since(since) => Self::Since(since.max(typed)),
                    other => other,
                };
                false
            }
            None => false,
        }
    }

    pub fn takes_yes_now(self, now: Duration) -> bool {
        self.takes_yes_at().is_some_and(|time| time <= now)
    }

    /// When a yes counts, if the question is on the screen.
    pub fn takes_yes_at(self) -> Option<Duration> {
        match self {
            Self::Since(since) => Some(since + Self::LEAST),
            Self::NotYet | Self::BeingWritten => None,
        }
    }
}
