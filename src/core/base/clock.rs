//! Clocks. Nothing else in the core reads the time: operations receive a clock.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use chrono::{DateTime, TimeDelta, Utc};

/// Starts a stopwatch. Setting the system's clock does not affect it.
pub(crate) fn stopwatch() -> impl Fn() -> Duration {
    let began = Instant::now();
    move || began.elapsed()
}

/// Returns the time of the system's clock. It does not panic before 1970, as `Utc::now` does.
pub fn now() -> DateTime<Utc> {
    time(SystemTime::now())
}

/// Converts a system time; one that is out of range becomes the latest time.
pub(crate) fn time(time: SystemTime) -> DateTime<Utc> {
    let since = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => TimeDelta::from_std(since).ok(),
        Err(before) => TimeDelta::from_std(before.duration())
            .map(|since| -since)
            .ok(),
    };
    let time = since.and_then(|since| DateTime::UNIX_EPOCH.checked_add_signed(since));
    time.unwrap_or(DateTime::<Utc>::MAX_UTC)
}

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
        let (began, since) = (now(), Instant::now());
        Self::new(move || {
            let since = TimeDelta::from_std(since.elapsed()).unwrap_or_default();
            began.checked_add_signed(since).unwrap_or(began)
        })
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::time;

    #[test]
    fn every_system_time_can_be_converted() {
        let day = Duration::from_hours(24);
        let before = time(SystemTime::UNIX_EPOCH - day);
        assert_eq!(before.to_rfc3339(), "1969-12-31T00:00:00+00:00");
        let far = time(SystemTime::UNIX_EPOCH + day * 2_000_000_000);
        assert!(far > time(SystemTime::now()));
    }
}
