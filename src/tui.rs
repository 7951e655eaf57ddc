//! The terminal UI.

mod app;
mod appearance;
mod browser;
mod clipboard;
mod dialog;
mod glyph;
mod keymap;
mod live;
mod marks;
mod message;
mod run;
mod screen;
mod setup;
mod status_bar;
mod task;
mod task_runner;
mod theme;
mod tty;
mod watch;
mod widget;

pub use app::App;
pub use appearance::{Appearance, Terminal};
pub use keymap::{Action, Context, KeyLine, Keymap, name};
pub use live::{LiveView, Unseen};
pub use message::{ClockReading, Effect, Message};
pub use run::run;
pub use setup::{Capture, Setup, ThemeMemory};
pub use task::{
    At, Brief, ChangesRequest, DiffReply, DiffRequest, EventsRequest, Planning, Reply, Restorable,
    RowsRead, RowsRequest, RowsWanted, SearchRequest, ShownSide, Slot, Task, perform,
};
pub use task_runner::TaskRunner;
pub use theme::Theme;
pub use tty::Decoder;
