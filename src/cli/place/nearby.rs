//! Searches for data folders near a folder: in it, above it, and in its subfolders.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use crate::{
    core::{Kind, Links, open_file},
    text,
};

/// A data folder that was found.
pub(super) struct FoundFolder {
    path: PathBuf,
    snapshots: usize,
}

/// The most entries of a folder to read.
const LOOKED_AT: usize = 1000;
/// The most folders to name.
const SHOWN: usize = 3;
/// The most parent folders to search.
const UP: usize = 12;

impl FoundFolder {
    pub(super) fn new(path: PathBuf) -> Self {
        let snapshots = snapshots(&path);
        Self { path, snapshots }
    }

    /// Returns whether this is the folder at a path.
    pub(super) fn is(&self, path: &Path) -> bool {
        self.path == path || dunce::canonicalize(&self.path).ok() == dunce::canonicalize(path).ok()
    }

    pub(super) fn into_path(self) -> PathBuf {
        self.path
    }

    /// Describes it in a few words.
    pub(super) fn words(&self) -> String {
        let snapshots = text::counted(self.snapshots as u64, "snapshot");
        format!("{} has {snapshots}", text::path(&self.path))
    }

    pub(super) fn hint(&self) -> String {
        // A path that begins with `-` would be read as an option.
        let place = match self.path.as_os_str() {
            dashed if dashed.as_encoded_bytes().starts_with(b"-") => Path::new(".").join(dashed),
            place => place.into(),
        };
        let place = text::quoted(place.as_os_str());
        format!("{}: `unrewind {place}`", self.words())
    }
}

/// Finds the data folders near a folder, those with snapshots first.
pub(super) fn nearby(folder: &Path) -> Vec<FoundFolder> {
    let mut places = vec![folder.to_owned(), folder.join("data")];
    for child in entries(folder).filter(|path| path.is_dir()) {
        places.extend([child.join("data"), child]);
    }
    let up = if folder.is_absolute() {
        folder.ancestors().skip(1).map(Path::to_owned).collect()
    } else {
        (1..=UP)
            .map(|levels| [".."].repeat(levels).iter().collect())
            .collect::<Vec<PathBuf>>()
    };
    for above in up {
        places.extend([above.join("data"), above]);
    }
    let mut seen = Vec::new();
    let mut found: Vec<FoundFolder> = Vec::new();
    for path in places.into_iter().filter(|path| is_data_folder(path)) {
        let Ok(real) = dunce::canonicalize(&path) else {
            continue;
        };
        if !seen.contains(&real) {
            seen.push(real);
            found.push(FoundFolder::new(path));
        }
    }
    found.sort_by_key(|found| found.snapshots == 0);
    found.truncate(SHOWN);
    found
}

/// Returns whether a folder looks like a data folder: it has snapshots, a description or a
/// database.
pub(super) fn is_data_folder(folder: &Path) -> bool {
    folder.join("snapshots").is_dir()
        || folder.join("unrewind.toml").is_file()
        || entries(folder).any(|path| is_database(&path))
}

/// Returns whether a file is an SQLite database. An empty file counts if its name ends in `.db`.
pub(super) fn is_database(path: &Path) -> bool {
    const HEADER: &[u8; 16] = b"SQLite format 3\0";
    let Ok(mut file) = open_file(path, Links::Follow) else {
        return false;
    };
    let mut header = [0; 16];
    match file.read_exact(&mut header) {
        Ok(()) => header == *HEADER,
        Err(_) => path.extension().is_some_and(|end| end == "db"),
    }
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.take(LOOKED_AT).map(|entry| entry.path())
}

fn snapshots(folder: &Path) -> usize {
    let kinds = Kind::ALL.into_iter();
    let files = kinds.flat_map(|kind| entries(&folder.join("snapshots").join(kind.name())));
    files
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .count()
}
