//! A moment between snapshots: the event log as it was just after one event, and the tables from
//! which replaying the rest of the log leads there. Both are written to a scratch file with a
//! snapshot's form, which is compared, shown and restored like any other.

mod anchor;
mod base;
mod log;

use std::path::Path;

use crate::core::{
    base::{
        error::{Error, Result},
        event::Events,
        profile::{Log, Profile},
        progress::{OnProgress, Stage, report},
    },
    db::{Database, Schema, Version},
    file::{
        atomic_file::AtomicFile,
        json::{Writer, write_behind},
        snapshot::{Contents, Snapshot},
    },
    store::Store,
};
pub use anchor::{Anchor, Moment, When};

/// The log and the tables as of a moment, in a scratch file that is deleted on drop.
#[derive(Debug)]
pub struct ComposedMoment {
    /// The moment.
    pub moment: Moment,
    /// The snapshot whose tables it begins with; `None` if all tables are empty, because no snapshot
    /// fits.
    pub base: Option<Snapshot>,
    /// Events that count again, of which no snapshot shows whether they were hidden.
    pub uncertain: Events,
    contents: Contents,
    /// Live as it was read.
    version: Version,
    store: Store,
    _scratch: ScratchFile,
}

/// Where a moment is composed from.
#[derive(Clone, Copy)]
struct Sources<'a> {
    database: &'a Database,
    profile: &'a Profile,
    log: &'a Log,
    schema: &'a Schema,
    store: &'a Store,
}

impl ComposedMoment {
    /// Composes a moment from live and the snapshots of a store.
    pub(crate) fn of(
        moment: &Moment,
        database: &Database,
        profile: &Profile,
        store: &Store,
        on: OnProgress<'_>,
    ) -> Result<Self> {
        let log = profile.log.as_ref().ok_or(Error::NoLog)?;
        database.check_meanings(log)?;
        let version = database.version()?;
        let schema = database.schema(profile)?;
        let sources = Sources {
            database,
            profile,
            log,
            schema: &schema,
            store,
        };
        let (only_log, uncertain) = sources.log_as_of(moment, on)?;
        let base = sources.base(moment, &only_log.contents, on)?;
        let scratch = sources.composed(&only_log, base.as_ref(), on)?;
        Ok(Self {
            moment: moment.clone(),
            base: base.map(|(snapshot, _)| snapshot),
            uncertain,
            contents: scratch.contents,
            version,
            store: store.clone(),
            _scratch: scratch.file,
        })
    }

    /// Returns the scratch file's contents.
    pub(crate) fn contents(&self) -> &Contents {
        &self.contents
    }

    /// Returns the snapshots it is composed from.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Returns live's version when it was read.
    pub(crate) fn version(&self) -> Version {
        self.version
    }
}

/// A scratch file with a snapshot's form.
struct Scratch {
    contents: Contents,
    file: ScratchFile,
}

/// Deletes the file on drop.
struct ScratchFile {
    _file: AtomicFile,
}

impl std::fmt::Debug for ScratchFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ScratchFile")
    }
}

impl Sources<'_> {
    /// Writes the whole: the log, then the base's tables; without a base, live's tables without
    /// rows.
    fn composed(
        self,
        only_log: &Scratch,
        base: Option<&(Snapshot, Contents)>,
        on: OnProgress<'_>,
    ) -> Result<Scratch> {
        let begins = match base {
            Some((_, contents)) => contents.last_event_id(),
            None => base::before_all(&only_log.contents, self.log)?,
        };
        self.scratch(begins, |writer| {
            let total = base.map_or(0, |(snapshot, _)| snapshot.size);
            writer.begin_table(&self.log.table);
            only_log
                .contents
                .copy_rows(&self.log.table, |rows| writer.encoded(rows))?;
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
    fn scratch(
        self,
        begins: i64,
        write: impl FnOnce(&mut Writer<'_>) -> Result<()>,
    ) -> Result<Scratch> {
        self.store.make_root()?;
        let file = AtomicFile::new(self.store.root(), AtomicFile::PLAIN)?;
        file.follow(self.database.path())?;
        write_behind(file.file(), file.path(), |out| {
            let writer = &mut Writer::new(out, begins);
            write(writer)?;
            writer.finish()
        })?;
        let contents = opened(file.path())?;
        Ok(Scratch {
            contents,
            file: ScratchFile { _file: file },
        })
    }
}

fn opened(path: &Path) -> Result<Contents> {
    Contents::open(path, &mut crate::core::base::progress::unattended)
}
