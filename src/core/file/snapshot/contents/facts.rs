//! Facts read from a snapshot's tables: where its log ends, and values that the application cannot
//! load.

use std::{io::Read, path::Path, sync::Arc};

use memchr::memmem;

use super::{Contents, open_file};
use crate::core::{
    base::{
        error::{Error, Result},
        profile::Profile,
        progress::unattended,
        row::Value,
    },
    file::json::Section,
};

impl Contents {
    /// Returns the id of the last event in its log, whatever its `last_event_id` is; 0 without an
    /// event. Fails if the log cannot be read.
    pub fn ends_at(&self, profile: &Profile) -> Result<i64> {
        let Some(log) = &profile.log else {
            return Ok(self.last_event_id());
        };
        if self.span(&log.table).is_none() {
            return Ok(self.last_event_id());
        }
        let columns = self.columns(&log.table)?.unwrap_or_default();
        let is_id = |column: &String| column.eq_ignore_ascii_case(&log.id);
        let Some(id) = columns.iter().position(is_id) else {
            return Ok(0);
        };
        let last = self.rows(&log.table).saturating_sub(1);
        let Some((mut row, mut reader)) = self.reader_before(&log.table, last, &columns) else {
            return Ok(0);
        };
        while reader.advance()? {
            if row == last
                && let Value::Integer(id) = reader.values()?[id]
            {
                return Ok(id);
            }
            row += 1;
        }
        Ok(0)
    }

    /// Returns the tables outside the log that hold values which the application's start cannot load;
    /// none if it loads no snapshots. Few files hold any, so their bytes are searched first.
    pub(crate) fn unloadable(path: &Path, profile: &Profile) -> Result<Vec<String>> {
        let mut tables = Vec::new();
        if !profile.replays_on_start {
            return Ok(tables);
        }
        let (file, seen) = open_file(path)?;
        if !holds_objects(Section::new(file, 0, seen.size), path)? {
            return Ok(tables);
        }
        let contents = Self::open(path, &mut unattended)?;
        for (table, _) in contents.tables() {
            if !profile.is_log(table) && contents.holds_objects(table)? {
                tables.push(table.to_owned());
            }
        }
        Ok(tables)
    }

    /// Returns whether a table holds a value that JSON cannot express and that is stored as an
    /// object. Text never matches, since its quotes are escaped.
    pub(crate) fn holds_objects(&self, table: &str) -> Result<bool> {
        let Some(span) = self.span(table) else {
            return Ok(false);
        };
        let section = Section::new(Arc::clone(&self.file), span.bytes.start, span.bytes.end);
        holds_objects(section, &self.path)
    }
}

fn holds_objects(mut section: Section, path: &Path) -> Result<bool> {
    const PART: usize = 256 * 1024;
    /// The length of the beginning of such an object.
    const LONGEST: usize = 8;
    let mut buffer = Vec::with_capacity(PART + LONGEST);
    loop {
        let kept = buffer.len().min(LONGEST);
        buffer.drain(..buffer.len() - kept);
        let mut part = (&mut section).take(PART as u64);
        let read = part.read_to_end(&mut buffer);
        if read.map_err(Error::io("read", path))? == 0 {
            return Ok(false);
        }
        let starts = [&b"{\"$blob\""[..], b"{\"$text\""];
        if starts
            .iter()
            .any(|start| memmem::find(&buffer, start).is_some())
        {
            return Ok(true);
        }
    }
}
