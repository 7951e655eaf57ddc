//! A repository in a bucket of S3, with the paths that restic uses. The credentials come from the environment and
//! the files of `aws`.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use opendal::{
    blocking::Operator,
    layers::RetryLayer,
    options::{ListOptions, ReadOptions},
    services::S3,
};
use rustic_core::{
    BytesList, ErrorKind, FileType, Id, ReadBackend, RusticError, RusticResult, WriteBackend,
};
use tokio::runtime::{Builder, Runtime};

use super::{super::location::shown, failure::failed};
use crate::core::base::error::{Error, Result};

/// Opens a repository at `https://HOST/BUCKET/PATH`, as restic names it.
pub(super) fn s3(place: &str, location: &str) -> Result<Arc<Bucket>> {
    let (scheme, rest) = place.split_once("://").unwrap_or(("https", place));
    let (host, path) = rest.split_once('/').unwrap_or_default();
    let (bucket, root) = path.split_once('/').unwrap_or((path, ""));
    if host.is_empty() || bucket.is_empty() || place.contains('@') {
        return Err(Error::Archive {
            what: format!("{} does not name a bucket", shown(location)),
            hint: "name it as s3:https://HOST/BUCKET/PATH, without an @; the keys are AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of the environment",
        });
    }
    let service = || {
        S3::default()
            .endpoint(&format!("{scheme}://{host}"))
            .bucket(bucket)
            .root(&format!("/{root}"))
            // A bucket with an object lock accepts no file without it.
            .checksum_algorithm("md5")
    };
    let operator = bucket_of(service).map_err(called("open", "the bucket"));
    operator
        .map(|operator| Arc::new(Bucket(operator)))
        .map_err(failed(location))
}

fn bucket_of(service: impl Fn() -> S3) -> opendal::Result<Operator> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    opendal::install_default();
    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        builder.worker_threads(1).enable_all().build()
    });
    // If the environment names no region, most servers accept any.
    let operator = opendal::Operator::new(service())
        .or_else(|_| opendal::Operator::new(service().region("us-east-1")))?
        .layer(RetryLayer::new().with_max_times(3));
    let failed = |error: &std::io::Error| {
        opendal::Error::new(opendal::ErrorKind::Unexpected, error.to_string())
    };
    let _entered = runtime.as_ref().map_err(failed)?.enter();
    Operator::new(operator)
}

/// A bucket.
#[derive(Debug)]
pub(super) struct Bucket(Operator);

impl Bucket {
    /// Returns whether the bucket keeps a version of a file, as one with an object lock does of a deleted file.
    pub(super) fn has_version_of(&self, kind: FileType, id: &Id) -> bool {
        let path = path(kind, id);
        let versions = ListOptions {
            versions: true,
            ..ListOptions::default()
        };
        let found = self.0.list_options(&path, versions);
        found.is_ok_and(|found| found.iter().any(|version| version.path() == path))
    }
}

fn path(kind: FileType, id: &Id) -> String {
    let name = id.to_hex();
    match kind {
        FileType::Config => "config".to_owned(),
        FileType::Pack => format!("data/{}/{}", &name[..2], &name[..]),
        _ => format!("{}/{}", kind.dirname(), &name[..]),
    }
}

fn called(doing: &'static str, path: &str) -> impl FnOnce(opendal::Error) -> Box<RusticError> {
    let what = format!("Cannot {doing} {path}");
    move |error| RusticError::with_source(ErrorKind::Backend, what, error)
}

impl ReadBackend for Bucket {
    fn location(&self) -> String {
        format!("s3:{}", self.0.info().name())
    }

    fn list_with_size(&self, kind: FileType) -> RusticResult<Vec<(Id, u32)>> {
        if kind == FileType::Config {
            return match self.0.stat("config") {
                Err(error) if error.kind() == opendal::ErrorKind::NotFound => Ok(Vec::new()),
                found => found
                    .map(|_| vec![(Id::default(), 0)])
                    .map_err(called("find", "config")),
            };
        }
        let folder = format!("{}/", kind.dirname());
        let all = ListOptions {
            recursive: true,
            ..ListOptions::default()
        };
        let entries = self.0.list_options(&folder, all);
        let entries = entries.map_err(called("list", &folder))?;
        let files = entries.iter().filter(|entry| entry.metadata().is_file());
        let named = |entry: &opendal::Entry| {
            let size = u32::try_from(entry.metadata().content_length()).ok()?;
            Some((Id::parse_some(entry.name(), kind)?, size))
        };
        Ok(files.filter_map(named).collect())
    }

    fn read_full(&self, kind: FileType, id: &Id) -> RusticResult<Bytes> {
        let path = path(kind, id);
        let read = self.0.read(&path).map_err(called("read", &path))?;
        Ok(read.to_bytes())
    }

    fn read_partial(
        &self,
        kind: FileType,
        id: &Id,
        _: bool,
        offset: u32,
        length: u32,
    ) -> RusticResult<Bytes> {
        let (path, start) = (path(kind, id), u64::from(offset));
        let part = ReadOptions {
            range: (start..start + u64::from(length)).into(),
            ..ReadOptions::default()
        };
        let read = self.0.read_options(&path, part);
        Ok(read.map_err(called("read", &path))?.to_bytes())
    }

    fn warmup_path(&self, kind: FileType, id: &Id) -> String {
        path(kind, id)
    }
}

impl WriteBackend for Bucket {
    fn write_bytes(
        &self,
        kind: FileType,
        id: &Id,
        _: bool,
        content: BytesList,
    ) -> RusticResult<()> {
        let path = path(kind, id);
        let written = self.0.write(&path, content.into_vec());
        written.map(|_| ()).map_err(called("write", &path))
    }

    fn remove(&self, kind: FileType, id: &Id, _: bool) -> RusticResult<()> {
        let path = path(kind, id);
        self.0.delete(&path).map_err(called("delete", &path))
    }
}
