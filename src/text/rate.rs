//! How quickly an operation goes on, and how long what it is doing still takes.

use std::time::Duration;

use chrono::TimeDelta;

use super::{count, size, span};
use crate::core::{Progress, Stage};

/// What an operation told of its present stage.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rate {
    began: Option<(Progress, Duration)>,
    last: Option<(Progress, Duration)>,
}

impl Rate {
    /// Before so much time a rate would only jump.
    const LEAST: Duration = Duration::from_secs(1);

    /// Takes note of progress at this time on a clock that is never set.
    pub fn heed(&mut self, progress: Progress, now: Duration) {
        let goes_on = |(began, _): &(Progress, _)| {
            began.stage == progress.stage && began.done <= progress.done
        };
        self.began = self.began.filter(goes_on).or(Some((progress, now)));
        self.last = Some((progress, now));
    }

    /// The rate and the time left, as `312.0 MB/s, 4 s left`, as far as they are known.
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

/// A rate in the stage's own unit; pages of a database tell nobody anything.
fn rate(stage: Stage, per_second: u64) -> Option<String> {
    match stage {
        Stage::Reading
        | Stage::Summing
        | Stage::Comparing
        | Stage::Searching
        | Stage::SafetySnapshot
        | Stage::Writing
        | Stage::Proving
        | Stage::Checkpoint => Some(format!("{}/s", size(per_second))),
        Stage::Counting | Stage::Checking | Stage::Finding | Stage::Exporting | Stage::Applying => {
            Some(format!("{} rows/s", count(per_second)))
        }
        Stage::Copying | Stage::Waiting | Stage::Deleting => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(done: &[u64]) -> Option<String> {
        let mut pace = Rate::default();
        for (second, &done) in (0..).zip(done) {
            let (stage, total) = (Stage::Writing, 600_000_000);
            let now = Duration::from_secs(second);
            pace.heed(Progress { stage, done, total }, now);
        }
        pace.words()
    }

    #[test]
    fn a_rate_is_that_of_the_stage_and_the_time_left_follows_from_it() {
        assert_eq!(told(&[0]), None);
        assert_eq!(told(&[100_000_000, 100_000_000]), None);
        assert_eq!(
            told(&[100_000_000, 150_000_000, 200_000_000]).as_deref(),
            Some("50.0 MB/s, 8 s left")
        );
    }

    #[test]
    fn what_passes_its_estimate_has_no_time_left_to_tell() {
        assert_eq!(told(&[0, 700_000_000]).as_deref(), Some("700.0 MB/s"));
    }

    #[test]
    fn a_stage_that_begins_anew_is_measured_anew() {
        assert_eq!(told(&[0, 500_000_000, 0]), None);
    }
}
