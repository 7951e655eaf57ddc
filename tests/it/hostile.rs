//! Hostile content in a data folder: files that are not regular files, links, huge files and names, and what
//! the commands do with them.

#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod folder_links;
mod limits;
mod names;
#[cfg(unix)]
mod pipes;
#[cfg(unix)]
mod private;
mod which_database;
