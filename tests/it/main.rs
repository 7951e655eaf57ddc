//! The tests of Snapback, a file a capability. Most call the library; `cli` runs the program itself.

mod chat;
mod choice;
mod coldload;
mod crash;
mod diff;
mod file;
mod recover;
mod restore;
mod sandbox;
mod undo;
