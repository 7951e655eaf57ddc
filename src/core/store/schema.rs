//! Schemas of live, saved beside the snapshots: a snapshot holds rows but no table definitions, and
//! if live is lost nothing else has them. Each is one file, named by its checksum.

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

/// A larger file is not read: no application has that many tables.
const MOST: u64 = 256 * 1024 * 1024;
const EXTENSION: &str = "sql";

/// A schema that live once had.
#[derive(Clone, Debug)]
pub(crate) struct KeptSchema {
    pub(crate) script: Script,
    /// When it was first seen.
    pub(crate) seen: SystemTime,
}

impl Store {
    fn schemas(&self) -> PathBuf {
        self.root().join("schema")
    }

    /// Saves live's current schema beside the snapshots, so that the service's snapshots can also
    /// be restored if live is lost. A failure is only logged.
    pub fn see(&self, live: &Database) {
        let keep = || self.keep_schema(&live.script()?, live.path());
        if self.root().is_dir()
            && let Err(error) = keep()
        {
            log::info!("the schema is not kept: {error}");
        }
    }

    /// Saves the schema of a database, if it is not saved yet; returns its name. The file has the
    /// database's owner, group and mode.
    pub(crate) fn keep_schema(&self, script: &Script, database: &Path) -> Result<String> {
        let text = script.text();
        let name = name(&text);
        let folder = self.schemas();
        let path = folder.join(&name).with_extension(EXTENSION);
        // A damaged file is rewritten.
        if read(&path).is_some() {
            return Ok(name);
        }
        self.refuse_links(&folder)?;
        make_folder(&folder).map_err(Error::io("create", &folder))?;
        AtomicFile::clear_abandoned(&folder, &mut drop);
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

    /// Returns the saved schemas: the one of this name first, then the others, last seen first.
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

/// Returns a schema's file name: its checksum.
fn name(text: &str) -> String {
    let mut sum = RunningChecksum::default();
    sum.add(text.as_bytes());
    sum.checksum().digits()
}

/// Reads a schema; `None` if the file is damaged.
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
