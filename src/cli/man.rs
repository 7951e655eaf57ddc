//! `snapback man`.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::CommandFactory;
use clap_mangen::Man;

use super::{Exit, output};

/// Print the manual page of Snapback or of one of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  snapback man | man -l -
  snapback man restore > snapback-restore.1
  snapback man --all ~/.local/share/man/man1")]
pub struct Args {
    /// The command
    command: Option<String>,
    /// Write every page into this folder, which must be there
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    all: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut program = super::Args::command().disable_help_subcommand(true);
    if let Some(folder) = &args.all {
        clap_mangen::generate_to(program, folder)
            .with_context(|| format!("cannot write the manual in {}", folder.display()))?;
        return Ok(Exit::Done);
    }
    program.build();
    let command = match &args.command {
        None => &program,
        Some(name) => match program.find_subcommand(name) {
            Some(command) => command,
            None => bail!("there is no command {name}; `snapback --help` lists those there are"),
        },
    };
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    output::print(&String::from_utf8(page)?)?;
    Ok(Exit::Done)
}
