//! Schemas of live, kept beside the snapshots: a snapshot holds rows and no table's definition, and
//! where live is gone nothing else does. Each is one file, named by its checksum.

use std::{
    cmp::Reverse,
    fs,
    io::Write,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::Store;
use crate::core::{
    base::{
        error::{Error, Result},
        owner::make_folder,
        regular::{Links, read_file},
    },
    db::{Database, Script},
    file::{
        atomic_file::{AtomicFile, Named},
        checksum::RunningChecksum,
    },
};

/// No file is read that is larger: no application has as many tables.
const MOST: u64 = 256 * 1024 * 1024;
const EXTENSION: &str = "sql";

/// A schema that live once had.
#[derive(Clone, Debug)]
pub(crate) struct KeptSchema {
    pub(crate) script: Script,
    /// When it was seen first.
    pub(crate) seen: SystemTime,
}

impl Store {
    fn schemas(&self) -> PathBuf {
        self.root().join("schema")
    }

    /// Keeps the schema that live has now where snapshots are, so that those of the service can be restored
    /// too when live is gone. Whoever may not write here leaves that to the next one.
    pub fn see(&self, live: &Database) {
        let keep = || self.keep_schema(&live.script()?, live.path());
        if self.root().is_dir()
            && let Err(error) = keep()
        {
            log::info!("the schema is not kept: {error}");
        }
    }

    /// Keeps the schema of a database, if it is not kept yet, and gives its name. Whoever may read the
    /// database may read it.
    pub(crate) fn keep_schema(&self, script: &Script, database: &Path) -> Result<String> {
        let text = script.text();
        let name = name(&text);
        let folder = self.schemas();
        let path = folder.join(&name).with_extension(EXTENSION);
        // One that was damaged is written again.
        if read(&path).is_some() {
            return Ok(name);
        }
        self.refuse_foreign_links(&folder)?;
        make_folder(&folder).map_err(Error::io("create", &folder))?;
        drop(AtomicFile::abandoned(&folder, AtomicFile::PLAIN));
        let mut draft = AtomicFile::new(&folder, AtomicFile::PLAIN)?;
        draft.follow(database)?;
        draft
            .write_all(text.as_bytes())
            .map_err(Error::io("write", &path))?;
        if path.exists() {
            draft.replace(&path)?;
        } else {
            match draft.name(&path)? {
                Named::Done | Named::Taken(_) => {}
            }
        }
        log::info!("kept the schema {name}");
        Ok(name)
    }

    /// The schemas that are kept: the one of this name first, then the others, those seen last first.
    pub(crate) fn kept_schemas(&self, name: Option<&str>) -> Vec<KeptSchema> {
        let entries = fs::read_dir(self.schemas()).into_iter().flatten().flatten();
        let mut found: Vec<(bool, KeptSchema)> = entries
            .filter_map(|entry| {
                let path = entry.path();
                let is_it = path.file_stem().and_then(|stem| stem.to_str()) == name;
                Some((is_it, read(&path)?))
            })
            .collect();
        found.sort_by_key(|(is_it, schema)| (!is_it, Reverse(schema.seen)));
        found.into_iter().map(|(_, schema)| schema).collect()
    }
}

/// What tells a schema from all others, as a file name.
fn name(text: &str) -> String {
    let mut sum = RunningChecksum::default();
    sum.add(text.as_bytes());
    sum.checksum().digits()
}

/// Reads a schema; nothing where the file is not what was written.
fn read(path: &Path) -> Option<KeptSchema> {
    let stem = path.file_stem()?.to_str()?;
    if path.extension()? != EXTENSION {
        return None;
    }
    let text = read_file(path, Links::Refuse, MOST).ok()?;
    let text = String::from_utf8(text).ok()?;
    if name(&text) != stem {
        return None;
    }
    let seen = fs::metadata(path).and_then(|metadata| metadata.modified());
    Some(KeptSchema {
        script: Script::parse(&text)?,
        seen: seen.unwrap_or(SystemTime::UNIX_EPOCH),
    })
}
