//! The settings of the terminal UI, each with its place in the file. The UI interprets the names of
//! themes, keys and actions.

use std::{
    collections::BTreeMap,
    fmt::Display,
    ops::Range,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use toml::Spanned;

/// The place of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingPlace {
    file: PathBuf,
    line: usize,
}

impl SettingPlace {
    /// Returns the place of a value read from the text of a file.
    pub fn of<T>(what: &Spanned<T>, text: &str, file: &Path) -> Self {
        Self::at(what.span(), text, file)
    }

    pub(super) fn at(span: Range<usize>, text: &str, file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            line: 1 + text[..span.start].matches('\n').count(),
        }
    }

    /// Returns an error about this place.
    pub fn wrong(&self, what: impl Display) -> anyhow::Error {
        anyhow::anyhow!("{}, line {}: {what}", self.file.display(), self.line)
    }

    /// Resolves a path relative to the folder of the file.
    pub fn beside(&self, path: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(path)
    }
}

/// A setting and its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// The place.
    pub place: SettingPlace,
}

/// The settings of the terminal UI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ui {
    /// The name of a theme, or `auto`, or the path of a theme's file.
    pub theme: Set<String>,
    /// The characters to draw with.
    pub glyphs: GlyphChoice,
    /// Whether the UI uses the mouse.
    pub mouse: bool,
    /// The keys of actions.
    pub keys: Vec<KeySetting>,
}

/// The characters to draw with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GlyphChoice {
    /// Those that the terminal supports.
    #[default]
    Auto,
    /// Unicode.
    Unicode,
    /// ASCII.
    Ascii,
}

/// The keys of an action in a context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeySetting {
    /// The name of the context.
    pub context: String,
    /// The name of the action.
    pub action: String,
    /// The names of the keys, each with its place.
    pub keys: Vec<Set<String>>,
    /// The place of the action.
    pub place: SettingPlace,
}

/// `[ui]` of one file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UiFile {
    theme: Option<Spanned<String>>,
    glyphs: Option<GlyphChoice>,
    mouse: Option<bool>,
}

/// `[keys]` of one file: contexts, actions, keys.
pub(super) type KeysFile = BTreeMap<String, BTreeMap<String, Spanned<Vec<Spanned<String>>>>>;

/// The settings of one file, and their places.
#[derive(Debug, Default)]
pub(super) struct UiLayer {
    theme: Option<Set<String>>,
    glyphs: Option<GlyphChoice>,
    mouse: Option<bool>,
    keys: Vec<KeySetting>,
}

impl UiLayer {
    pub(super) fn new(ui: UiFile, keys: KeysFile, text: &str, file: &Path) -> Self {
        let set = |spanned: Spanned<String>| Set {
            place: SettingPlace::of(&spanned, text, file),
            value: spanned.into_inner(),
        };
        let setting = |context: &String, action, keys: Spanned<Vec<_>>| KeySetting {
            context: context.clone(),
            action,
            place: SettingPlace::of(&keys, text, file),
            keys: keys.into_inner().into_iter().map(set).collect(),
        };
        let keys = keys.into_iter().flat_map(|(context, actions)| {
            let settings = actions.into_iter();
            settings
                .map(|(action, keys)| setting(&context, action, keys))
                .collect::<Vec<_>>()
        });
        Self {
            theme: ui.theme.map(set),
            glyphs: ui.glyphs,
            mouse: ui.mouse,
            keys: keys.collect(),
        }
    }

    /// Returns whether it sets nothing.
    pub(super) fn is_empty(&self) -> bool {
        let Self {
            theme,
            glyphs,
            mouse,
            keys,
        } = self;
        theme.is_none() && glyphs.is_none() && mouse.is_none() && keys.is_empty()
    }

    pub(super) fn over(self, below: Self) -> Self {
        let is_same = |one: &KeySetting, other: &KeySetting| {
            one.context == other.context && one.action == other.action
        };
        let mut keys = below.keys;
        keys.retain(|low| !self.keys.iter().any(|high| is_same(low, high)));
        keys.extend(self.keys);
        Self {
            theme: self.theme.or(below.theme),
            glyphs: self.glyphs.or(below.glyphs),
            mouse: self.mouse.or(below.mouse),
            keys,
        }
    }

    pub(super) fn settings(self) -> Ui {
        Ui {
            theme: self.theme.unwrap_or_default(),
            glyphs: self.glyphs.unwrap_or_default(),
            mouse: self.mouse.unwrap_or(true),
            keys: self.keys,
        }
    }
}
