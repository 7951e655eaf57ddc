//! What the user expects of a watch, and what it calls.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use serde::Deserialize;

use super::{replay::refuse_relative, span::DurationSetting};

/// What the user expects of a watch, and of the snapshots.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WatchSettings {
    /// How old the newest periodic snapshot may become while live changes; `None` for any age.
    pub stale_after: Option<Duration>,
    /// How often success is reported while nothing else happens.
    pub success_every: Duration,
    /// How often snapshots are restored into a copy when nothing else is going on; 0 for never.
    pub verify_every: Duration,
    /// The programs to call.
    pub hooks: Hooks,
    /// The data folders that the user names.
    pub folders: Vec<PathBuf>,
}

/// The user's programs that a watch calls, each with its arguments; none where empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hooks {
    /// When all is well.
    pub on_success: Vec<String>,
    /// When something fails.
    pub on_failure: Vec<String>,
    /// When the newest periodic snapshot is too old.
    pub on_stale: Vec<String>,
    /// When the application has rewound.
    pub on_rewind: Vec<String>,
}

/// `[watch]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WatchLayer {
    stale_after: Option<DurationSetting>,
    success_every: Option<DurationSetting>,
    verify_every: Option<DurationSetting>,
}

/// `[[workspace]]`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkspaceLayer {
    data_dir: PathBuf,
}

/// `[hooks]`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HooksLayer {
    #[serde(rename = "on_success")]
    success: Option<Vec<String>>,
    #[serde(rename = "on_failure")]
    failure: Option<Vec<String>>,
    #[serde(rename = "on_stale")]
    stale: Option<Vec<String>>,
    #[serde(rename = "on_rewind")]
    rewind: Option<Vec<String>>,
}

impl WatchLayer {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes each key from here, or else from `below`.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            stale_after: self.stale_after.or(below.stale_after),
            success_every: self.success_every.or(below.success_every),
            verify_every: self.verify_every.or(below.verify_every),
        }
    }

    pub(super) fn settings(
        self,
        hooks: HooksLayer,
        workspaces: Vec<WorkspaceLayer>,
    ) -> anyhow::Result<WatchSettings> {
        let is_relative = |one: &&WorkspaceLayer| one.data_dir.is_relative();
        if let Some(WorkspaceLayer { data_dir }) = workspaces.iter().find(is_relative) {
            let data_dir = data_dir.display().to_string();
            bail!("workspace.data_dir is {data_dir:?}: name the folder by an absolute path");
        }
        let lacks = |key: &str| format!("the configuration lacks watch.{key}");
        Ok(WatchSettings {
            stale_after: self.stale_after.map(|longest| longest.0),
            success_every: self
                .success_every
                .with_context(|| lacks("success_every"))?
                .0,
            verify_every: self.verify_every.with_context(|| lacks("verify_every"))?.0,
            hooks: hooks.settings()?,
            folders: workspaces.into_iter().map(|one| one.data_dir).collect(),
        })
    }
}

impl HooksLayer {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Takes each key from here, or else from `below`.
    pub(super) fn over(self, below: Self) -> Self {
        Self {
            success: self.success.or(below.success),
            failure: self.failure.or(below.failure),
            stale: self.stale.or(below.stale),
            rewind: self.rewind.or(below.rewind),
        }
    }

    fn settings(self) -> anyhow::Result<Hooks> {
        let checked = |words: Option<Vec<String>>, setting: &str| {
            let words = words.unwrap_or_default();
            if let Some(program) = words.first() {
                refuse_relative(program, setting)?;
            }
            anyhow::Ok(words)
        };
        Ok(Hooks {
            on_success: checked(self.success, "hooks.on_success")?,
            on_failure: checked(self.failure, "hooks.on_failure")?,
            on_stale: checked(self.stale, "hooks.on_stale")?,
            on_rewind: checked(self.rewind, "hooks.on_rewind")?,
        })
    }
}
