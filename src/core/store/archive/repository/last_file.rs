//! The file that was unpacked last: the next one has most of its parts, which are then copied from it and not
//! read from the repository again.

use std::{
    collections::HashMap,
    fs::File,
    io::{self, Write},
    path::Path,
    slice,
    sync::Arc,
};

use rustic_core::DataId;

use crate::core::{
    base::regular::{Links, open_file},
    file::json::Section,
};

/// The parts of a file, in order.
pub(in crate::core::store::archive) type Parts = Vec<Part>;

/// A part of a file, which the repository stores once.
#[derive(Clone, Copy, Debug)]
pub(in crate::core::store::archive) struct Part {
    pub(super) id: DataId,
    /// Its length in bytes.
    pub(super) length: u64,
}

/// An unpacked file, and where its parts begin.
#[derive(Debug)]
pub(super) struct LastFile {
    file: Arc<File>,
    starts: HashMap<DataId, u64>,
}

impl LastFile {
    /// Opens an unpacked file that consists of these parts; `None` if it is gone.
    pub(super) fn open(path: &Path, parts: Parts) -> Option<Self> {
        let file = Arc::new(open_file(path, Links::Refuse).ok()?);
        let mut start = 0;
        let starts = parts.into_iter().map(|part| {
            let place = (part.id, start);
            start += part.length;
            place
        });
        let starts = starts.collect();
        Some(Self { file, starts })
    }

    pub(super) fn has(&self, part: &Part) -> bool {
        self.starts.contains_key(&part.id)
    }
}

/// Receives those parts of a file that the last one lacks, in order, and puts the others between them.
pub(super) struct Splicer<'s, W> {
    to: W,
    last: Option<&'s LastFile>,
    parts: slice::Iter<'s, Part>,
    /// How much of the part that is being received is still to come.
    awaited: u64,
}

impl<'s, W: Write> Splicer<'s, W> {
    pub(super) fn new(to: W, last: Option<&'s LastFile>, parts: &'s [Part]) -> Self {
        let (parts, awaited) = (parts.iter(), 0);
        Self {
            to,
            last,
            parts,
            awaited,
        }
    }

    /// Copies the parts up to the next one that is received, and returns that.
    fn copy_known(&mut self) -> io::Result<Option<&'s Part>> {
        for part in self.parts.by_ref() {
            let place = self
                .last
                .and_then(|last| Some((last, *last.starts.get(&part.id)?)));
            let Some((last, start)) = place else {
                return Ok(Some(part));
            };
            let mut section = Section::new(Arc::clone(&last.file), start, start + part.length);
            if io::copy(&mut section, &mut self.to)? < part.length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(None)
    }

    /// Copies the last parts.
    pub(super) fn finish(mut self) -> io::Result<()> {
        match (self.awaited, self.copy_known()?) {
            (0, None) => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

impl<W: Write> Write for Splicer<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.awaited == 0 {
            let next = self.copy_known()?;
            self.awaited = next.map_or(0, |part| part.length);
        }
        let most = usize::try_from(self.awaited).unwrap_or(usize::MAX);
        let taken = self.to.write(&bytes[..bytes.len().min(most)])?;
        self.awaited -= taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}
