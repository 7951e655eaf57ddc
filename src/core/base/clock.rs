//! The time. Nothing else in the core reads a clock: operations are given one.

use std::{fmt, sync::Arc, time::Instant};

use chrono::{DateTime, Utc};

/// A source of the current time.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// Creates a clock that calls `now`.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Returns the system's clock. Intervals are monotonic: a clock that is set while the program runs changes
    /// nothing.
    pub fn system() -> Self {
        let (began, since) = (Utc::now(), Instant::now());
        Self::new(move || began + since.elapsed())
    }

    /// Returns the current time.
    pub fn now(&self) -> DateTime<Utc> {
        self.0()
    }
}

/// A clock that always returns the same time.
impl From<DateTime<Utc>> for Clock {
    fn from(now: DateTime<Utc>) -> Self {
        Self::new(move || now)
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}
