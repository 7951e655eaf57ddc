//! The checksum of a whole file, read part by part.

use std::{
    fs::File,
    io::{Read, Seek},
    path::Path,
};

use crate::core::{
    base::{
        error::{Error, Result},
        progress::{OnProgress, Stage, report},
    },
    file::checksum::{Checksum, RunningChecksum},
};

/// Returns the checksum of a file's bytes.
pub(crate) fn sum(file: &File, path: &Path, on: OnProgress<'_>) -> Result<Checksum> {
    let size = file.metadata().map_err(Error::io("read", path))?.len();
    parts(file, (path, size), Stage::Summing, on, |_| Ok(()))
}

/// Reads a file part by part; returns its checksum.
pub(super) fn parts(
    mut source: &File,
    (path, size): (&Path, u64),
    stage: Stage,
    on: OnProgress<'_>,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<Checksum> {
    const PART: usize = 256 * 1024;
    const REPORT_EVERY: u64 = 64;
    source.rewind().map_err(Error::io("read", path))?;
    let (mut sum, mut buffer) = (RunningChecksum::default(), vec![0; PART]);
    let mut done = 0;
    for part in 1_u64.. {
        let length = source.read(&mut buffer);
        let length = length.map_err(Error::io("read", path))?;
        if length == 0 {
            break;
        }
        sum.add(&buffer[..length]);
        each(&buffer[..length])?;
        done += length as u64;
        if part.is_multiple_of(REPORT_EVERY) || done == size {
            report(on, stage, done, size)?;
        }
    }
    Ok(sum.checksum())
}
