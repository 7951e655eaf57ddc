//! `unrewind init`.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use anyhow::{Context, bail};

use super::{Exit, output};
use crate::{
    config,
    core::Workspace,
    core::{Choice, LogCandidate, Proposal, Reasoned, follow, follow_folder},
    text,
};

/// Describe a database: propose which table is its event log and which tables are projected
///
/// Writes the proposal, with its reasons, to `unrewind.toml` in the data folder, where every command finds
/// it, or to the file that --config names. Never overwrites an existing file. Recognizes the tables of
/// LangGraph's checkpointer, eventsourcing, the OpenAI Agents SDK, google-adk, llm, Open WebUI and the chat service,
/// and describes others beside them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind init --dry-run
  unrewind --db data/chat.db init --dry-run
  unrewind init --event-log event_log --dry-run")]
pub struct Args {
    /// The table that is the event log, or none [default: the table that looks like one]
    #[arg(long, value_name = "TABLE")]
    event_log: Option<String>,
    /// Print the proposal and write nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let choice = match args.event_log.as_deref() {
        None => Choice::Likeliest,
        Some("none") => Choice::NoLog,
        Some(table) => Choice::Table(table.to_owned()),
    };
    let database = workspace.any_database()?;
    let shipped = config::shipped_profiles()?;
    let mut proposal = Proposal::of(&database, &choice, &shipped, &workspace.profile)?;
    if proposal.is_open {
        output::say_lines(&candidates(&proposal.others));
        bail!("name the event log with --event-log TABLE, or say --event-log none");
    }
    if output::can_ask() && !args.dry_run {
        ask_about_doubtful(&mut proposal)?;
    }
    let path = &workspace.description;
    let text = config::proposed(&proposal, database.path(), &workspace.data_dir);
    let described = config::Config::of_text(&text, path)?.profile;
    if described != proposal.profile(&workspace.profile) {
        bail!("the proposal cannot be written so that it reads the same again");
    }
    if args.dry_run {
        output::print(&text)?;
        return Ok(Exit::Done);
    }
    let like = config::Config::folder_file(&workspace.data_dir);
    if !path.ends_with("unrewind.toml") {
        workspace.refuse_own_file(path)?;
    }
    write(path, &text, (like == *path).then_some(database.path()))?;
    output::print_done(&text)?;
    let next = text::runnable("check it, then try `unrewind take`");
    output::say_lines(&format!("\nwrote {}; {next}", text::path(path)));
    Ok(Exit::Done)
}

/// Asks for each doubtful table whether to leave it out.
fn ask_about_doubtful(proposal: &mut Proposal) -> anyhow::Result<()> {
    for Reasoned { table, why } in proposal.doubtful.clone() {
        let name = text::one_line(&table);
        if output::ask(&format!("Leave table {name} out of the snapshots? {why}."))? {
            proposal.leave_out(&table);
        }
    }
    Ok(())
}

/// Lists the tables that only the user can choose from.
fn candidates(candidates: &[LogCandidate]) -> String {
    let mut text = "several tables look like the event log:".to_owned();
    for candidate in candidates {
        text += &format!(
            "\n  {}: {}",
            text::one_line(&candidate.log.table),
            text::one_line(&candidate.reasons.join("; "))
        );
    }
    text
}

/// Writes a new file; in the data folder, with the database's owner, group and mode.
fn write(path: &Path, text: &str, database: Option<&Path>) -> anyhow::Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    if path.exists() {
        bail!(
            "{} already exists; delete it to write another, or see one with --dry-run",
            path.display()
        );
    }
    let mut file = File::create_new(path).with_context(cannot)?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new("."));
    database
        .map_or_else(
            || follow_folder(&file, folder),
            |database| follow(&file, database),
        )
        .with_context(cannot)?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .with_context(cannot)
}
