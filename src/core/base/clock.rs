//! The time, as the caller knows it: the core reads no clock.

use std::{fmt, sync::Arc};

use chrono::{DateTime, Utc};

/// What says how late it is.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl Clock {
    /// A clock that `now` reads.
    pub fn new(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// How late it is.
    pub fn now(&self) -> DateTime<Utc> {
        self.0()
    }
}

/// A clock that stands still.
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
