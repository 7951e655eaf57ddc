//! Passes to a filter the rows in which it finds something: of a whole file, or of some tables of an opened
//! one.

use std::{path::Path, sync::Arc};

use super::{Contents, compare, open_file};
use crate::core::{
    base::error::Result,
    file::{
        json::{Index, RowFilter, RowProof, Section, Summed, filter_rows, filter_table},
        note::Note,
    },
};

impl Contents {
    /// Reads a snapshot once, and passes to `filter` the rows in which it finds something. If it
    /// fails, even at the end, the rows passed so far cannot be trusted. Without a recorded checksum only
    /// rows that may match are checked.
    pub(crate) fn filter_rows(path: &Path, filter: &mut impl RowFilter) -> Result<()> {
        Self::filter_proven(path, RowProof::Elsewhere, filter).map(|_| ())
    }

    /// Reads a snapshot as [`Self::filter_rows`] does, and returns its outline. Without a recorded
    /// checksum every row is decoded.
    pub(crate) fn filter_trusted(path: &Path, filter: &mut impl RowFilter) -> Result<Index> {
        let proof = match Note::read(path).checksum {
            Some(_) => RowProof::Elsewhere,
            None => RowProof::Decoding,
        };
        Self::filter_proven(path, proof, filter).map(|index| index.outline())
    }

    fn filter_proven(path: &Path, proof: RowProof, filter: &mut impl RowFilter) -> Result<Index> {
        let (file, seen) = open_file(path)?;
        let summed = Summed::default();
        let section = Section::new(Arc::clone(&file), 0, seen.size);
        let section = match proof {
            RowProof::Elsewhere => section.summed(&summed),
            RowProof::Decoding => section,
        };
        let index = filter_rows(section, path, proof, filter)?;
        seen.refuse_another(&file, path)?;
        match proof {
            RowProof::Elsewhere => compare(path, summed.checksum()).map(|()| index),
            RowProof::Decoding => Ok(index),
        }
    }

    /// Passes to `filter` the rows of the tables that it enters in which it finds something; reads no
    /// others, and compares no checksum.
    pub(crate) fn filter_tables(&self, filter: &mut impl RowFilter) -> Result<()> {
        for span in &self.index.tables {
            if filter.enters(&span.name) {
                let section =
                    Section::new(Arc::clone(&self.file), span.bytes.start, span.bytes.end);
                filter_table(section, &self.path, &span.name, filter)?;
            }
        }
        filter.pass(self.seen.size)?;
        self.unchanged()
    }
}
