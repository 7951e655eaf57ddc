//! Opens regular files only, in folders that others can write to. A pipe or a device in place of a
//! file is an error at once, so no command blocks on it.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, Read},
    path::Path,
};

/// Whether a symbolic link in place of a file is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Links {
    /// For files that a person names, and for the service's own.
    Follow,
    /// For everything that Unrewind writes: a link would let the folder's owner choose another
    /// target.
    Refuse,
}

/// Opens a regular file for reading. Anything else is an error at once.
pub fn open_file(path: &Path, links: Links) -> io::Result<File> {
    open_known(path, links).map(|(file, _)| file)
}

/// Opens a regular file for reading; returns its metadata too.
pub(crate) fn open_known(path: &Path, links: Links) -> io::Result<(File, Metadata)> {
    refuse_other(&metadata(path, links)?)?;
    open_regular(File::options().read(true), path, links)
}

/// Opens a regular file with `options`, which may create it. Anything else is an error at once.
pub fn open_with(options: &mut OpenOptions, path: &Path, links: Links) -> io::Result<File> {
    match metadata(path, links) {
        Ok(metadata) => refuse_other(&metadata)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    open_regular(options, path, links).map(|(file, _)| file)
}

/// Returns what is at a path: opening some devices has an effect, so it is checked first.
fn metadata(path: &Path, links: Links) -> io::Result<Metadata> {
    match links {
        Links::Follow => fs::metadata(path),
        Links::Refuse => fs::symlink_metadata(path),
    }
}

/// Opens a file that was checked. It may have been replaced since: this waits for no pipe and follows no
/// link.
fn open_regular(
    options: &mut OpenOptions,
    path: &Path,
    links: Links,
) -> io::Result<(File, Metadata)> {
    let file = flagged(options, links).open(path)?;
    let metadata = file.metadata()?;
    refuse_other(&metadata)?;
    Ok((file, metadata))
}

/// Opens a folder, to lock it or to read its metadata. Anything else is an error at once.
pub(crate) fn open_folder(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    folder_flagged(&mut options).open(path)
}

/// Reads a whole regular file. A file of more than `most` bytes is an error, and is not read to its
/// end.
pub fn read_file(path: &Path, links: Links, most: u64) -> io::Result<Vec<u8>> {
    let file = open_file(path, links)?;
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let what = format!("it is larger than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

fn refuse_other(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(if metadata.is_dir() {
        io::ErrorKind::IsADirectory.into()
    } else if metadata.is_symlink() {
        let what = "it is a symbolic link, which Unrewind does not follow here";
        io::Error::new(io::ErrorKind::InvalidInput, what)
    } else {
        not_regular()
    })
}

/// Returns the error for a pipe, a device or the like.
pub(crate) fn not_regular() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file")
}

#[cfg(unix)]
fn flagged(options: &mut OpenOptions, links: Links) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    if links == Links::Refuse {
        flags |= OFlags::NOFOLLOW;
    }
    options.custom_flags(flags.bits().cast_signed())
}

#[cfg(unix)]
fn folder_flagged(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;

    use rustix::fs::OFlags;

    let flags = OFlags::DIRECTORY | OFlags::NONBLOCK;
    options.custom_flags(flags.bits().cast_signed())
}

/// Syncs a folder, so that its names survive a power failure.
#[cfg(unix)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    open_folder(path)?.sync_all()
}

/// Syncs a folder, so that its names survive a power failure, where the file system can.
#[cfg(windows)]
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    // Windows flushes only what is open for writing.
    let folder = folder_flagged(options.write(true)).open(path);
    match folder.and_then(|folder| folder.sync_all()) {
        // Network drives refuse it, and another program may keep the folder open.
        Err(error) if is_refused(&error) => {
            log::debug!("{} is not synced: {error}", path.display());
            Ok(())
        }
        result => result,
    }
}

#[cfg(windows)]
fn is_refused(error: &io::Error) -> bool {
    const ERROR_INVALID_FUNCTION: i32 = 1;
    super::held::is_held(error)
        || error.raw_os_error() == Some(ERROR_INVALID_FUNCTION)
        || matches!(
            error.kind(),
            io::ErrorKind::PermissionDenied
                | io::ErrorKind::Unsupported
                | io::ErrorKind::InvalidInput
        )
}

#[cfg(windows)]
fn folder_flagged(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::windows::fs::OpenOptionsExt;

    const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
    options.custom_flags(FILE_FLAG_BACKUP_SEMANTICS)
}

#[cfg(windows)]
fn flagged(options: &mut OpenOptions, _: Links) -> &mut OpenOptions {
    options
}
