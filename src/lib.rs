//! Unrewind lists, previews, takes, restores and prunes the snapshots of an event-sourced `SQLite`
//! application.
//!
//! The modules, each using only those below it:
//!
//! * [`cli`] and [`tui`]: the commands, a file each, and the terminal UI.
//! * [`fs_watch`], [`signals`], [`logging`], [`crash`]: file system events, signals, the log, crash reports.
//! * [`workspace`], [`config`], [`text`]: what a run is about, its settings, and the sentences people read.
//! * [`core`]: everything Unrewind can do, for any front end.

pub mod cli;
pub mod config;
pub mod core;
pub mod crash;
pub mod fs_watch;
pub mod logging;
pub mod signals;
pub mod text;
pub mod tui;
pub mod workspace;
