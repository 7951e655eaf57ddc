//! Configuration: TOML files to a [`Config`]. The defaults are a file too, `assets/config.toml`.

mod ui;

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use serde::{Deserialize, de::DeserializeOwned};

use crate::core::{Log, PeriodicPolicy, Profile, RewindPolicy};
use ui::{KeysFile, UiFile, UiLayer};

pub use ui::{GlyphChoice, KeySetting, Place, Set, Ui};

const DEFAULTS: &str = include_str!("../assets/config.toml");

/// What the user can set.
#[derive(Clone, Debug)]
pub struct Config {
    /// The application and the policies of its snapshots.
    pub profile: Profile,
    /// How the terminal UI looks, and its keys.
    pub ui: Ui,
}

impl Config {
    /// The defaults.
    pub fn defaults() -> anyhow::Result<Self> {
        Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?.config()
    }

    /// The defaults, over them the user's own file if there is one, over that `chosen`.
    pub fn load(own: Option<&Path>, chosen: Option<&Path>) -> anyhow::Result<Self> {
        let mut layer = Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?;
        for (path, must_exist) in own
            .map(|path| (path, false))
            .into_iter()
            .chain(chosen.map(|path| (path, true)))
        {
            match fs::read_to_string(path) {
                Ok(text) => layer = Layer::parse(&text, path)?.over(layer),
                Err(error) if error.kind() == io::ErrorKind::NotFound && !must_exist => {}
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("cannot read the configuration {}", path.display())
                    });
                }
            }
        }
        layer.config()
    }

    /// Where the user's own file is.
    pub fn own_file() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        Some(folders.config_dir().join("snapback/config.toml"))
    }

    /// The folder for what is of use later, but not of value.
    pub fn state_folder() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        let folder = folders.state_dir().unwrap_or_else(|| folders.cache_dir());
        Some(folder.join("snapback"))
    }

    /// The folder for what can be computed again.
    pub fn cache_folder() -> Option<PathBuf> {
        use etcetera::BaseStrategy;
        let folders = etcetera::choose_base_strategy().ok()?;
        Some(folders.cache_dir().join("snapback"))
    }
}

/// One file: any of the keys.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    tables: Option<Vec<String>>,
    #[serde(default)]
    database: DatabaseLayer,
    #[serde(default)]
    log: LogLayer,
    #[serde(default)]
    periodic: PeriodicLayer,
    #[serde(default)]
    rewind: RewindLayer,
    #[serde(default)]
    ui: UiFile,
    #[serde(default)]
    keys: KeysFile,
    /// The last two, with the places where they stand.
    #[serde(skip)]
    placed: UiLayer,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DatabaseLayer {
    busy_timeout: Option<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct LogLayer {
    table: Option<String>,
    columns: Option<Vec<String>>,
    id: Option<String>,
    time: Option<String>,
    branch: Option<String>,
    kind: Option<String>,
    payload: Option<String>,
    superseded_by: Option<String>,
    hidden: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeriodicLayer {
    keep: Option<usize>,
    due_events: Option<u64>,
    due_age: Option<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct RewindLayer {
    keep_within: Option<Span>,
}

/// A length of time, written as `30m` or `14d`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Span(Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        parse_span(&text).map(Self)
    }
}

/// A length of time as people write it: `30m`, `14d`, `1h 30m`.
pub fn parse_span(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| format!("{text:?} is no length of time such as 90s, 30m, 12h or 14d"))
}

/// The contents of a TOML file; what is wrong in it is told with the file and the line.
pub fn parse<T: DeserializeOwned>(text: &str, path: &Path) -> anyhow::Result<T> {
    toml::from_str(text).map_err(|error| {
        let place = Place::at(error.span().unwrap_or(0..0), text, path);
        place.wrong(error.message().trim().replace('\n', " "))
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

    /// Every key from this file, or where it has none from `below`.
    fn over(self, below: Self) -> Self {
        let (log, log_below) = (self.log, below.log);
        Self {
            tables: self.tables.or(below.tables),
            database: DatabaseLayer {
                busy_timeout: self.database.busy_timeout.or(below.database.busy_timeout),
            },
            log: LogLayer {
                table: log.table.or(log_below.table),
                columns: log.columns.or(log_below.columns),
                id: log.id.or(log_below.id),
                time: log.time.or(log_below.time),
                branch: log.branch.or(log_below.branch),
                kind: log.kind.or(log_below.kind),
                payload: log.payload.or(log_below.payload),
                superseded_by: log.superseded_by.or(log_below.superseded_by),
                hidden: log.hidden.or(log_below.hidden),
            },
            periodic: PeriodicLayer {
                keep: self.periodic.keep.or(below.periodic.keep),
                due_events: self.periodic.due_events.or(below.periodic.due_events),
                due_age: self.periodic.due_age.or(below.periodic.due_age),
            },
            rewind: RewindLayer {
                keep_within: self.rewind.keep_within.or(below.rewind.keep_within),
            },
            placed: self.placed.over(below.placed),
            ui: UiFile::default(),
            keys: KeysFile::default(),
        }
    }

    fn config(self) -> anyhow::Result<Config> {
        let tables = self.tables.context("the configuration names no tables")?;
        let log = self.log.log()?;
        if let Some(twice) = tables.iter().enumerate().find(|(index, name)| {
            tables[..*index]
                .iter()
                .chain([&log.table])
                .any(|other| other.eq_ignore_ascii_case(name))
        }) {
            bail!("the configuration names the table {} twice", twice.1);
        }
        if let Some(name) = tables.iter().find(|name| *name == "last_event_id") {
            bail!(
                "the configuration names a table {name}, which is the name of a snapshot's own first key"
            );
        }
        let columns = &log.columns;
        if let Some(twice) =
            (0..columns.len()).find(|&index| columns[..index].contains(&columns[index]))
        {
            bail!(
                "the configuration names the log's column {} twice",
                columns[twice]
            );
        }
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
        let profile = Profile {
            log,
            tables,
            periodic,
            rewind: RewindPolicy { keep_within },
            busy_timeout,
        };
        let ui = self.placed.settings();
        Ok(Config { profile, ui })
    }
}

impl LogLayer {
    fn log(self) -> anyhow::Result<Log> {
        Ok(Log {
            table: self.table.context("the configuration lacks log.table")?,
            columns: self.columns.unwrap_or_default(),
            id: self.id.context("the configuration lacks log.id")?,
            time: self.time,
            branch: self.branch,
            kind: self.kind,
            payload: self.payload,
            superseded_by: self.superseded_by,
            hidden: self.hidden,
        })
    }
}
