//! The vocabulary of the core: errors, progress and cancellation, the profile, rows and events, and
//! how files are opened. It knows neither snapshots nor databases.

pub(super) mod clock;
pub(super) mod error;
pub(super) mod event;
pub(super) mod file_id;
pub(super) mod held;
pub(super) mod line;
pub(super) mod lock;
pub(super) mod nearest;
pub(super) mod owner;
pub(super) mod process;
pub(super) mod profile;
pub(super) mod program;
pub(super) mod progress;
pub(super) mod regular;
pub(super) mod room;
pub(super) mod row;
pub(super) mod worker;
