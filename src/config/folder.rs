//! Limits what a data folder's own configuration may set. The folder may belong to someone else:
//! its file may describe its application, but not the user's keys, which other files are written,
//! or how little history is kept.

use std::{
    path::{Component, Path},
    time::Duration,
};

use super::{
    ArchiveLayer, FoldersLayer, HooksLayer, KeysFile, Layer, ReplayLayer, UiLayer, WatchLayer,
};

/// The longest wait for a lock that a data folder may set.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

impl Layer {
    /// Removes what a file in `folder` may not set over `below`; returns the rest, and descriptions
    /// of what was removed.
    pub(super) fn of_folder(mut self, below: &Self, folder: &Path) -> (Self, Vec<String>) {
        let mut ignored = Vec::new();
        if !self.placed.is_empty() {
            ignored.push("the settings of [ui] and [keys], which are yours".to_owned());
            self.placed = UiLayer::default();
            self.keys = KeysFile::default();
        }
        if self.replay.command.take().is_some() || !self.folders.is_empty() {
            ignored.push("replay.command, since commands are yours".to_owned());
            (self.replay, self.folders) = (ReplayLayer::default(), FoldersLayer::default());
        }
        if !self.archive.is_empty() {
            ignored.push("the settings of [archive], which are yours".to_owned());
            self.archive = ArchiveLayer::default();
        }
        let is_watch = !self.watch.is_empty() || !self.hooks.is_empty();
        if is_watch || !self.workspaces.is_empty() {
            let what = "the settings of [watch], [hooks] and [[workspace]], which are yours";
            ignored.push(what.to_owned());
            self.workspaces.clear();
            (self.watch, self.hooks) = (WatchLayer::default(), HooksLayer::default());
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

/// Removes a setting that is less than the one below; returns whether it was.
fn take_less<T: PartialOrd + Copy>(setting: &mut Option<T>, below: Option<T>) -> bool {
    let is_less = |setting: &mut T| below.is_some_and(|below| *setting < below);
    setting.take_if(is_less).is_some()
}

/// Returns whether a path is, and leads to, a file in the folder. A relative path starts in the
/// folder.
fn is_inside(path: &Path, folder: &Path) -> bool {
    let climbs = |part: Component<'_>| part == Component::ParentDir;
    // On Windows `\\other` and `C:other` are relative, and lead elsewhere.
    let is_below = path
        .components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if path.components().any(climbs) {
        return false;
    }
    let whole = folder.join(path);
    let Ok(folder) = dunce::canonicalize(folder) else {
        return is_below;
    };
    // Of a missing file, its folder decides.
    let found = dunce::canonicalize(&whole).or_else(|_| {
        let above = whole.parent().unwrap_or(&whole);
        dunce::canonicalize(above)
    });
    // A broken link could lead anywhere.
    (whole.exists() || !whole.is_symlink())
        && found.map_or(is_below, |found| found.starts_with(&folder))
}
