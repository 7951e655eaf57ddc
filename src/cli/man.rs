//! `unrewind man`.

use std::{
    fs::File,
    io::{self, Write},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

use super::{Exit, output};
use crate::core::{Links, open_with};

/// Print the manual page of Unrewind or of one of its commands
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind man | man -l -
  unrewind man restore > unrewind-restore.1
  unrewind man --all .")]
pub struct Args {
    /// The command
    command: Option<String>,
    /// Write every page into this folder, which must exist
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    all: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut program = super::Args::command().disable_help_subcommand(true);
    program.build();
    if let Some(folder) = &args.all {
        for command in program.get_subcommands().chain([&program]) {
            let path = folder.join(format!("{}.1", title(command)));
            let page = page(command)?;
            let mut options = File::options();
            let options = options.write(true).create(true).truncate(true);
            open_with(options, &path, Links::Refuse)
                .and_then(|mut file| file.write_all(&page))
                .with_context(|| format!("cannot write the manual page {}", path.display()))?;
        }
        return Ok(Exit::Done);
    }
    let name = args.command.as_deref();
    let found = name.map_or(Some(&program), |name| program.find_subcommand(name));
    let Some(command) = found else {
        output::say(&format!(
            "unrewind: there is no command {}; `unrewind --help` lists them",
            name.unwrap_or_default()
        ));
        return Ok(Exit::Failed);
    };
    output::print(&String::from_utf8(page(command)?)?)?;
    Ok(Exit::Done)
}

fn page(command: &Command) -> io::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone())
        .title(title(command))
        .source(concat!("Unrewind ", env!("CARGO_PKG_VERSION")))
        .manual("Unrewind's manual")
        .render(&mut page)?;
    Ok(page)
}

/// Returns the page's name: `unrewind`, or `unrewind-restore`.
fn title(command: &Command) -> String {
    let name = command.get_display_name().unwrap_or(command.get_name());
    name.to_owned()
}
