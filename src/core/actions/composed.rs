//! Composes a snapshot from live and others: a log, and tables from which replaying the rest of the
//! log leads to its end. Both are written to a scratch file in a snapshot's form, which is compared,
//! shown and restored like any other.

mod base;
mod events;

use crate::core::{
    base::{
        error::Result,
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report, unattended},
    },
    db::{Database, Schema},
    file::{
        atomic_file::AtomicFile,
        json::{Writer, write_behind},
        snapshot::{Contents, Snapshot},
    },
    store::{ScratchFolder, Store},
};

pub(super) use events::for_each_event;

/// What a scratch file is composed of.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) database: &'a Database,
    pub(super) profile: &'a Profile,
    pub(super) log: &'a Log,
    pub(super) schema: &'a Schema,
    pub(super) store: &'a Store,
}

/// A scratch file with a snapshot's form.
#[derive(Debug)]
pub(super) struct ScratchSnapshot {
    pub(super) contents: Contents,
    _file: ScratchFile,
    _folder: ScratchFolder,
}

/// Deletes the file on drop.
pub(super) struct ScratchFile {
    _file: AtomicFile,
}

impl std::fmt::Debug for ScratchFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScratchFile")
    }
}

impl Sources<'_> {
    /// Writes a whole snapshot: the log, then the base's tables; without a base, live's tables
    /// without rows.
    pub(super) fn composed(
        self,
        only_log: &ScratchSnapshot,
        base: Option<&(Snapshot, Contents)>,
        on: OnProgress<'_>,
    ) -> Result<ScratchSnapshot> {
        let base = base.map(|(snapshot, contents)| (snapshot, contents));
        self.with_log_of(&only_log.contents, base, on)
    }

    /// The same with the log of any snapshot.
    pub(super) fn with_log_of(
        self,
        log: &Contents,
        base: Option<(&Snapshot, &Contents)>,
        on: OnProgress<'_>,
    ) -> Result<ScratchSnapshot> {
        let begins = match base {
            Some((_, contents)) => contents.last_event_id(),
            None => base::before_all(log, self.log)?,
        };
        self.scratch(begins, |writer| {
            let total = base.map_or(0, |(snapshot, _)| snapshot.size);
            writer.begin_table(&self.log.table);
            log.copy_rows(&self.log.table, |rows| writer.encoded(rows))?;
            writer.end_table();
            let Some((_, contents)) = base else {
                for (name, _) in &self.schema.tables {
                    writer.begin_table(name);
                    writer.end_table();
                }
                return Ok(());
            };
            let others = contents.tables().map(|(name, _)| name);
            for name in others.filter(|name| !self.profile.is_log(name)) {
                writer.begin_table(name);
                contents.copy_rows(name, |rows| writer.encoded(rows))?;
                writer.end_table();
                report(on, Stage::Writing, writer.written().min(total), total)?;
            }
            Ok(())
        })
    }

    /// Writes a scratch file and opens it.
    pub(super) fn scratch(
        self,
        begins: i64,
        write: impl FnOnce(&mut Writer<'_>) -> Result<()>,
    ) -> Result<ScratchSnapshot> {
        ScratchSnapshot::of_file(self.store, self.database, |file| {
            let written = write_behind(file.file(), file.path(), |out| {
                let writer = &mut Writer::new(out, begins);
                write(writer)?;
                writer.finish()
            });
            written.map(|_| ())
        })
    }
}

impl ScratchSnapshot {
    /// Creates one from a file that `write` fills; its permissions follow those of live.
    pub(super) fn of_file(
        store: &Store,
        live: &Database,
        write: impl FnOnce(&AtomicFile) -> Result<()>,
    ) -> Result<Self> {
        let folder = store.scratch_folder()?;
        let file = AtomicFile::new(folder.path(), AtomicFile::PLAIN)?;
        file.follow(live.path())?;
        write(&file)?;
        Ok(Self {
            contents: Contents::open(file.path(), &mut unattended)?,
            _file: ScratchFile { _file: file },
            _folder: folder,
        })
    }
}
