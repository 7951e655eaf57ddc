//! Snapback lists, previews, takes, restores and prunes the snapshots of an event-sourced SQLite
//! application.
//!
//! The map of the house, each floor using only those below it:
//!
//! * [`cli`]: the commands, one file each.
//! * [`text`] and [`config`]: what people read, and what they set.
//! * [`core`]: everything Snapback can do, for any front.

pub mod cli;
pub mod config;
pub mod core;
pub mod text;
