//! What a user can ask for, a file or folder each.

pub(crate) mod archive;
mod composed;
pub(super) mod demo;
pub(super) mod due;
pub(super) mod events;
pub(super) mod export;
pub(super) mod health;
pub(super) mod history;
pub(super) mod init;
pub(super) mod merge;
pub(super) mod moment;
mod prefilter;
pub(super) mod prune;
pub(super) mod recover;
pub(super) mod replay;
pub(super) mod restore;
pub(super) mod rows;
pub(super) mod search;
pub(super) mod show;
pub(super) mod status;
pub(super) mod take;
pub(super) mod verify;
pub(super) mod watch;
mod workers;
