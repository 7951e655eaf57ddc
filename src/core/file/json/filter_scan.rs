//! A whole file in one pass, of which only the rows are decoded that may hold what is looked for.

use std::{collections::HashSet, path::Path};

use super::{
    decode::{RowDecoder, Wrong},
    scan::{Passing, TELL_EVERY, each_table, span},
    section::Section,
    source::ByteSource,
};
use crate::core::base::{error::Result, record::Value};

/// Looks for something in a file.
pub(crate) trait RowFilter {
    /// Whether the rows of this table are looked at.
    fn enters(&mut self, table: &str) -> bool;
    /// Where in these bytes begins what may be it; whatever is not within one row is not.
    fn find(&self, bytes: &[u8]) -> Option<usize>;
    /// Takes a row that may hold it.
    fn take(&mut self, row: Sifted<'_>) -> Result<()>;
    /// Is told how far the file is read.
    fn pass(&mut self, offset: u64) -> Result<()>;
}

/// A row that may hold what is looked for.
pub(crate) struct Sifted<'r> {
    pub(crate) table: &'r str,
    /// Its place in the table, counted from 0.
    pub(crate) number: u64,
    pub(crate) columns: &'r [String],
    pub(crate) values: Vec<Value>,
}

/// Reads a whole file, and gives `sifter` the rows in which it finds something.
pub(crate) fn sift(section: Section, path: &Path, sifter: &mut impl RowFilter) -> Result<()> {
    let mut names: HashSet<String> = HashSet::new();
    each_table(&mut ByteSource::new(section, path), |source, name| {
        if names.contains(&name) {
            // Its rows would count instead of the first one's, which are taken already.
            return Err(source.wrong(format!("table {name} is there twice")));
        }
        if sifter.enters(&name) {
            sift_table(source, &name, sifter)?;
        } else {
            span(source, name.clone(), &mut |passing| match passing {
                Passing::Table(..) => Ok(()),
                Passing::Offset(offset) => sifter.pass(offset),
            })?;
        }
        names.insert(name);
        Ok(())
    })?;
    Ok(())
}

/// How far a file was looked through already.
#[derive(Clone, Copy, Default)]
struct Looked {
    /// The offset up to which nothing begins.
    to: u64,
    /// Whether something begins there.
    found: bool,
}

impl Looked {
    /// How much is looked through at a time: what is found early makes the rest be looked at again.
    const WINDOW: usize = 32 * 1024;

    fn on(source: &ByteSource<'_>, sifter: &impl RowFilter) -> Self {
        let rest = source.rest();
        let window = &rest[..rest.len().min(Self::WINDOW)];
        let found = sifter.find(window);
        Self {
            to: source.offset() + found.unwrap_or(window.len()) as u64,
            found: found.is_some(),
        }
    }
}

fn sift_table(source: &mut ByteSource<'_>, name: &str, sifter: &mut impl RowFilter) -> Result<()> {
    let mut decoder = RowDecoder::default();
    let mut looked = Looked::default();
    source.enter_table(name);
    source.peek()?;
    let mut told = source.offset();
    source.take(b'[')?;
    let mut more = !source.take_if(b']')?;
    while more {
        source.enter_row()?;
        // Every row has the first one's columns.
        let first = decoder.columns().is_empty();
        if !first {
            if looked.to <= source.offset() {
                looked = Looked::on(source, sifter);
            }
            let clear = looked.to - source.offset();
            let held = source.rest().len();
            source.skip_rows_within(usize::try_from(clear).map_or(held, |clear| clear.min(held)));
        }
        let row = source.row()?;
        if source.offset() > looked.to {
            let found = first || looked.found || sifter.find(source.bytes(&row)).is_some();
            looked = Looked::default();
            if found {
                let values = decoder.decode(source.bytes(&row));
                let values = values.map_err(|Wrong { at, what }| {
                    source.wrong_at(source.offset_of(&row) + at as u64, what)
                })?;
                sifter.take(Sifted {
                    table: name,
                    number: source.rows() - 1,
                    columns: decoder.columns(),
                    values,
                })?;
            }
        }
        if source.offset() - told >= TELL_EVERY {
            told = source.offset();
            sifter.pass(told)?;
        }
        more = source.take_if(b',')?;
        if !more {
            source.take(b']')?;
        }
    }
    source.leave_table();
    sifter.pass(source.offset())
}
