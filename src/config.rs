//! Configuration: TOML files to a [`Config`]. The defaults are a file too, `assets/config.toml`.

mod application;
mod archive;
mod file;
mod folder;
mod folders;
mod proposal;
mod replay;
mod shipped;
mod size;
mod span;
mod ui;
mod watch;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, de::DeserializeOwned};

use crate::core::{ArchiveSettings, Links, PeriodicPolicy, Profile, RewindPolicy};
use application::{LogLayer, TablesLayer, log_or_none, tables_or_auto};
use archive::ArchiveLayer;
use file::{Presence, text_of};
use folders::FoldersLayer;
use replay::ReplayLayer;
use span::DurationSetting;
use ui::{KeysFile, UiFile, UiLayer};
use watch::{HooksLayer, WatchLayer, WorkspaceLayer};

pub use proposal::proposed;
pub use shipped::shipped_profiles;
pub use span::parse_span;
pub use ui::{GlyphChoice, KeySetting, Set, SettingPlace, Ui};
pub use watch::{Hooks, WatchSettings};

/// The longest wait for a lock.
const LONGEST_WAIT: Duration = Duration::from_hours(1);
const DEFAULTS: &str = include_str!("../assets/config.toml");

/// All settings of the user.
#[derive(Clone, Debug)]
pub struct Config {
    /// The application and its snapshot policies.
    pub profile: Profile,
    /// The archive of the data folder.
    pub archive: ArchiveSettings,
    /// The application's database; a relative path starts in the data folder.
    pub database: Option<PathBuf>,
    /// What the user expects of a watch.
    pub watch: WatchSettings,
    /// The appearance and keys of the terminal UI.
    pub ui: Ui,
    /// A sentence about settings of the data folder's file that were ignored, if any.
    pub ignored: Option<String>,
}

/// The configuration files, each overriding the defaults and those before it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConfigFiles<'a> {
    /// The user's own, if it exists.
    pub own: Option<&'a Path>,
    /// The data folder's, if it exists.
    pub folder: Option<&'a Path>,
    /// One named on the command line, which must exist.
    pub chosen: Option<&'a Path>,
}

impl<'a> ConfigFiles<'a> {
    /// Uses one file alone.
    pub fn chosen(path: &'a Path) -> Self {
        Self {
            chosen: Some(path),
            ..Self::default()
        }
    }
}

impl Config {
    /// Returns the defaults.
    pub fn defaults() -> anyhow::Result<Self> {
        Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?.config(None)
    }

    /// Reads the files over the defaults.
    pub fn load(files: ConfigFiles<'_>) -> anyhow::Result<Self> {
        let mut layer = Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?;
        let own = files
            .own
            .map(|path| (path, Links::Follow, Presence::Optional));
        let folder = files
            .folder
            .map(|path| (path, Links::Refuse, Presence::Optional));
        let chosen = files
            .chosen
            .map(|path| (path, Links::Follow, Presence::Required));
        let mut ignored = None;
        for (path, links, presence) in own.into_iter().chain(folder).chain(chosen) {
            let Some(text) = text_of(path, links, presence)? else {
                continue;
            };
            let mut read = Layer::parse(&text, path)?;
            if links == Links::Refuse {
                let folder = path.parent().unwrap_or(Path::new("."));
                let (kept, left_out) = read.of_folder(&layer, folder);
                read = kept;
                ignored = sentence(path, &left_out);
            }
            layer = read.over(layer);
        }
        let config = layer.config(files.folder.and_then(Path::parent))?;
        Ok(Self { ignored, ..config })
    }

    /// Parses the text of one file over the defaults.
    pub fn of_text(text: &str, path: &Path) -> anyhow::Result<Self> {
        let defaults = Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?;
        Layer::parse(text, path)?.over(defaults).config(None)
    }

    /// Returns the path of a data folder's own file.
    pub fn folder_file(data_dir: &Path) -> PathBuf {
        data_dir.join("unrewind.toml")
    }

    /// Returns the path of the user's own file.
    pub fn own_file() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        absolute(folders.config_dir().join("unrewind").join("config.toml"))
    }

    /// Returns the folder for state that is useful but not valuable.
    pub fn state_folder() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        let folder = folders.state_dir().unwrap_or_else(|| folders.cache_dir());
        absolute(folder.join("unrewind"))
    }

    /// Returns the folder for data that can be computed again.
    pub fn cache_folder() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        let folder = folders.cache_dir().join("unrewind");
        // Windows has one folder for both.
        let is_shared = folders.state_dir().is_none();
        absolute(if is_shared {
            folder.join("cache")
        } else {
            folder
        })
    }
}

/// Describes the ignored settings of a data folder's file.
fn sentence(path: &Path, ignored: &[String]) -> Option<String> {
    if ignored.is_empty() {
        return None;
    }
    let (path, ignored) = (path.display(), ignored.join("; "));
    Some(format!(
        "{path} may only describe the application, so these settings are ignored: {ignored}; move them to your own configuration, or name the file with --config"
    ))
}

/// Returns an absolute path only: with an empty `HOME` the path would depend on the working
/// directory, and would not be the user's own folder.
fn absolute(path: PathBuf) -> Option<PathBuf> {
    path.is_absolute().then_some(path)
}

/// The keys of one file, all optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    #[serde(default, deserialize_with = "tables_or_auto")]
    tables: Option<TablesLayer>,
    exclude: Option<Vec<String>>,
    rowids: Option<Vec<String>>,
    replays_on_start: Option<bool>,
    #[serde(default)]
    database: DatabaseLayer,
    #[serde(default, deserialize_with = "log_or_none")]
    log: Option<LogLayer>,
    #[serde(default)]
    periodic: PeriodicLayer,
    #[serde(default)]
    rewind: RewindLayer,
    #[serde(default)]
    replay: ReplayLayer,
    #[serde(default)]
    archive: ArchiveLayer,
    #[serde(default, rename = "folder")]
    folders: FoldersLayer,
    #[serde(default)]
    watch: WatchLayer,
    #[serde(default)]
    hooks: HooksLayer,
    #[serde(default, rename = "workspace")]
    workspaces: Vec<WorkspaceLayer>,
    #[serde(default)]
    ui: UiFile,
    #[serde(default)]
    keys: KeysFile,
    /// `ui` and `keys`, with their places.
    #[serde(skip)]
    placed: UiLayer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseLayer {
    file: Option<PathBuf>,
    busy_timeout: Option<DurationSetting>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodicLayer {
    keep: Option<usize>,
    due_events: Option<u64>,
    due_age: Option<DurationSetting>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RewindLayer {
    keep_within: Option<DurationSetting>,
}

/// Parses a TOML file; an error names the file and line.
pub fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| {
        let place = SettingPlace::at(error.span().unwrap_or(0..0), text, path);
        let message = error.message().trim().replace('\n', " ");
        // The library names the program's own types.
        let number = "expected a whole number from 0";
        place.wrong(
            message
                .replace(" as i128", "")
                .replace("expected usize", number)
                .replace("expected u64", number),
        )
    })
}

impl Layer {
    fn parse(text: &str, path: &Path) -> anyhow::Result<Self> {
        let mut layer: Self = parse(text, path)?;
        let (ui, keys) = (
            std::mem::take(&mut layer.ui),
            std::mem::take(&mut layer.keys),
        );
        layer.placed = UiLayer::new(ui, keys, text, path);
        Ok(layer)
    }

    /// Takes each key from this file, or else from `below`.
    ///
    /// A file that names a log, or declares that there is none, describes another application: the
    /// tables, the log's columns and the replay command of `below` do not apply to it.
    fn over(self, below: Self) -> Self {
        let below = match &self.log {
            Some(LogLayer { table: None, .. }) | None => below,
            Some(_) => Self {
                tables: Some(TablesLayer::Auto),
                exclude: None,
                rowids: None,
                replays_on_start: None,
                replay: ReplayLayer::default(),
                log: None,
                database: DatabaseLayer {
                    file: None,
                    ..below.database
                },
                ..below
            },
        };
        let log = match (self.log, below.log) {
            (Some(log), Some(log_below)) => Some(log.over(log_below)),
            (log, log_below) => log.or(log_below),
        };
        Self {
            tables: self.tables.or(below.tables),
            exclude: self.exclude.or(below.exclude),
            rowids: self.rowids.or(below.rowids),
            replays_on_start: self.replays_on_start.or(below.replays_on_start),
            database: DatabaseLayer {
                file: self.database.file.or(below.database.file),
                busy_timeout: self.database.busy_timeout.or(below.database.busy_timeout),
            },
            log,
            periodic: PeriodicLayer {
                keep: self.periodic.keep.or(below.periodic.keep),
                due_events: self.periodic.due_events.or(below.periodic.due_events),
                due_age: self.periodic.due_age.or(below.periodic.due_age),
            },
            rewind: RewindLayer {
                keep_within: self.rewind.keep_within.or(below.rewind.keep_within),
            },
            replay: self.replay.over(below.replay),
            archive: self.archive.over(below.archive),
            folders: self.folders.over(below.folders),
            watch: self.watch.over(below.watch),
            hooks: self.hooks.over(below.hooks),
            workspaces: [self.workspaces, below.workspaces].concat(),
            placed: self.placed.over(below.placed),
            ui: UiFile::default(),
            keys: KeysFile::default(),
        }
    }

    /// Returns the settings for a data folder.
    fn config(self, data_dir: Option<&Path>) -> anyhow::Result<Config> {
        let log = self.log.unwrap_or_default().log()?;
        let exclude = self.exclude.unwrap_or_default();
        let tables = self.tables.context("the configuration names no tables")?;
        let tables = tables.tables(&exclude, log.as_ref())?;
        let (periodic, rewind) = (self.periodic, self.rewind);
        let periodic = PeriodicPolicy {
            keep: periodic
                .keep
                .context("the configuration lacks periodic.keep")?,
            due_events: periodic
                .due_events
                .context("the configuration lacks periodic.due_events")?,
            due_age: periodic
                .due_age
                .context("the configuration lacks periodic.due_age")?
                .0,
        };
        if periodic.keep == 0 {
            bail!(
                "periodic.keep is 0, which would delete each periodic snapshot as soon as it is taken"
            );
        }
        let keep_within = rewind
            .keep_within
            .context("the configuration lacks rewind.keep_within")?
            .0;
        let busy_timeout = self
            .database
            .busy_timeout
            .context("the configuration lacks database.busy_timeout")?
            .0;
        if busy_timeout > LONGEST_WAIT {
            bail!("database.busy_timeout is longer than an hour");
        }
        let (replay, archive) = self.folders.of((self.replay, self.archive), data_dir)?;
        let profile = Profile {
            log,
            tables,
            outside: exclude,
            rowids: self.rowids.unwrap_or_default(),
            replays_on_start: self.replays_on_start.unwrap_or(false),
            replay,
            periodic,
            rewind: RewindPolicy { keep_within },
            busy_timeout,
        };
        let database = self.database.file;
        let ui = self.placed.settings();
        Ok(Config {
            profile,
            archive: archive.settings()?,
            watch: self.watch.settings(self.hooks, self.workspaces)?,
            database,
            ui,
            ignored: None,
        })
    }
}
