//! The snapshot folders: listing, finding, writing and deleting snapshots, and what undo follows.

pub(super) mod archive;
mod archived;
pub(super) mod cold_load;
mod draft;
mod identical;
pub(super) mod links;
mod name_order;
pub(super) mod off_log;
mod pins;
pub(super) mod restore_history;
mod schema;
mod scratch_folder;

use std::{
    cmp::Reverse,
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf, is_separator},
    sync::Arc,
    thread,
};

use crate::core::{
    base::{
        error::{Error, Result},
        held::patiently,
        owner::refuse_foreign_link,
        worker::{join, spawn},
    },
    file::{
        label::Label,
        note::Note,
        pin,
        snapshot::{Id, Kind, Latest, Snapshot},
    },
};

use archive::cache::ArchiveCache;
pub use archive::cache::Unpacked;
pub use archived::{AllSnapshots, Archived};
pub(crate) use draft::SnapshotDraft;
pub use identical::{Fold, fold_identical};
pub use name_order::StampAhead;
pub(crate) use schema::KeptSchema;
pub(crate) use scratch_folder::ScratchFolder;

const EXTENSION: &str = "json";
/// How many threads inspect the files of a list, and the fewest files worth a thread.
const THREADS: usize = 4;
const LEAST_SHARE: usize = 64;

/// The snapshots of one data folder.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
    /// What is known of the data folder's archive, where one may be.
    archive: Option<Arc<ArchiveCache>>,
}

impl Store {
    /// Creates the store of the snapshots below `data_dir`; the folders need not exist.
    pub fn new(data_dir: &Path) -> Self {
        Self {
            root: data_dir.join("snapshots"),
            archive: None,
        }
    }

    /// Returns the folder that holds a folder per kind.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the path of the snapshot with this name, which need not exist.
    pub fn path(&self, id: Id) -> PathBuf {
        self.folder(id.kind)
            .join(format!("{}.{EXTENSION}", id.name()))
    }

    fn folder(&self, kind: Kind) -> PathBuf {
        self.root.join(kind.name())
    }

    /// Refuses a folder of the store that is another user's link, and kinds that share a folder
    /// through a link: the policy of one would delete the snapshots of the other.
    fn refuse_links(&self, folder: &Path) -> Result<()> {
        for folder in [self.root(), folder] {
            refuse_foreign_link(folder).map_err(Error::io("use", folder))?;
        }
        let folders = Kind::ALL.map(|kind| self.folder(kind));
        if folders.iter().any(|folder| folder.is_symlink())
            && let [Ok(one), Ok(other)] = folders.each_ref().map(dunce::canonicalize)
            && one == other
        {
            let [one, other] = folders.map(|folder| folder.display().to_string());
            let what = format!("{one} and {other} are one folder: give each kind its own");
            return Err(Error::Selection { what });
        }
        Ok(())
    }

    /// Lists every snapshot of these kinds, newest first, but not files that are deleted meanwhile.
    /// Fails if a snapshot folder cannot be read, or is a link that Unrewind refuses.
    pub fn list(&self, kinds: &[Kind]) -> Result<Vec<Snapshot>> {
        let mut named = Vec::new();
        for &kind in kinds {
            named.extend(self.names(kind)?);
        }
        named.sort_unstable_by_key(|(id, _)| (Reverse(id.stamp), id.kind, Reverse(id.origin)));
        let share = named.len().div_ceil(THREADS).max(LEAST_SHARE);
        let inspected = thread::scope(|scope| {
            let mut shares = named.chunks(share);
            let here = shares.next().unwrap_or_default();
            let threads = shares.map(|share| (share, spawn(scope, || self.inspect_all(share))));
            let threads: Vec<_> = threads.collect();
            let mut inspected = vec![self.inspect_all(here)];
            inspected.extend(threads.into_iter().map(|(share, thread)| match thread {
                Ok(thread) => join(thread),
                Err(_) => self.inspect_all(share),
            }));
            inspected.into_iter().collect::<Result<Vec<_>>>()
        })?;
        let off_log = self.off_log();
        let marked = inspected.into_iter().flatten();
        Ok(marked.map(|snapshot| off_log.mark(snapshot)).collect())
    }

    fn inspect_all(&self, named: &[(Id, StampFiles)]) -> Result<Vec<Snapshot>> {
        let mut snapshots = Vec::with_capacity(named.len());
        for &(id, files) in named {
            match self.inspect(id, files) {
                Ok(snapshot) => snapshots.push(snapshot),
                Err(Error::NoFile { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(snapshots)
    }

    /// Returns the names of a kind's snapshots, each with its files.
    fn names(&self, kind: Kind) -> Result<HashMap<Id, StampFiles>> {
        let mut names = self.all_names(kind)?;
        names.retain(|_, files| files.in_place || files.pinned);
        Ok(names)
    }

    /// Returns the names of all files in a kind's folder, including notes without a snapshot.
    fn all_names(&self, kind: Kind) -> Result<HashMap<Id, StampFiles>> {
        let folder = self.folder(kind);
        self.refuse_links(&folder)?;
        let mut names: HashMap<Id, StampFiles> = HashMap::new();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.refuse_file()?;
                return Ok(names);
            }
            Err(error) => return Err(Error::io("list", folder)(error)),
        };
        for entry in entries {
            let name = entry.map_err(Error::io("list", &folder))?.file_name();
            let name = name.to_str().and_then(|name| name.split_once('.'));
            let Some((Ok(id), extension)) = name.map(|(stem, end)| (Id::named(kind, stem), end))
            else {
                continue;
            };
            match extension {
                EXTENSION => names.entry(id).or_default().in_place = true,
                pin::EXTENSION => names.entry(id).or_default().pinned = true,
                Note::EXTENSION => names.entry(id).or_default().noted = true,
                _ => {}
            }
        }
        Ok(names)
    }

    /// Refuses a file in place of the snapshots' folder. On Windows a folder below a file only seems to be missing.
    fn refuse_file(&self) -> Result<()> {
        if self.root.is_file() {
            return Err(Error::io("list", &self.root)(
                io::ErrorKind::NotADirectory.into(),
            ));
        }
        Ok(())
    }

    /// Inspects a snapshot: the file that the service sees, or its pin if only that is intact.
    fn inspect(&self, id: Id, files: StampFiles) -> Result<Snapshot> {
        let path = self.path(id);
        let pinned = || Snapshot::inspect(pin::path(&path), Some(id));
        let mut snapshot = match Snapshot::inspect(path.clone(), Some(id)) {
            Ok(found) if files.pinned => pins::chosen(found, pinned().ok()),
            Err(Error::NoFile { .. }) if files.pinned => pinned()?,
            result => result?,
        };
        if files.noted {
            let note = Note::read(&snapshot.path);
            snapshot = snapshot.with_note(note);
        }
        snapshot.pinned = files.pinned || snapshot.note.unreadable;
        Ok(snapshot)
    }

    fn marked(&self, id: Id, files: StampFiles) -> Result<Snapshot> {
        Ok(self.off_log().mark(self.inspect(id, files)?))
    }

    /// Finds the snapshot that a user means: `latest`, `latest:kind`, a name or an unambiguous
    /// prefix of one, `kind/name`, or a path. Fails if none or several fit.
    pub fn find(&self, text: &str) -> Result<Snapshot> {
        if let Some(latest) = Latest::parse(text) {
            return self.latest(latest);
        }
        let path = Path::new(text);
        let named = Kind::ALL.into_iter().find_map(|kind| {
            Some((
                kind,
                text.strip_prefix(kind.name())?.strip_prefix(is_separator)?,
            ))
        });
        // An exact name means that snapshot, even if it is a prefix of another's.
        if let Ok(id) = text.parse::<Id>()
            && let Some(files) = self.names(id.kind)?.get(&id)
        {
            return self.marked(id, *files);
        }
        if let Ok(id) = text.parse::<Id>()
            && let [archived] = &self.only_archived(&[id.kind], |one| one == id)?.snapshots[..]
        {
            return Ok(archived.clone());
        }
        match named {
            Some((kind, stamp)) => self.beginning_with(stamp, &[kind], path),
            None if !text.contains(is_separator) => self.beginning_with(text, &Kind::ALL, path),
            None => self.at_path(path),
        }
    }

    fn latest(&self, latest: Latest) -> Result<Snapshot> {
        let kinds = latest.kinds();
        let is_meant = |one: &Snapshot| one.id.is_some_and(|id| latest.means(id));
        let mut listed = self.list(kinds)?.into_iter();
        let newest = listed.find(|one| is_meant(one) && one.is_intact());
        let archived = || {
            let archived = self.only_archived(kinds, |id| latest.means(id))?.snapshots;
            Ok(archived.into_iter().next())
        };
        newest
            .map_or_else(archived, |newest| Ok(Some(newest)))?
            .ok_or_else(|| {
                let kind = if let [kind] = kinds {
                    format!("{kind} ")
                } else {
                    String::new()
                };
                Error::Selection {
                    what: format!(
                        "there is no intact {kind}snapshot in {}",
                        self.root.display()
                    ),
                }
            })
    }

    /// Finds the only snapshot whose name begins with `beginning`; otherwise the file at `path`, if it exists.
    fn beginning_with(&self, beginning: &str, kinds: &[Kind], path: &Path) -> Result<Snapshot> {
        if beginning.is_empty() {
            let what = "the snapshot's name is empty".to_owned();
            return Err(Error::Selection { what });
        }
        let mut found = Vec::new();
        for &kind in kinds {
            let names = self.names(kind)?.into_iter();
            found.extend(names.filter(|(id, _)| id.name().starts_with(beginning)));
        }
        let archived = self.only_archived(kinds, |id| id.name().starts_with(beginning))?;
        match (&found[..], &archived.snapshots[..]) {
            (&[(id, files)], []) => self.marked(id, files),
            ([], [one]) => Ok(one.clone()),
            ([], []) if path.exists() => self.at_path(path),
            ([], []) => {
                let mut what = format!(
                    "there is no snapshot {beginning} in {}",
                    self.root.display()
                );
                if let Some(trouble) = archived.trouble {
                    what += &format!(", and {trouble}");
                }
                Err(Error::Selection { what })
            }
            (found, archived) => {
                let archived = archived.iter().filter_map(|one| one.id);
                let mut found: Vec<Id> = found.iter().map(|(id, _)| *id).chain(archived).collect();
                found.sort_by_key(|id| (id.order(), id.kind));
                let shown: Vec<String> = found.iter().take(5).map(Id::to_string).collect();
                let is_all = found.len() == shown.len();
                let more = if is_all { "" } else { ", …" };
                let what = format!(
                    "{} snapshots begin with {beginning}: {}{more}",
                    found.len(),
                    shown.join(", ")
                );
                Err(Error::Selection { what })
            }
        }
    }

    fn at_path(&self, path: &Path) -> Result<Snapshot> {
        let same_folder = |kind: &Kind| {
            let folder = path
                .parent()
                .and_then(|folder| dunce::canonicalize(folder).ok());
            folder.is_some() && folder == dunce::canonicalize(self.folder(*kind)).ok()
        };
        let name = path.file_stem().and_then(|stem| stem.to_str());
        let id = name.and_then(|name| {
            let kind = Kind::ALL.into_iter().find(same_folder)?;
            Id::named(kind, name).ok()
        });
        // A person may name a link to a file elsewhere; in the snapshot folders no link is followed.
        let followed = dunce::canonicalize(path);
        let path = match &followed {
            Ok(file) if id.is_none() && path.is_symlink() => file,
            _ => path,
        };
        let mut snapshot = Snapshot::inspect(path.to_owned(), id)?.with_note(Note::read(path));
        let pin = id.and_then(|_| Snapshot::inspect(pin::path(path), id).ok());
        snapshot.pinned = snapshot.note.unreadable || pin.is_some();
        snapshot.pin_damage = pin.and_then(|pin| pin.damage);
        Ok(self.off_log().mark(snapshot))
    }

    /// Sets or removes a snapshot's label. Fails if the note cannot be read or written.
    pub fn label(&self, snapshot: &Snapshot, label: Option<Label>) -> Result<()> {
        own(snapshot)?;
        Note::change(&snapshot.path, |note| note.label = label).map(|_| ())
    }

    /// Deletes a snapshot and its note; a missing file is not an error. A snapshot pinned meanwhile
    /// stays. The note on a restore that was done stays, since it shows where undo ends.
    pub(crate) fn delete(snapshot: &Path) -> Result<()> {
        let is_link = |note: Note| note.restore.is_some_and(|restore| restore.is_done());
        for path in [snapshot, &Note::path(snapshot)] {
            if pin::path(snapshot).exists() || (path != snapshot && is_link(Note::read(snapshot))) {
                return Ok(());
            }
            match patiently(|| fs::remove_file(path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Error::io("delete", path)(error));
                }
                Ok(()) => log::info!("deleted {}", path.display()),
                Err(_) => {}
            }
        }
        Ok(())
    }
}

/// The files that exist for one name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct StampFiles {
    in_place: bool,
    pinned: bool,
    noted: bool,
}

impl StampFiles {
    const ONLY_NOTE: Self = Self {
        in_place: false,
        pinned: false,
        noted: true,
    };
}

/// Returns a snapshot's name in the folders; an error for one that is elsewhere.
pub(crate) fn own(snapshot: &Snapshot) -> Result<Id> {
    if snapshot.is_only_archived() {
        let what = format!(
            "{} is only in the archive, and only snapshots in the snapshot folders can be labelled, pinned or deleted",
            snapshot.name()
        );
        return Err(Error::Selection { what });
    }
    snapshot.id.ok_or_else(|| Error::Selection {
        what: format!(
            "{} is not in the snapshot folders, and only snapshots there can be labelled or pinned",
            snapshot.path.display()
        ),
    })
}
