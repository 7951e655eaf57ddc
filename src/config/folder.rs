//! What a data folder's own configuration may say. The folder may be somebody else's: its file describes
//! its application, and has no part in what the user's keys do, in which other files are written, or in
//! how little of the history is kept.

use std::{
    path::{Component, Path},
    time::Duration,
};

use super::{KeysFile, Layer, UiLayer};

/// A lock is waited for no longer because a data folder says so.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Layer {
    /// The layer without what a file in `folder` may not say over `below`, and what that was.
    pub(super) fn of_folder(mut self, below: &Self, folder: &Path) -> (Self, Vec<String>) {
        let mut ignored = Vec::new();
        if !self.placed.is_empty() {
            ignored.push("the settings of [ui] and [keys], which are yours".to_owned());
            self.placed = UiLayer::default();
            self.keys = KeysFile::default();
        }
        let file = &mut self.database.file;
        if let Some(outside) = file.take_if(|file| !is_inside(file, folder)) {
            let file = outside.display();
            ignored.push(format!("database.file, since {file} is not in that folder"));
        }
        let wait = &mut self.database.busy_timeout;
        if wait.take_if(|wait| wait.0 > LONGEST_WAIT).is_some() {
            ignored.push("database.busy_timeout, which is longer than a minute".to_owned());
        }
        let mut less = |is_less: bool, name: &str| {
            if is_less {
                ignored.push(format!("{name}, which would keep less than yours"));
            }
        };
        let (own, periodic) = (&below.periodic, &mut self.periodic);
        less(take_less(&mut periodic.keep, own.keep), "periodic.keep");
        less(
            take_less(&mut periodic.due_events, own.due_events),
            "periodic.due_events",
        );
        let due_age = take_less(&mut periodic.due_age, own.due_age);
        less(due_age, "periodic.due_age");
        let keep_within = take_less(&mut self.rewind.keep_within, below.rewind.keep_within);
        less(keep_within, "rewind.keep_within");
        (self, ignored)
    }
}

/// Takes a setting that is less than the one below; whether it was.
fn take_less<T: PartialOrd + Copy>(setting: &mut Option<T>, below: Option<T>) -> bool {
    let is_less = |setting: &mut T| below.is_some_and(|below| *setting < below);
    setting.take_if(is_less).is_some()
}

/// Whether a path, which begins in the folder if it is not absolute, is of a file in there, and leads to
/// one.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let climbs = |part: Component<'_>| part == Component::ParentDir;
    if path.components().any(climbs) {
        return false;
    }
    let whole = folder.join(path);
    let Ok(folder) = folder.canonicalize() else {
        return path.is_relative();
    };
    // Of a file that is not there yet, its folder tells.
    let found = whole.canonicalize().or_else(|_| {
        let above = whole.parent().unwrap_or(&whole);
        above.canonicalize()
    });
    // A link to nowhere may lead anywhere.
    (whole.exists() || !whole.is_symlink())
        && found.map_or(path.is_relative(), |found| found.starts_with(&folder))
}
