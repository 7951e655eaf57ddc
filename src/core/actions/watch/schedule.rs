//! When a watch looks next: a state machine that is told the time and what was heard, and keeps
//! nothing but a few moments.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// What came to a watch's ears since it last asked what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Nothing.
    Nothing,
    /// The database or the snapshots changed.
    Change,
}

/// What a watch is to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Look at the database and the snapshots.
    Look,
    /// Sleep so long, or until there is something to hear.
    Sleep(Duration),
}

/// The moments that tell when to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    next: DateTime<Utc>,
    /// Whatever is heard, there is no look before this.
    rest_until: DateTime<Utc>,
    /// When the last look ended.
    ended: DateTime<Utc>,
    /// How many of the last looks failed.
    failures: u32,
}

impl Schedule {
    /// A change that nobody told of, a clock that was set and a machine that slept are noticed so late.
    const SLOW: TimeDelta = TimeDelta::minutes(1);
    /// An application that writes without a pause is not looked at more often.
    const PAUSE: TimeDelta = TimeDelta::seconds(1);
    /// So many times as long as a look took is rested after it, but not longer than it is slow.
    const REST: i32 = 9;

    /// The first look is at once.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            next: now,
            rest_until: now,
            ended: now,
            failures: 0,
        }
    }

    pub(super) fn step(&mut self, now: DateTime<Utc>, heard: Heard) -> Step {
        if heard == Heard::Change {
            self.next = self.next.min(self.rest_until);
        }
        // The clock was set back.
        if now >= self.next || now < self.ended {
            return Step::Look;
        }
        let wait = (self.next - now).min(Self::SLOW);
        Step::Sleep(wait.to_std().unwrap_or_default())
    }

    /// A look went well; `calls` is when there may be something to do even if nothing changes.
    pub(super) fn went_well(
        &mut self,
        began: DateTime<Utc>,
        ended: DateTime<Utc>,
        calls: Option<DateTime<Utc>>,
    ) {
        self.failures = 0;
        self.rest(began, ended, Self::PAUSE);
        let slow = ended + Self::SLOW;
        self.next = calls.map_or(slow, |calls| calls.min(slow));
        self.next = self.next.max(self.rest_until);
    }

    /// A look failed: the more of them in a row, the later is the next.
    pub(super) fn failed(&mut self, began: DateTime<Utc>, ended: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        let seconds = 1_i64 << self.failures.min(6);
        self.rest(began, ended, TimeDelta::seconds(seconds));
        self.next = self.rest_until;
    }

    fn rest(&mut self, began: DateTime<Utc>, ended: DateTime<Utc>, least: TimeDelta) {
        self.ended = ended;
        let rest = ((ended - began) * Self::REST).max(least).min(Self::SLOW);
        self.rest_until = ended + rest;
    }
}
