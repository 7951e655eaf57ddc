//! `unrewind completions`.

use clap::CommandFactory;
use clap_complete::Shell;

use super::{Exit, output};

/// Print a completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind completions bash > ~/.local/share/bash-completion/completions/unrewind
  unrewind completions zsh > ~/.zfunc/_unrewind
  unrewind completions fish > ~/.config/fish/completions/unrewind.fish")]
pub struct Args {
    /// The shell
    shell: Shell,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(
        args.shell,
        &mut super::Args::command(),
        "unrewind",
        &mut script,
    );
    output::print(&String::from_utf8(script)?)?;
    Ok(Exit::Done)
}
