//! The command line: one file per command, each with its arguments and its run. Results go to
//! standard output, everything else to standard error.

mod archive;
mod completions;
mod delete;
mod demo;
mod diff;
mod due;
mod each_folder;
mod exit;
mod export;
mod folders;
mod history;
mod init;
mod label;
mod list;
mod man;
mod moment;
mod output;
mod pin;
mod place;
mod prune;
mod recover;
mod restore;
mod run;
mod search;
mod setup;
mod show;
mod side;
mod status;
mod take;
mod undo;
mod unpin;
mod verify;
mod watch;

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    config::WatchSettings,
    core::{Kind, Workspace},
    text,
};

pub use exit::Exit;
pub use output::{refuse, report, say};
pub use place::refuse_unknown;
pub use setup::{CommandSetup, load, workspace};

/// The version, and the features beyond the default ones.
const VERSION: &str = match (
    cfg!(feature = "archive-remote"),
    cfg!(feature = "archive-s3"),
) {
    (false, false) => env!("CARGO_PKG_VERSION"),
    (true, false) => concat!(env!("CARGO_PKG_VERSION"), " (archive-remote)"),
    (false, true) => concat!(env!("CARGO_PKG_VERSION"), " (archive-s3)"),
    (true, true) => concat!(env!("CARGO_PKG_VERSION"), " (archive-remote, archive-s3)"),
};

/// The heading of the options that every command has.
const GLOBAL: &str = "Global options";

/// List, compare, take, restore and prune the snapshots of an event-sourced SQLite application
///
/// Without a command, Unrewind opens the terminal UI. Lost work just now? Press R there: it shows what would
/// come back, and changes nothing until you press y.
#[derive(Debug, Parser)]
#[command(name = "unrewind", version = VERSION, max_term_width = 100)]
#[command(after_help = "Examples:
  unrewind demo
  unrewind path/to/data
  unrewind recover --dry-run")]
pub struct Args {
    /// A data folder or a database to open in the terminal UI
    #[arg(value_name = "PLACE")]
    pub place: Option<PathBuf>,

    /// The application's database [default: the only one in the data folder that has an event log]
    #[arg(
        long,
        help_heading = GLOBAL,
        value_name = "FILE",
        env = "UNREWIND_DB",
        global = true,
        hide_env_values = true
    )]
    pub db: Option<PathBuf>,

    /// The folder that holds the database and `snapshots`
    #[arg(
        long,
        help_heading = GLOBAL,
        value_name = "DIR",
        env = "UNREWIND_DATA_DIR",
        global = true,
        default_value = "data",
        hide_env_values = true
    )]
    pub data_dir: PathBuf,

    /// A configuration file that takes precedence over the others
    #[arg(long, help_heading = GLOBAL, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// Append each operation, how long it took and what went wrong to this file
    #[arg(long, help_heading = GLOBAL, value_name = "FILE", global = true)]
    pub log: Option<PathBuf>,

    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do on the command line.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "each command is described where its arguments are"
)]
pub enum Command {
    Init(init::Args),
    Demo(demo::Args),
    #[command(hide = true)]
    DemoReplay(demo::ReplayArgs),
    List(list::Args),
    Show(show::Args),
    Export(export::Args),
    Take(take::Args),
    Run(run::Args),
    Diff(diff::Args),
    Search(search::Args),
    History(history::Args),
    Restore(restore::Args),
    Recover(recover::Args),
    Undo(undo::Args),
    Redo(undo::RedoArgs),
    Prune(prune::Args),
    Delete(delete::Args),
    Verify(verify::Args),
    Label(label::Args),
    Pin(pin::Args),
    Unpin(unpin::Args),
    Status(status::Args),
    Archive(archive::Args),
    Due(due::Args),
    Watch(watch::Args),
    Completions(completions::Args),
    Man(man::Args),
}

/// A kind as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindArg {
    /// Taken before something destructive
    Rewind,
    /// Taken regularly; the application's next start begins from the newest
    Periodic,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Rewind => Self::Rewind,
            KindArg::Periodic => Self::Periodic,
        }
    }
}

/// Returns the kinds chosen by an optional argument.
fn kinds(chosen: Option<KindArg>) -> Vec<Kind> {
    chosen.map_or(Kind::ALL.to_vec(), |kind| vec![kind.into()])
}

/// What follows a command.
#[derive(Clone, Debug)]
pub enum Next {
    /// The program ends.
    Exit(Exit),
    /// The terminal UI opens here.
    Open(Box<Workspace>),
}

impl Command {
    /// Returns whether it writes a description of the application rather than reading one.
    pub fn describes(&self) -> bool {
        matches!(self, Self::Init(_))
    }

    /// Returns whether it needs an existing data folder.
    pub fn needs_data(&self) -> bool {
        !matches!(
            self,
            Self::Demo(_) | Self::DemoReplay(_) | Self::Completions(_) | Self::Man(_)
        )
    }

    /// Returns whether it names its data folders itself, so that none need be here.
    pub fn names_folders(&self, settings: &WatchSettings) -> bool {
        match self {
            Self::Watch(args) => args.folders.are_named(settings),
            Self::Status(args) => args.folders.are_named(settings),
            _ => false,
        }
    }

    /// Returns whether it reads snapshots only, so that nothing else would notice an interrupted
    /// restore.
    fn reads_no_database(&self) -> bool {
        matches!(
            self,
            Self::List(_) | Self::Label(_) | Self::Pin(_) | Self::Unpin(_)
        )
    }

    /// Returns whether a password command may ask a person while it runs.
    pub fn may_ask(&self) -> bool {
        !matches!(self, Self::Watch(_) | Self::Demo(_) | Self::Status(_))
    }

    /// Returns the exit code of a failure.
    pub fn failure_code(&self) -> u8 {
        match self {
            Self::Diff(_)
            | Self::Search(_)
            | Self::History(_)
            | Self::Status(_)
            | Self::Verify(_) => 2,
            Self::Archive(args) if args.judges() => 2,
            // As env, nice and timeout do.
            Self::Run(_) => 125,
            _ => 1,
        }
    }
}

/// Runs a command.
pub fn run(
    command: &Command,
    workspace: &Workspace,
    setup: &CommandSetup<'_>,
) -> anyhow::Result<Next> {
    if command.reads_no_database() {
        workspace.finish_interrupted();
    }
    let exit = match command {
        Command::Redo(args) => undo::run_redo(args, workspace),
        Command::Demo(args) => return demo::run(args, workspace),
        Command::DemoReplay(args) => demo::replay(args),
        Command::Init(args) => init::run(args, workspace),
        Command::List(args) => list::run(args, workspace),
        Command::Show(args) => show::run(args, workspace),
        Command::Export(args) => export::run(args, workspace),
        Command::Take(args) => take::run(args, workspace),
        Command::Run(args) => run::run(args, workspace),
        Command::Diff(args) => diff::run(args, workspace),
        Command::Search(args) => search::run(args, workspace),
        Command::History(args) => history::run(args, workspace),
        Command::Restore(args) => restore::run(args, workspace),
        Command::Recover(args) => recover::run(args, workspace),
        Command::Undo(args) => undo::run(args, workspace),
        Command::Prune(args) => prune::run(args, workspace),
        Command::Delete(args) => delete::run(args, workspace),
        Command::Verify(args) => verify::run(args, workspace),
        Command::Label(args) => label::run(args, workspace),
        Command::Pin(args) => pin::run(args, workspace),
        Command::Unpin(args) => unpin::run(args, workspace),
        Command::Status(args) => status::run(args, workspace, setup),
        Command::Archive(args) => archive::run(args, workspace),
        Command::Due(args) => due::run(args, workspace),
        Command::Watch(args) => watch::run(args, workspace, setup),
        Command::Completions(args) => completions::run(args),
        Command::Man(args) => man::run(args),
    };
    for repaired in workspace.take_repaired() {
        output::say(&text::repaired(&repaired));
    }
    let exit = exit.map_err(|error| side::naming_archived(error, workspace));
    exit.map(Next::Exit)
}
