//! Lists, compares, searches, takes, restores and prunes the snapshots of an event-sourced `SQLite` application.
//!
//! A snapshot is one JSON file with the event log and the tables projected from it. This library is what the
//! `unrewind` program is made of; without the features `cli` and `tui` (both are on by default) it needs no
//! terminal:
//!
//! ```toml
//! unrewind = { version = "0.1", default-features = false }
//! ```
//!
//! Everything begins with a [`Workspace`]: the application's database, its snapshots, and the [`Profile`] that
//! describes its tables.
//!
//! # List snapshots, and what differs
//!
//! ```
//! use unrewind::{Kind, Workspace};
//!
//! # let folder = tempfile::tempdir()?;
//! # unrewind::make_demo(folder.path(), &unrewind::Profile::default(), chrono::Utc::now())?;
//! # let data = folder.path();
//! let workspace = Workspace::open(data)?;
//! for snapshot in workspace.list(&Kind::ALL)? {
//!     println!("{}  {} bytes", snapshot.name(), snapshot.size);
//! }
//!
//! let newest = workspace.find("latest:rewind")?;
//! let difference = workspace.diff(None, Some(&newest), &[])?;
//! for table in difference.tables.iter().filter(|table| !table.is_empty()) {
//!     println!("{}: +{} ~{} -{}", table.table.name, table.added, table.changed, table.removed);
//! }
//! # assert!(!difference.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Plan, then apply
//!
//! A [`RestorePlan`] is computed without changing anything, and is applied only if neither the database nor the
//! snapshot has changed since.
//!
//! ```
//! use unrewind::{RestoreOptions, Safety, Workspace};
//!
//! # let folder = tempfile::tempdir()?;
//! # unrewind::make_demo(folder.path(), &unrewind::Profile::default(), chrono::Utc::now())?;
//! # let data = folder.path();
//! let workspace = Workspace::open(data)?;
//! let plan = workspace
//!     .plan_recover(RestoreOptions::default())?
//!     .expect("the demonstration ends with a bad rewind");
//! println!("{} events come back", plan.events_back());
//!
//! let restored = workspace.apply(plan, Safety::default())?;
//! let safety_snapshot = restored.safety_snapshot.expect("it is taken by default");
//! println!("{} holds the database as it was", safety_snapshot.name());
//!
//! // An undo is a restore of the safety snapshot.
//! let undo = workspace.plan_undo()?;
//! workspace.apply(undo, Safety::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is stable
//!
//! The format of the snapshots, which the chat service reads and writes too, and the JSON of the commands. The
//! library is at version 0: [`Workspace`], its builder and the types that it takes and returns change only with a
//! new minor version, and structs and enums marked `#[non_exhaustive]` may grow in any version. The other items
//! are what the program itself uses; they may change in any minor version.

#[doc(hidden)]
pub mod core;

pub use crate::core::*;

#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod config;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod crash;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod environment;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod fs_watch;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod logging;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod signals;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod text;
#[cfg(feature = "tui")]
#[doc(hidden)]
pub mod tui;
