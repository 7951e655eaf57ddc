//! The program: arguments, configuration, a command or the terminal UI, an exit code.

use std::process::ExitCode;

use chrono::Utc;
use clap::Parser;
use snapback::{
    cli::{self, Args, Exit, Next},
    config::{Config, Ui},
    tui::{self, Setup, Terminal},
    workplace::Workplace,
};

fn main() -> ExitCode {
    let args = Args::parse();
    match run(&args) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            cli::report(&error);
            ExitCode::from(args.command.as_ref().map_or(1, cli::Command::failure_code))
        }
    }
}

fn run(args: &Args) -> anyhow::Result<Exit> {
    let config = Config::load(Config::own_file().as_deref(), args.config.as_deref())?;
    let ui = config.ui.clone();
    let workplace = Workplace::new(config, &args.data_dir, args.db.as_deref(), Utc::now())
        .with_cache(Config::cache_folder());
    match &args.command {
        Some(command) => match cli::run(command, &workplace)? {
            Next::Exit(exit) => Ok(exit),
            Next::Open(folder) => open(&workplace.moved_to(&folder), &ui),
        },
        None => open(&workplace, &ui),
    }
}

fn open(workplace: &Workplace, ui: &Ui) -> anyhow::Result<Exit> {
    let terminal = Terminal::of(|name| std::env::var(name).ok());
    tui::run(workplace, Setup::new(ui, terminal)?)?;
    Ok(Exit::Done)
}
