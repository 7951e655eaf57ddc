//! A mark of the last commit, for systems where a file's modification time changes late.
//!
//! Windows may set the time of a file that is written only when its writer closes it, and a write-ahead log that starts
//! again keeps its size. So the mark is read from the files: the change counter in the database's header, and the header
//! of the log's index, neither of which SQLite locks. Elsewhere times change at once, and closing a file that SQLite
//! has open in the same process would release its locks.

use std::path::Path;

/// A value that changes with every commit to a database, also from another process.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct CommitMark(Vec<u8>);

impl CommitMark {
    /// Returns an empty mark: here the times of the files change with each commit.
    #[cfg(not(windows))]
    pub(crate) fn of(_: &Path) -> Self {
        Self::default()
    }

    /// Reads the mark of the database at a path.
    #[cfg(windows)]
    pub(crate) fn of(database: &Path) -> Self {
        const CHANGE_COUNTER: (u64, usize) = (24, 4);
        const INDEX_HEADER: (u64, usize) = (0, 48);
        let mut index = database.as_os_str().to_owned();
        index.push("-shm");
        let parts = [
            bytes(database, CHANGE_COUNTER),
            bytes(Path::new(&index), INDEX_HEADER),
        ];
        Self(parts.into_iter().flatten().flatten().collect())
    }
}

#[cfg(windows)]
fn bytes(path: &Path, (offset, length): (u64, usize)) -> Option<Vec<u8>> {
    use std::os::windows::fs::FileExt;

    let mut bytes = vec![0; length];
    let file = std::fs::File::open(path).ok()?;
    let read = file.seek_read(&mut bytes, offset).ok()?;
    bytes.truncate(read);
    Some(bytes)
}
