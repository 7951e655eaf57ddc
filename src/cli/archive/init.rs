//! `unrewind archive init`: creates the archive, tests it, and writes it into the user's configuration.

mod setting;
mod typed;

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde_json::json;

use super::{Exit, output, place, print_done};
use crate::{
    core::{ArchivePassword, ArchiveSettings, Deletion, Workspace},
    text,
};
use setting::FolderSetting;

/// Create the archive of this data folder, or use an existing restic repository
///
/// Without a REPOSITORY the archive is the folder `archive` beside the snapshots, with the documented password
/// `unrewind`: everyone who can read that folder can read the snapshots anyway. For any other place Unrewind asks
/// for a password, and adds the place to your own configuration. Then it tests the place: it writes, reads and
/// deletes a small file there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind archive init
  unrewind archive init /mnt/backup/chat
  unrewind archive init rest:https://backup.example.org/chat
  unrewind archive init rclone:drive:chat")]
pub(super) struct Args {
    /// A folder, rest:https://HOST/, rclone:REMOTE:PATH or s3:https://HOST/BUCKET
    #[arg(value_name = "REPOSITORY")]
    repository: Option<String>,
    /// Read the password from the first line of this file
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Never delete anything in the archive
    #[arg(long)]
    append_only: bool,
    /// Print an object, for programs
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let configured = workspace.archive_settings();
    let mut settings = configured.clone();
    settings.append_only |= args.append_only;
    let mut new = None;
    if let Some(repository) = &args.repository {
        let repository = location(repository)?;
        if configured
            .repository
            .as_ref()
            .is_some_and(|known| *known != repository)
        {
            bail!(
                "your configuration names another archive for this data folder, {}: change it there",
                text::one_line(&configured.shown(workspace.data_dir()))
            );
        }
        settings.repository = Some(repository);
        settings.refuse_unknown()?;
    }
    if let Some(file) = &args.password_file {
        settings.password = ArchivePassword::File(std::path::absolute(file)?);
    } else if configured.repository.is_none()
        && settings.repository.is_some()
        && settings.password == ArchivePassword::Documented
    {
        settings.password = ArchivePassword::Typed(typed::ask(&settings)?);
    }
    if settings != *configured
        && (args.repository.is_some() || args.password_file.is_some() || args.append_only)
    {
        new = Some(FolderSetting::prepare(workspace)?);
    }
    let opened = workspace.to_builder().archive(settings.clone()).build();
    let (mut archive, is_new) = output::attended(&opened, Workspace::create_archive)?;
    let deletion = output::with_progress(|on| archive.probe(on))?;
    let deletes = deletion != Deletion::Refused;
    if new.is_some() {
        settings.append_only |= !deletes;
    }
    let written = match (new, archive.folder()) {
        (Some(new), Some(folder)) => Some(new.write(&settings, folder)?),
        _ => None,
    };
    let verb = if is_new { "created" } else { "found" };
    let mut said = format!(
        "{verb} the archive {}; writing and reading work",
        place(&archive)
    );
    said += match deletion {
        Deletion::Refused => ", and it refuses deletions: it is append-only\n",
        Deletion::Hidden if !settings.append_only => {
            ", and it keeps what is deleted as older versions: with --append-only Unrewind deletes nothing there\n"
        }
        _ => "\n",
    };
    match &written {
        Some(written) if settings.holds_secret() => {
            let file = text::path(written);
            said +=
                &format!("wrote {file}, with the password of the server: only you can read it\n");
        }
        Some(written) => said += &format!("wrote {}\n", text::path(written)),
        None if !deletes && !settings.append_only => {
            said += "set append_only = true in [archive] of your configuration\n";
        }
        None => {}
    }
    said += &text::runnable("next: `unrewind archive add --all`\n");
    let json = json!({
        "repository": archive.location(),
        "created": is_new,
        "folder": archive.folder().map(ToString::to_string),
        "deletes": deletes,
        "keeps_deleted": deletion == Deletion::Hidden,
        "configuration": written.map(|path| path.display().to_string()),
    });
    print_done(args.json.then_some(&json), &said)?;
    Ok(Exit::Done)
}

/// Returns a repository's location as the configuration needs it: a folder by its absolute path.
fn location(named: &str) -> anyhow::Result<String> {
    if named.is_empty() {
        bail!("the repository's name is empty");
    }
    if named.contains(':') && !Path::new(named).exists() {
        return Ok(named.to_owned());
    }
    let path = std::path::absolute(named)?;
    match path.to_str() {
        Some(path) => Ok(path.to_owned()),
        None => bail!(
            "the path {} is not UTF-8, and restic's locations are",
            text::path(&path)
        ),
    }
}

/// Describes for whom a password is asked.
fn named(settings: &ArchiveSettings) -> String {
    text::one_line(&settings.shown(Path::new(""))).into_owned()
}
