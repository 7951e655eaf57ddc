//! Decides when a watch runs next: a state machine over the time and the wake-ups, which stores
//! only a few timestamps.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

/// What woke a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wakeup {
    /// The timer, or nothing.
    Timer,
    /// The database or the snapshots changed.
    Change,
}

/// What a watch does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Check the database and the snapshots.
    Run,
    /// Sleep this long, or until a change.
    Sleep(Duration),
}

/// The times that decide when to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schedule {
    next: DateTime<Utc>,
    /// No run starts before this, whatever changes.
    rest_until: DateTime<Utc>,
    /// When the last run ended.
    ended: DateTime<Utc>,
    /// How many of the last runs failed in a row.
    failures: u32,
    /// The longest pause.
    longest: TimeDelta,
}

impl Schedule {
    /// The longest sleep: it bounds how late a missed change, a set clock or a suspended machine is
    /// noticed.
    const SLOW: TimeDelta = TimeDelta::minutes(1);
    /// The shortest pause between two runs while an application writes continuously.
    const PAUSE: TimeDelta = TimeDelta::seconds(1);
    /// A run is followed by a pause of this many times its duration, at most `SLOW`.
    const REST: i32 = 9;

    /// Schedules the first run at once.
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self::slowing_to(Self::SLOW, now)
    }

    /// Schedules the first run at once; after failures a pause is as long as `longest` at most.
    pub(super) fn slowing_to(longest: TimeDelta, now: DateTime<Utc>) -> Self {
        Self {
            longest,
            next: now,
            rest_until: now,
            ended: now,
            failures: 0,
        }
    }

    pub(super) fn step(&mut self, now: DateTime<Utc>, wakeup: Wakeup) -> Step {
        if wakeup == Wakeup::Change {
            self.next = self.next.min(self.rest_until);
        }
        // The clock was set back.
        if now >= self.next || now < self.ended {
            return Step::Run;
        }
        let wait = (self.next - now).min(Self::SLOW);
        Step::Sleep(wait.to_std().unwrap_or_default())
    }

    /// Records a successful run; `calls` is when something may be due even without a change.
    pub(super) fn succeeded(
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

    /// Records a failed run: the more in a row, the later the next.
    pub(super) fn failed(&mut self, began: DateTime<Utc>, ended: DateTime<Utc>) {
        self.failures = self.failures.saturating_add(1);
        let seconds = 1_i64 << self.failures.min(10);
        self.rest(began, ended, TimeDelta::seconds(seconds).min(self.longest));
        self.next = self.rest_until;
    }

    fn rest(&mut self, began: DateTime<Utc>, ended: DateTime<Utc>, least: TimeDelta) {
        self.ended = ended;
        let rest = ((ended - began) * Self::REST).min(Self::SLOW);
        self.rest_until = ended + rest.max(least);
    }
}
