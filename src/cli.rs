//! The command line: one file a command, each with its arguments and its run. Results go to standard
//! output, everything else to standard error.

mod due;
mod list;
mod output;
mod prune;
mod restore;
mod show;
mod take;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand, ValueEnum};

use crate::{
    config::Config,
    core::{Access, Cache, Database, Kind, Profile, Store, find_database},
    text::Zone,
};

pub use output::{Exit, report};

/// Lists, previews, takes, restores and prunes the snapshots of an event-sourced SQLite application.
///
/// Without a command it opens the terminal UI.
#[derive(Debug, Parser)]
#[command(name = "snapback", version, max_term_width = 100)]
pub struct Args {
    /// The application's database [default: the one database in the data folder that has an event log]
    #[arg(
        long,
        value_name = "FILE",
        env = "SNAPBACK_DB",
        global = true,
        hide_env_values = true
    )]
    pub db: Option<PathBuf>,

    /// The data folder, in which `snapshots` is
    #[arg(
        long,
        value_name = "DIR",
        env = "SNAPBACK_DATA_DIR",
        global = true,
        default_value = "data",
        hide_env_values = true
    )]
    pub data_dir: PathBuf,

    /// A configuration that goes over your own and the defaults
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,

    /// What to do
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What to do on the command line.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the snapshots, newest first
    List(list::Args),
    /// Count the rows of every table, in a snapshot and in live
    Show(show::Args),
    /// Take a snapshot
    Take(take::Args),
    /// Bring the database back to a snapshot
    Restore(restore::Args),
    /// Delete the snapshots that the policies no longer keep
    Prune(prune::Args),
    /// Tell whether a periodic snapshot is due: exit code 0 if it is, 10 if not
    Due(due::Args),
}

/// A kind as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum KindArg {
    /// Taken before something destructive
    Rewind,
    /// A checkpoint for the next start of the application
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

/// The kinds that an optional argument chooses.
fn kinds(chosen: Option<KindArg>) -> Vec<Kind> {
    chosen.map_or(Kind::ALL.to_vec(), |kind| vec![kind.into()])
}

/// What every command works on.
#[derive(Clone, Debug)]
pub struct Workplace {
    /// The application and the policies.
    pub profile: Profile,
    /// The folder that holds the database and the snapshots.
    pub data_dir: PathBuf,
    /// The snapshots.
    pub store: Store,
    /// Counts of rows that are known already.
    pub cache: Cache,
    /// The time at which the program was started.
    pub now: DateTime<Utc>,
    /// In which zone people are told times.
    pub zone: Zone,
    database: Option<PathBuf>,
}

impl Workplace {
    /// The workplace that the global arguments name.
    pub fn new(args: &Args, config: Config, now: DateTime<Utc>) -> Self {
        let cache = Config::cache_folder()
            .map_or_else(Cache::default, |folder| Cache::new(folder.join("counts")));
        Self {
            profile: config.profile,
            data_dir: args.data_dir.clone(),
            store: Store::new(&args.data_dir),
            cache,
            now,
            zone: Zone::Local,
            database: args.db.clone(),
        }
    }

    /// The database that was named, or the one that is found.
    pub fn database_path(&self) -> crate::core::Result<PathBuf> {
        match &self.database {
            Some(path) => Ok(path.clone()),
            None => find_database(&self.data_dir, &self.profile),
        }
    }

    /// A connection that reads the database.
    pub fn database(&self) -> crate::core::Result<Database> {
        Database::open(
            &self.database_path()?,
            Access::Read,
            self.profile.busy_timeout,
        )
    }
}

/// Runs a command to its end.
pub fn run(command: &Command, workplace: &Workplace) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list::run(args, workplace),
        Command::Show(args) => show::run(args, workplace),
        Command::Take(args) => take::run(args, workplace),
        Command::Restore(args) => restore::run(args, workplace),
        Command::Prune(args) => prune::run(args, workplace),
        Command::Due(args) => due::run(args, workplace),
    }
}
