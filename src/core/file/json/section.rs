//! A part of an open file that is read in order, and the checksum of the bytes read.

use std::{
    fs::File,
    io,
    sync::{Arc, Mutex, PoisonError},
};

use crate::core::file::checksum::{Checksum, RunningChecksum};

/// A part of an open file. Reading it does not move the file's shared position.
#[derive(Clone, Debug)]
pub(crate) struct Section {
    file: Arc<File>,
    at: u64,
    end: u64,
    summed: Option<Summed>,
}

/// The checksum of the bytes read from a section so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Summed(Arc<Mutex<RunningChecksum>>);

impl Summed {
    fn add(&self, bytes: &[u8]) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.add(bytes);
    }

    /// Returns the checksum of the bytes read.
    pub(crate) fn checksum(&self) -> Checksum {
        let sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sum.checksum()
    }
}

impl Section {
    /// Creates a section of `file` from `start` to before `end`.
    pub(crate) fn new(file: Arc<File>, start: u64, end: u64) -> Self {
        Self {
            file,
            at: start,
            end,
            summed: None,
        }
    }

    /// Adds all bytes read from the section to `summed`.
    pub(crate) fn summed(self, summed: &Summed) -> Self {
        Self {
            summed: Some(summed.clone()),
            ..self
        }
    }

    /// Returns the offset in the file of the next byte.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Returns how many bytes are left.
    pub(super) fn left(&self) -> u64 {
        self.end - self.at
    }

    pub(super) fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        if length == 0 {
            return Ok(0);
        }
        let read = loop {
            match read_at(&self.file, &mut buffer[..length], self.at) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => break result?,
            }
        };
        if let Some(summed) = &self.summed {
            summed.add(&buffer[..read]);
        }
        self.at += read as u64;
        Ok(read)
    }
}

impl io::Read for Section {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Self::read(self, buffer)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
