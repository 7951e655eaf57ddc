//! Reports to the UI that snapshots or the database changed on disk.

use std::{
    convert::Infallible,
    path::{Path, PathBuf},
    sync::mpsc::{Sender, channel},
    thread::Builder,
};

use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use super::message::Message;
use crate::{
    core::Kind,
    core::Workspace,
    fs_watch::{self, CommitStamp, FoldersStamp},
};

/// Watches the data folder and the database's, until the returned sender is dropped; if the system
/// cannot watch, the user has to reload.
///
/// It starts on its own thread, since that takes as long as a stat of every file. What changes before
/// it has started is reported then.
pub fn watch(workspace: &Workspace, messages: Sender<Message>) -> Sender<Infallible> {
    let (data, database) = (workspace.data_dir.clone(), workspace.likely_database());
    let root = workspace.store.root();
    let mut folders = vec![root.to_owned()];
    folders.extend(Kind::ALL.map(|kind| root.join(kind.name())));
    let before = seen(&folders, database.as_deref());
    let (end, ends) = channel();
    let watch = move || {
        let listener = listener(&data, database.clone(), messages.clone());
        if seen(&folders, database.as_deref()) != before {
            // The UI may have ended.
            let _ = messages.send(Message::Changed);
        }
        let _ = ends.recv();
        drop(listener);
    };
    if let Err(error) = Builder::new().spawn(watch) {
        log::warn!("the UI does not notice changes on disk: {error}");
    }
    end
}

fn listener(
    data: &Path,
    database: Option<PathBuf>,
    messages: Sender<Message>,
) -> Option<RecommendedWatcher> {
    let beside = database.as_deref().and_then(Path::parent);
    let beside = beside.filter(|folder| !folder.starts_with(data));
    let beside = beside.map(Path::to_owned);
    let report = move || drop(messages.send(Message::Changed));
    let mut listener = fs_watch::watcher(database, report).ok()?;
    listener.watch(data, RecursiveMode::Recursive).ok()?;
    if let Some(folder) = beside {
        listener.watch(&folder, RecursiveMode::NonRecursive).ok()?;
    }
    Some(listener)
}

/// The state of the database and of the folders.
fn seen(folders: &[PathBuf], database: Option<&Path>) -> (Option<CommitStamp>, FoldersStamp) {
    (database.map(CommitStamp::of), FoldersStamp::of(folders))
}
