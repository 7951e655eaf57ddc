//! The rate of an operation, and the time that its current stage still takes.

use std::time::Duration;

use chrono::TimeDelta;

use super::{count, size, span};
use crate::core::{Progress, Stage};

/// The first and last progress of the current stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    began: Option<(Progress, Duration)>,
    last: Option<(Progress, Duration)>,
}

impl Rate {
    /// The shortest time to measure: a rate before it would jump.
    const LEAST: Duration = Duration::from_secs(1);

    /// Records progress at this time of a monotonic clock.
    pub fn update(&mut self, progress: Progress, now: Duration) {
        let goes_on = |(began, _): &(Progress, _)| {
            began.stage == progress.stage && began.done <= progress.done
        };
        self.began = self.began.filter(goes_on).or(Some((progress, now)));
        self.last = Some((progress, now));
    }

    /// Returns the rate and the time left, as `312.0 MB/s, 4 s left`, as far as known.
    pub fn words(&self) -> Option<String> {
        let ((began, start), (last, now)) = (self.began?, self.last?);
        let (elapsed, done) = (now.saturating_sub(start), last.done - began.done);
        if elapsed < Self::LEAST || done == 0 {
            return None;
        }
        let millis = elapsed.as_millis();
        let over = |part: u128, whole: u128| u64::try_from(part / whole).unwrap_or(u64::MAX);
        let rate = rate(last.stage, over(u128::from(done) * 1000, millis));
        let left = (last.total > last.done).then(|| {
            let millis = over(u128::from(last.total - last.done) * millis, done.into());
            let seconds = i64::try_from(millis.div_ceil(1000)).unwrap_or(i64::MAX / 1000);
            format!("{} left", span(TimeDelta::seconds(seconds)))
        });
        let words: Vec<String> = rate.into_iter().chain(left).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}

/// Returns a rate in the stage's own unit; pages of a database would mean nothing to users.
fn rate(stage: Stage, per_second: u64) -> Option<String> {
    match stage {
        Stage::Reading
        | Stage::Summing
        | Stage::Comparing
        | Stage::Searching
        | Stage::SafetySnapshot
        | Stage::Writing
        | Stage::Archiving
        | Stage::Unpacking
        | Stage::Proving
        | Stage::Checkpoint => Some(format!("{}/s", size(per_second))),
        Stage::Counting | Stage::Checking | Stage::Finding | Stage::Exporting | Stage::Applying => {
            Some(format!("{} rows/s", count(per_second)))
        }
        Stage::Copying
        | Stage::Waiting
        | Stage::Opening
        | Stage::Listing
        | Stage::Verifying
        | Stage::Deleting
        | Stage::Replaying => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(done: &[u64]) -> Option<String> {
        let mut rate = Rate::default();
        for (second, &done) in (0..).zip(done) {
            let (stage, total) = (Stage::Writing, 600_000_000);
            let now = Duration::from_secs(second);
            rate.update(Progress { stage, done, total }, now);
        }
        rate.words()
    }

    #[test]
    fn a_rate_is_that_of_the_stage_and_the_time_left_follows_from_it() {
        assert_eq!(described(&[0]), None);
        assert_eq!(described(&[100_000_000, 100_000_000]), None);
        assert_eq!(
            described(&[100_000_000, 150_000_000, 200_000_000]).as_deref(),
            Some("50.0 MB/s, 8 s left")
        );
    }

    #[test]
    fn beyond_its_estimate_no_time_is_left() {
        assert_eq!(described(&[0, 700_000_000]).as_deref(), Some("700.0 MB/s"));
    }

    #[test]
    fn a_stage_that_begins_anew_is_measured_anew() {
        assert_eq!(described(&[0, 500_000_000, 0]), None);
    }
}
