//! Themes as files: a line for each role, as `accent = "#74b6ff bold"` or `selected = "black on cyan"`.
//!
//! A user's theme names the roles that it changes; the others look as in its `base`.

use std::{collections::BTreeMap, io, path::Path};

use anyhow::{Context, bail};
use ratatui::style::{Color, Modifier, Style};
use toml::Spanned;

use super::{Role, Theme};
use crate::{
    config::{SettingPlace, parse},
    core::{Links, read_file},
};

/// The themes that Unrewind comes with, in the order in which the key switches them.
const EMBEDDED: [(&str, &str); 5] = [
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    (
        "sixteen",
        include_str!("../../../assets/themes/sixteen.toml"),
    ),
    (
        "contrast",
        include_str!("../../../assets/themes/contrast.toml"),
    ),
    ("plain", include_str!("../../../assets/themes/plain.toml")),
];

/// The base of a user's theme that names none.
const BASE: &str = "dark";

impl Theme {
    /// The names of the themes that Unrewind comes with.
    pub fn names() -> impl Iterator<Item = &'static str> {
        EMBEDDED.into_iter().map(|(name, _)| name)
    }

    /// A theme that Unrewind comes with.
    pub fn embedded(name: &str) -> anyhow::Result<Option<Self>> {
        let Some((name, text)) = EMBEDDED.into_iter().find(|(known, _)| *known == name) else {
            return Ok(None);
        };
        let nothing = Self {
            name: name.to_owned(),
            styles: [undimmed(); Role::COUNT],
        };
        let file = format!("assets/themes/{name}.toml");
        nothing.with(text, Path::new(&file)).map(Some)
    }

    /// A user's own theme.
    pub fn read(file: &Path) -> anyhow::Result<Self> {
        const LARGEST: u64 = 1024 * 1024;
        let text = read_file(file, Links::Follow, LARGEST)
            .and_then(|text| String::from_utf8(text).map_err(io::Error::other))
            .with_context(|| format!("cannot read the theme {}", file.display()))?;
        let base = Self::embedded(BASE)?.context("the base of all themes is missing")?;
        let mut theme = base.with(&text, file)?;
        theme.name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Ok(theme)
    }

    fn with(mut self, text: &str, file: &Path) -> anyhow::Result<Self> {
        let mut lines: BTreeMap<String, Spanned<String>> = parse(text, file)?;
        if let Some(base) = lines.remove("base") {
            let known = Self::embedded(base.get_ref())?;
            self = known.ok_or_else(|| {
                SettingPlace::of(&base, text, file).wrong(format!(
                    "there is no theme {:?} to begin with: there are {}",
                    base.get_ref(),
                    Self::names().collect::<Vec<_>>().join(", ")
                ))
            })?;
        }
        for (name, setting) in lines {
            let place = SettingPlace::of(&setting, text, file);
            let known = Role::NAMES.into_iter().find(|(_, known)| *known == name);
            let Some((role, _)) = known else {
                let names = Role::NAMES.map(|(_, name)| name).join(", ");
                return Err(place.wrong(format!("there is no role {name:?}: there are {names}")));
            };
            self.styles[role as usize] =
                style(setting.get_ref()).map_err(|error| place.wrong(error))?;
        }
        Ok(self)
    }
}

/// A frame's faint style also applies to its title.
fn undimmed() -> Style {
    Style::new().remove_modifier(Modifier::DIM)
}

/// Parses a style: a colour, `on` and a background colour, and text attributes.
fn style(text: &str) -> anyhow::Result<Style> {
    let mut style = undimmed();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let modifier = match word {
            "bold" => Modifier::BOLD,
            "dim" => Modifier::DIM,
            "italic" => Modifier::ITALIC,
            "underlined" => Modifier::UNDERLINED,
            "reversed" => Modifier::REVERSED,
            "on" => {
                let word = words.next().context("a colour is missing after \"on\"")?;
                style = style.bg(colour(word)?);
                continue;
            }
            _ => {
                style = style.fg(colour(word)?);
                continue;
            }
        };
        style = style.add_modifier(modifier);
    }
    Ok(style)
}

fn colour(word: &str) -> anyhow::Result<Color> {
    let Ok(colour) = word.parse() else {
        bail!(
            "there is no colour {word:?}: write #rrggbb, a number up to 255 or a name such as cyan or lightcyan"
        );
    };
    Ok(colour)
}
