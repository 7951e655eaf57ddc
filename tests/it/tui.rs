//! The terminal UI: the screen after keys, and their effects on the files and the database.

mod abouts;
mod appearance;
mod changes;
mod colours;
mod decode;
mod delete;
mod dialogs;
mod diff;
mod events;
mod header;
mod keys;
mod list;
mod notes;
mod order;
mod palette;
mod preview;
mod prune;
mod read_delay;
mod restore;
mod rows;
mod screens;
mod search;
mod sizes;
mod take;
mod tasks;
mod timeline;
