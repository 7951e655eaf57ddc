//! Permissions of the files that Unrewind writes. Owner, group and mode follow the database's, or
//! those of the file or folder beside which a new one is written.

use std::{
    fs::{self, File, Metadata},
    io,
    path::Path,
};

use super::regular::open_folder;

/// Gives a file the owner, group and mode of another. Where the system refuses the owner or the
/// group, the mode grants no more than before.
pub(crate) fn follow(file: &File, like: &Path) -> io::Result<()> {
    match fs::metadata(like) {
        Ok(like) if like.is_file() => set(file, &file.metadata()?, &like, 0o666),
        // Only a regular file has a mode to follow; otherwise the file stays private.
        _ => Ok(()),
    }
}

/// Gives a new file the owner and group of its folder, so that a run as root leaves nothing that
/// the folder's owner cannot use. A system that does not allow it is no error; fails only if the
/// file or folder cannot be inspected.
pub fn follow_folder(file: &File, folder: &Path) -> io::Result<()> {
    let folder = fs::metadata(folder)?;
    set_owner(file, &file.metadata()?, &folder);
    Ok(())
}

/// Creates a folder and its missing parents; each follows its parent's owner, group and mode.
pub(crate) fn make_folder(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let above = path.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    if above != path {
        make_folder(above)?;
    }
    make_last_folder(path, above)
}

/// Creates a folder in an existing one, whose owner, group and mode it follows.
pub(crate) fn make_last_folder(path: &Path, above: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) if path.is_dir() => Ok(()),
        Err(_) => Err(io::ErrorKind::NotADirectory.into()),
        Ok(()) if cfg!(unix) => {
            let folder = open_folder(path)?;
            set(&folder, &folder.metadata()?, &fs::metadata(above)?, 0o2775)
        }
        Ok(()) => Ok(()),
    }
}

/// Refuses a folder that is a link which another user made to a folder that is not theirs: that
/// user would choose where files are written and deleted.
#[cfg(unix)]
pub(crate) fn refuse_foreign_link(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;

    let Ok(link) = fs::symlink_metadata(folder) else {
        return Ok(());
    };
    if !link.is_symlink() {
        return Ok(());
    }
    let target = fs::metadata(folder)?.uid();
    if may_choose(link.uid(), target, rustix::process::geteuid().as_raw()) {
        return Ok(());
    }
    let what = "it is a symbolic link that another user made to a folder that is not theirs";
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

/// Returns whether the owner of a link may choose where this process writes: root, the process's
/// own user, and the owner of the target.
#[cfg(unix)]
fn may_choose(link: u32, target: u32, process: u32) -> bool {
    link == 0 || link == process || link == target
}

/// Accepts every folder: only Unix shows who made a link.
#[cfg(not(unix))]
pub(crate) fn refuse_foreign_link(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
fn set(file: &File, now: &Metadata, like: &Metadata, most: u32) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};

    let is_group = set_owner(file, now, like);
    // The writer must be able to continue.
    let mut mode = (like.mode() & most) | (now.mode() & 0o700);
    if !is_group {
        // Members of another group count as others.
        mode = (mode & !0o070) | ((mode & 0o007) << 3);
    }
    if mode == now.mode() & 0o7777 {
        return Ok(());
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// Gives a file the owner and the group of another; returns whether it has that group now.
#[cfg(unix)]
fn set_owner(file: &File, now: &Metadata, like: &Metadata) -> bool {
    use std::os::unix::fs::{MetadataExt, fchown};

    let owner = (now.uid() != like.uid()).then_some(like.uid());
    let group = (now.gid() != like.gid()).then_some(like.gid());
    if owner.is_none() && group.is_none() {
        return true;
    }
    // Only root may give a file away; a member of the group may set the group.
    fchown(file, owner, group).is_ok() || group.is_none() || fchown(file, None, group).is_ok()
}

#[cfg(not(unix))]
fn set(_: &File, _: &Metadata, _: &Metadata, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(not(unix))]
fn set_owner(_: &File, _: &Metadata, _: &Metadata) -> bool {
    true
}

#[cfg(all(test, unix))]
mod tests {
    use super::may_choose;

    #[test]
    fn a_link_to_a_folder_counts_only_from_those_who_may_write_there_anyway() {
        let (root, mine, other, third) = (0, 1000, 1001, 1002);
        for (link, target, process, is_followed) in [
            (mine, third, mine, true),
            (root, third, mine, true),
            (other, other, mine, true),
            (other, mine, mine, false),
            (other, root, root, false),
            (other, other, root, true),
            (other, third, root, false),
        ] {
            assert_eq!(may_choose(link, target, process), is_followed);
        }
    }
}
