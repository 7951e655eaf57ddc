//! Unrewind lists, previews, takes, restores and prunes the snapshots of an event-sourced `SQLite`
//! application.
//!
//! The map of the house, each floor using only those below it:
//!
//! * [`cli`] and [`tui`]: the commands, one file each, and the terminal UI.
//! * [`changes`] and [`signals`]: what the system tells of; [`journal`] and [`crash`]: what is written
//!   down for later.
//! * [`workplace`], [`text`] and [`config`]: what a run is about, what people read, what they set.
//! * [`core`]: everything Unrewind can do, for any front.

pub mod changes;
pub mod cli;
pub mod config;
pub mod core;
pub mod crash;
pub mod journal;
pub mod signals;
pub mod text;
pub mod tui;
pub mod workplace;
