//! The tests of Unrewind, a file a capability. Most call the library; `cli` runs the program itself.

mod architecture;
mod chance;
mod chat;
mod choice;
mod cli;
mod coldload;
mod config;
mod crash;
mod diff;
mod due;
mod exchange;
mod export;
mod faults;
mod file;
mod fuzz;
mod init;
mod journal;
mod label;
mod least;
mod list;
mod package;
mod picture;
mod pictures;
mod pin;
mod prune;
#[cfg(unix)]
mod pty;
mod pulse;
mod random;
mod recover;
mod restore;
mod rows;
mod sandbox;
mod schemas;
mod screen;
mod search;
mod show;
mod take;
mod taken_back;
#[cfg(unix)]
mod terminal;
mod tui;
mod undo;
mod verify;
mod watch;
mod writers;
