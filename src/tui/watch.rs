//! Telling the UI that snapshots or the database changed on disk.

use std::{path::Path, sync::mpsc::Sender};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::msg::Msg;
use crate::{changes, workplace::Workplace};

/// Watches the data folder and the database's. It goes on until what is returned is dropped; where
/// the system cannot watch, the user reloads by hand.
pub fn watch(workplace: &Workplace, messages: Sender<Msg>) -> Option<RecommendedWatcher> {
    let database = workplace.database_path().ok();
    // The UI may be gone: so is the listener soon.
    let tell = move || drop(messages.send(Msg::Changed));
    let mut listener = changes::listener(database.clone(), tell).ok()?;
    listener
        .watch(&workplace.data_dir, RecursiveMode::Recursive)
        .ok()?;
    if let Some(folder) = database.as_deref().and_then(Path::parent)
        && !folder.starts_with(&workplace.data_dir)
    {
        listener.watch(folder, RecursiveMode::NonRecursive).ok()?;
    }
    Some(listener)
}
