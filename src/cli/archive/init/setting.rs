//! Writes an archive into the user's own configuration: a section for the data folder at the end of the file,
//! whose other lines stay as they are.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{
    config::Config,
    core::{ArchivePassword, ArchiveSettings, FolderId, Workspace, follow},
    text,
};

/// A section that can be added to the user's configuration.
pub(super) struct FolderSetting {
    file: PathBuf,
    text: String,
    data_dir: String,
}

impl FolderSetting {
    /// Finds the configuration; fails if it has settings of this archive already.
    pub(super) fn prepare(workspace: &Workspace) -> anyhow::Result<Self> {
        let file =
            Config::own_file().context("there is no home folder to write the configuration in")?;
        // A person's file may be a link into a collection of such files.
        let file = dunce::canonicalize(&file).unwrap_or(file);
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => {
                text.with_context(|| format!("cannot read the configuration {}", file.display()))?
            }
        };
        let data_dir = dunce::canonicalize(workspace.data_dir())?;
        let data_dir = data_dir.to_str().map(str::to_owned).with_context(|| {
            format!(
                "the path {} is not UTF-8, and a configuration is",
                data_dir.display()
            )
        })?;
        let known: toml::Table = toml::from_str(&text)?;
        let of_folder = known
            .get("folder")
            .and_then(|folders| folders.get(&data_dir));
        if of_folder.and_then(|folder| folder.get("archive")).is_some() {
            bail!(
                "{} has settings of this data folder's archive already: change them there",
                text::path(&file)
            );
        }
        Ok(Self {
            file,
            text,
            data_dir,
        })
    }

    /// Adds the section, and a file with the password if it was typed; returns the configuration's path.
    pub(super) fn write(
        self,
        settings: &ArchiveSettings,
        folder: &FolderId,
    ) -> anyhow::Result<PathBuf> {
        let parent = self.file.parent().unwrap_or(Path::new(".")).to_owned();
        fs::create_dir_all(&parent)?;
        let mut section = toml::Table::new();
        let mut set = |key: &str, value: toml::Value| section.insert(key.to_owned(), value);
        if let Some(repository) = &settings.repository {
            set("repository", repository.clone().into());
        }
        let password_file = match &settings.password {
            ArchivePassword::Typed(secret) => {
                let file = parent.join(format!("archive-{folder}.password"));
                write(&file, &format!("{}\n", secret.reveal()), None)?;
                Some(file)
            }
            ArchivePassword::File(file) => Some(file.clone()),
            _ => None,
        };
        if let Some(file) = password_file {
            set("password_file", file.display().to_string().into());
        }
        if let Some(file) = &settings.ca_file {
            set("ca_file", file.display().to_string().into());
        }
        if settings.append_only {
            set("append_only", true.into());
        }
        let mut nested = section;
        for name in ["archive", &self.data_dir, "folder"] {
            nested = toml::Table::from_iter([(name.to_owned(), nested.into())]);
        }
        let gap = match &*self.text {
            "" => "",
            text if text.ends_with('\n') => "\n",
            _ => "\n\n",
        };
        let text = format!("{}{gap}{}", self.text, toml::to_string(&nested)?);
        if toml::from_str::<toml::Table>(&text).is_err() {
            bail!(
                "{} cannot be added to: set archive.repository there yourself",
                text::path(&self.file)
            );
        }
        let is_open = self.file.exists() && !settings.holds_secret();
        write(&self.file, &text, is_open.then_some(&self.file))?;
        Ok(self.file)
    }
}

/// Writes a file that only its owner can read, or those who could read `like`, whole or not at all.
fn write(path: &Path, text: &str, like: Option<&PathBuf>) -> anyhow::Result<()> {
    let context = || format!("cannot write {}", path.display());
    let parent = path.parent().unwrap_or(Path::new("."));
    let mut draft = tempfile::NamedTempFile::new_in(parent).with_context(context)?;
    if let Some(like) = like {
        follow(draft.as_file(), like).with_context(context)?;
    }
    draft.write_all(text.as_bytes()).with_context(context)?;
    draft.as_file().sync_all().with_context(context)?;
    draft
        .persist(path)
        .map_err(|refused| refused.error)
        .with_context(context)?;
    Ok(())
}
