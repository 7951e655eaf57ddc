//! Replaces the repository in a build without the feature `archive`: opening it fails.

use std::{collections::HashSet, convert::Infallible, fs::File, io, path::Path};

use chrono::{DateTime, Utc};

use super::{
    Added, ArchiveRetention, ArchiveSettings, ArchiveSize, ArchivedSnapshot, Deletion, ReadFrom,
    record::SnapshotRecord,
};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::checksum::Checksum,
};

/// The parts of a file, which this build never reads.
pub(super) type Parts = Infallible;

/// A repository, of which this build has none.
#[derive(Debug)]
pub(super) struct Repository(Infallible);

/// A snapshot and what a policy decides about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The snapshot.
    pub snapshot: ArchivedSnapshot,
    /// Whether it stays.
    pub keep: bool,
    /// Why it stays, such as `daily`; empty if it goes.
    pub reasons: Vec<String>,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFlaw {
    /// What is wrong.
    pub what: String,
    /// Whether snapshots may be lost, rather than only room.
    pub is_severe: bool,
}

fn absent<T>() -> Result<T> {
    Err(Error::Archive {
        what: "this program was built without the archive".to_owned(),
        hint: "build it with `cargo install --path .`",
    })
}

impl Repository {
    pub(super) fn open(_: &str, _: &ArchiveSettings, _: OnProgress<'_>) -> Result<Self> {
        absent()
    }

    pub(super) fn create(
        _: &str,
        _: &ArchiveSettings,
        _: &Path,
        _: OnProgress<'_>,
    ) -> Result<(Self, bool)> {
        absent()
    }

    pub(super) fn location(&self) -> &str {
        match self.0 {}
    }

    pub(super) fn left_out(&self) -> Option<Error> {
        match self.0 {}
    }

    pub(super) fn snapshots(&self, _: OnProgress<'_>) -> Result<Vec<ArchivedSnapshot>> {
        match self.0 {}
    }

    pub(super) fn add(
        &self,
        _: File,
        _: &Path,
        _: &SnapshotRecord,
        _: OnProgress<'_>,
    ) -> Result<Added> {
        match self.0 {}
    }

    pub(super) fn get(
        &self,
        _: &ArchivedSnapshot,
        _: (impl io::Write, &Path),
        _: ReadFrom,
        _: OnProgress<'_>,
    ) -> Result<(Checksum, Parts)> {
        match self.0 {}
    }

    pub(super) fn unpacked(&self, _: &Path, _: Parts) {
        match self.0 {}
    }

    pub(super) fn forget_last_file(&self) -> bool {
        match self.0 {}
    }

    pub(super) fn judge(
        &self,
        _: Vec<ArchivedSnapshot>,
        _: &ArchiveRetention,
        _: DateTime<Utc>,
        _: OnProgress<'_>,
    ) -> Result<Vec<Judged>> {
        match self.0 {}
    }

    pub(super) fn remove(&self, _: &HashSet<&str>, _: OnProgress<'_>) -> Result<()> {
        match self.0 {}
    }

    pub(super) fn forget(&self, _: &HashSet<&str>, _: OnProgress<'_>) -> Result<()> {
        match self.0 {}
    }

    pub(super) fn check(
        &self,
        _: Option<(u32, u32)>,
        _: OnProgress<'_>,
    ) -> Result<Vec<ArchiveFlaw>> {
        match self.0 {}
    }

    pub(super) fn size(&self, _: OnProgress<'_>) -> Result<ArchiveSize> {
        match self.0 {}
    }

    pub(super) fn probe(&self, _: OnProgress<'_>) -> Result<Deletion> {
        match self.0 {}
    }
}
