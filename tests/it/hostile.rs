//! What somebody else can put into a data folder: files that are none, links, and what a command does
//! with them.

mod bounds;
#[cfg(unix)]
mod folder;
#[cfg(unix)]
mod names;
#[cfg(unix)]
mod pipes;
#[cfg(unix)]
mod private;
#[cfg(unix)]
mod which;
