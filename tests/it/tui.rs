//! The terminal UI: the screen after keys, and what they did to the files and the database.

mod appearance;
mod asked;
mod changes;
mod colours;
mod decode;
mod delete;
mod dialogs;
mod diff;
mod events;
mod jobs;
mod keys;
mod list;
mod notes;
mod order;
mod palette;
mod preview;
mod prune;
mod restore;
mod rows;
mod screens;
mod search;
mod sizes;
mod take;
mod timeline;
