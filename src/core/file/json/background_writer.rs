//! Writes in the background: one thread hands bytes to the file, another syncs them to disk along
//! the way, so that little is left to wait for at the end.

use std::{
    fs::File,
    io::{self, Write},
    path::Path,
    sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel},
    thread,
};

use crate::core::{
    base::{
        error::{Error, Result},
        worker::{join, spawn},
    },
    file::checksum::{Checksum, RunningChecksum},
};

/// How many chunks may wait to be written; this bounds memory.
const WAITING: usize = 4;
/// Bytes between two syncs to disk.
const URGE_EVERY: usize = 64 * 1024 * 1024;

/// Hands bytes to the writing thread.
pub(crate) struct BackgroundWriter<'p> {
    path: &'p Path,
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
}

/// Writes everything that `make` produces to `file`, and returns its checksum too. Errors name
/// `path`.
pub(crate) fn write_behind<T>(
    file: &File,
    path: &Path,
    make: impl FnOnce(BackgroundWriter<'_>) -> Result<T>,
) -> Result<(T, Checksum)> {
    let (full, to_write) = sync_channel(WAITING);
    let (written, empty) = channel();
    let (made, wrote) = thread::scope(|scope| {
        let (urge, urged) = sync_channel::<()>(1);
        let writer = spawn(scope, move || write(file, to_write, &written, &urge))?;
        let urge = move || urged.into_iter().try_for_each(|()| file.sync_data());
        let urger = spawn(scope, urge)?;
        let made = make(BackgroundWriter { path, full, empty });
        let (wrote, reached) = (join(writer), join(urger));
        Ok((made, wrote.and_then(|sum| reached.map(|()| sum))))
    })?;
    // A write error is why `make` stopped, so it is reported first.
    let checksum = wrote.map_err(Error::io("write", path))?;
    Ok((made?, checksum))
}

fn write(
    mut file: &File,
    to_write: Receiver<Vec<u8>>,
    written: &Sender<Vec<u8>>,
    urge: &SyncSender<()>,
) -> io::Result<Checksum> {
    let (mut sum, mut since_urged) = (RunningChecksum::default(), 0);
    for mut chunk in to_write {
        sum.add(&chunk);
        file.write_all(&chunk)?;
        since_urged += chunk.len();
        if since_urged >= URGE_EVERY {
            since_urged = 0;
            // The last sync still runs, or failed; a failure is reported at the end.
            let _ = urge.try_send(());
        }
        chunk.clear();
        // At the end no one takes it back.
        let _ = written.send(chunk);
    }
    Ok(sum.checksum())
}

impl BackgroundWriter<'_> {
    /// Hands over the content of `chunk` and leaves it empty.
    pub(crate) fn write(&self, chunk: &mut Vec<u8>) -> Result<()> {
        let next = self.empty.try_recv();
        let next = next.unwrap_or_else(|_| Vec::with_capacity(chunk.capacity()));
        let full = std::mem::replace(chunk, next);
        let stopped = |_| Error::io("write", self.path)(io::ErrorKind::BrokenPipe.into());
        self.full.send(full).map_err(stopped)
    }
}
