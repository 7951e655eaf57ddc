//! The program: arguments, configuration, a command or the terminal UI, an exit code.

use std::process::ExitCode;

use chrono::Utc;
use clap::Parser;
use snapback::{
    cli::{self, Args, Exit, Workplace},
    config::Config,
};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(error) => {
            cli::report(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<Exit> {
    let config = Config::load(Config::own_file().as_deref(), args.config.as_deref())?;
    let workplace = Workplace::new(args, config, Utc::now());
    match &args.command {
        Some(command) => cli::run(command, &workplace),
        None => Ok(Exit::Done),
    }
}
