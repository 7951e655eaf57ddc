//! The free space on a disk.

use std::path::Path;

/// Returns how many bytes this user may still write on the disk that holds a path; `None` if the system does not
/// report it.
#[cfg(unix)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(path).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(windows)]
pub(crate) fn free_bytes(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}
