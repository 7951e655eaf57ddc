//! The program: arguments, configuration, a command or the terminal UI, an exit code.

use std::{process::ExitCode, time::Instant};

use clap::{ArgMatches, CommandFactory, FromArgMatches};
#[cfg(feature = "tui")]
use unrewind::tui::{self, Terminal, ThemeMemory};
use unrewind::{
    cli::{self, Args, Command, CommandSetup, Exit, Next},
    config::{Config, Ui},
    core::{ArchiveSettings, Asking, Workspace},
    crash, environment, logging,
};

fn main() -> ExitCode {
    if let Some(unknown) = cli::refuse_unknown(words()) {
        cli::say(&format!("unrewind: {unknown}"));
        return ExitCode::from(2);
    }
    let matches = Args::command().try_get_matches();
    let matches = matches.unwrap_or_else(|error| cli::refuse(&error));
    let mut args = Args::from_arg_matches(&matches).unwrap_or_else(|error| cli::refuse(&error));
    let name = matches.subcommand_name().unwrap_or("the terminal UI");
    crash::report_panics(name.to_owned(), Config::state_folder());
    environment::report_large_files();
    match environment::check()
        .and_then(|()| args.locate(&matches))
        .and_then(|()| logged(name, &args, &matches))
    {
        Ok(exit) => {
            exit.end();
            ExitCode::from(exit.code())
        }
        Err(error) => {
            cli::report(&error);
            ExitCode::from(args.command.as_ref().map_or(1, cli::Command::failure_code))
        }
    }
}

/// Returns the words of the command line.
fn words() -> impl Iterator<Item = String> {
    let words = std::env::args_os();
    words.map(|word| word.to_string_lossy().into_owned())
}

/// Runs the program, and logs its start and end if there is a log.
fn logged(name: &str, args: &Args, matches: &ArgMatches) -> anyhow::Result<Exit> {
    if let Some(path) = &args.log {
        cli::workspace(Config::defaults()?, args, &args.data_dir).refuse_as_log(path)?;
        logging::begin(path)?;
    }
    log::info!("{name}: unrewind {}", env!("CARGO_PKG_VERSION"));
    let began = Instant::now();
    let result = run(args, matches);
    logging::ended(name, began.elapsed(), result.as_ref().err());
    result
}

fn run(args: &Args, matches: &ArgMatches) -> anyhow::Result<Exit> {
    let describes = args.command.as_ref().is_some_and(Command::describes);
    let config = if describes {
        Config::defaults()?
    } else {
        cli::load(args, &args.data_dir)?
    };
    let (ui, ignored) = (config.ui.clone(), config.ignored.clone());
    let settings = config.watch.clone();
    if let Some(ignored) = &ignored {
        cli::say(&format!("! {ignored}"));
    }
    let is_nowhere = config.database.is_none() && args.is_nowhere();
    let command = args.command.as_ref();
    if is_nowhere && !command.is_some_and(|command| command.names_folders(&settings)) {
        args.refuse_nowhere(matches, &settings)?;
    }
    let mut workspace = cli::workspace(config, args, &args.data_dir);
    if args.command.as_ref().is_some_and(Command::may_ask) {
        let asking = Asking::OnTerminal;
        let archive = workspace.archive_settings().clone();
        let archive = ArchiveSettings { asking, ..archive };
        workspace = workspace.to_builder().archive(archive).build();
    }
    let setup = CommandSetup {
        args,
        watch: &settings,
        is_nowhere,
    };
    match &args.command {
        Some(command) => match cli::run(command, &workspace, &setup)? {
            Next::Exit(exit) => Ok(exit),
            Next::Open(place) => open(&place, &ui, None),
        },
        None => open(&workspace, &ui, ignored),
    }
}

#[cfg(feature = "tui")]
fn open(workspace: &Workspace, ui: &Ui, notice: Option<String>) -> anyhow::Result<Exit> {
    let terminal = Terminal::of(|name| std::env::var(name).ok());
    let memory = Config::state_folder().map(|folder| ThemeMemory::new(&folder));
    let setup = tui::Setup {
        notice,
        ..tui::Setup::new(ui, terminal)?.remembering(memory.unwrap_or_default())
    };
    tui::run(workspace, setup)?;
    Ok(Exit::Done)
}

#[cfg(not(feature = "tui"))]
fn open(_: &Workspace, _: &Ui, _: Option<String>) -> anyhow::Result<Exit> {
    anyhow::bail!(
        "this program was built without the terminal UI: use `unrewind list` and the other commands"
    )
}
