//! `[archive]`: where the archive is, its password, and what is kept in it.

use std::path::{Path, PathBuf};

use anyhow::bail;
use serde::Deserialize;

use super::{replay::refuse_relative, size::SizeSetting, span::DurationSetting};
use crate::core::{ArchivePassword, ArchiveRetention, ArchiveSettings, Secret};

/// `[archive]`.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ArchiveLayer {
    repository: Option<String>,
    password_file: Option<PathBuf>,
    password_command: Option<Vec<String>>,
    ca_file: Option<PathBuf>,
    keep: Option<KeepLayer>,
    append_only: Option<bool>,
    before_prune: Option<bool>,
    cache_limit: Option<SizeSetting>,
}

/// `keep = { daily = 7, within = "2d" }`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeepLayer {
    hourly: Option<u32>,
    daily: Option<u32>,
    weekly: Option<u32>,
    monthly: Option<u32>,
    yearly: Option<u32>,
    within: Option<DurationSetting>,
}

impl ArchiveLayer {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes each key from here, or else from `below`. A repository comes with its own password.
    pub(super) fn over(self, below: Self) -> Self {
        let below = if self.repository.is_some()
            || self.password_file.is_some()
            || self.password_command.is_some()
        {
            Self {
                password_file: None,
                password_command: None,
                ..below
            }
        } else {
            below
        };
        Self {
            repository: self.repository.or(below.repository),
            password_file: self.password_file.or(below.password_file),
            password_command: self.password_command.or(below.password_command),
            ca_file: self.ca_file.or(below.ca_file),
            keep: self.keep.or(below.keep),
            append_only: self.append_only.or(below.append_only),
            before_prune: self.before_prune.or(below.before_prune),
            cache_limit: self.cache_limit.or(below.cache_limit),
        }
    }

    pub(super) fn settings(self) -> anyhow::Result<ArchiveSettings> {
        if let Some(repository) = &self.repository {
            let is_folder = !repository.contains(':');
            if repository.is_empty() || (is_folder && Path::new(repository).is_relative()) {
                bail!("archive.repository is {repository:?}: name a folder by an absolute path");
            }
        }
        let password = match (self.password_file, self.password_command) {
            (Some(_), Some(_)) => {
                bail!(
                    "the configuration has archive.password_file and archive.password_command: keep one of them"
                )
            }
            (Some(file), None) if file.is_relative() => bail!(
                "archive.password_file is {:?}: name it by an absolute path",
                file.display().to_string()
            ),
            (Some(file), None) => ArchivePassword::File(file),
            (None, Some(command)) => {
                let program = command.first().map_or("", String::as_str);
                refuse_relative(program, "archive.password_command")?;
                ArchivePassword::Command(command)
            }
            (None, None) => ArchivePassword::Documented,
        };
        let ca_file = self.ca_file.or_else(ca_file_of_restic);
        if let Some(file) = ca_file.as_ref().filter(|file| file.is_relative()) {
            bail!(
                "archive.ca_file is {:?}: name it by an absolute path",
                file.display().to_string()
            );
        }
        let keep = self.keep.unwrap_or_default();
        let default = ArchiveSettings::default();
        Ok(ArchiveSettings {
            repository: self.repository,
            password,
            server_user: server_user(),
            ca_file,
            keep: ArchiveRetention {
                hourly: keep.hourly,
                daily: keep.daily,
                weekly: keep.weekly,
                monthly: keep.monthly,
                yearly: keep.yearly,
                within: keep.within.map(|within| within.0),
            },
            append_only: self.append_only.unwrap_or(false),
            before_prune: self.before_prune.unwrap_or(false),
            cache_limit: self
                .cache_limit
                .map_or(default.cache_limit, |limit| limit.0),
            ..default
        })
    }
}

/// Returns the user and password of a REST server, from where restic reads them.
fn server_user() -> Option<(String, Secret)> {
    let user = std::env::var("RESTIC_REST_USERNAME").ok()?;
    let password = std::env::var("RESTIC_REST_PASSWORD").unwrap_or_default();
    Some((user, Secret::new(password)))
}

/// Returns the certificate that restic trusts beside the system's.
fn ca_file_of_restic() -> Option<PathBuf> {
    let named = std::env::var_os("RESTIC_CACERT")?;
    std::path::absolute(named).ok()
}
