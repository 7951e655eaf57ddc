//! How the UI looks on this terminal: the themes, the current one, and the glyphs.

use ratatui::buffer::Buffer;

use super::{glyph, theme::Theme};
use crate::config::{GlyphChoice, Set, Ui};

/// What the environment reveals about the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    colours: Colours,
    background: Background,
    glyphs: Glyphs,
}

/// The colours that the terminal has and the user allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Colours {
    All,
    Sixteen,
    None,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Background {
    Dark,
    Light,
}

/// The glyphs to draw with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Glyphs {
    Unicode,
    Ascii,
}

impl Terminal {
    /// The terminal that these environment variables describe.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let colours = match set("COLORTERM").as_deref() {
            // https://no-color.org: set and not empty means no colours.
            _ if set("NO_COLOR").is_some() => Colours::None,
            Some("truecolor" | "24bit") => Colours::All,
            // Windows Terminal shows all colours, and sets no COLORTERM.
            _ if set("WT_SESSION").is_some() => Colours::All,
            _ => Colours::Sixteen,
        };
        // `foreground;background`, set by rxvt and Konsole; 7 and the bright ones are light.
        let ground =
            set("COLORFGBG").and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok());
        let background = match ground {
            Some(7 | 9..=15) => Background::Light,
            _ => Background::Dark,
        };
        let no_unicode = ["linux", "dumb", "vt100", "vt102", "vt220", "cons25"];
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
        let is_utf8 = |locale: &String| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        };
        let glyphs = match set("TERM") {
            Some(term) if no_unicode.contains(&term.as_str()) => Glyphs::Ascii,
            // If no locale is set, as in many containers, assume Unicode.
            _ if locale.as_ref().is_none_or(is_utf8) => Glyphs::Unicode,
            _ => Glyphs::Ascii,
        };
        Self {
            colours,
            background,
            glyphs,
        }
    }
}

/// How the UI looks.
#[derive(Clone, Debug)]
pub struct Appearance {
    themes: Vec<Theme>,
    chosen: usize,
    /// Whether the user's configuration chooses the theme.
    is_configured: bool,
    glyphs: Glyphs,
}

impl Appearance {
    /// The appearance that the user's settings select on this terminal.
    pub fn new(ui: &Ui, terminal: Terminal) -> anyhow::Result<Self> {
        let themes = if terminal.colours == Colours::None {
            vec!["plain"]
        } else {
            Theme::names().collect()
        };
        let mut appearance = Self {
            themes: themes
                .into_iter()
                .filter_map(|name| Theme::embedded(name).transpose())
                .collect::<anyhow::Result<_>>()?,
            chosen: 0,
            is_configured: ui.theme.value != "auto",
            glyphs: match ui.glyphs {
                GlyphChoice::Auto => terminal.glyphs,
                GlyphChoice::Unicode => Glyphs::Unicode,
                GlyphChoice::Ascii => Glyphs::Ascii,
            },
        };
        appearance.choose(&ui.theme, terminal)?;
        Ok(appearance)
    }

    fn choose(&mut self, theme: &Set<String>, terminal: Terminal) -> anyhow::Result<()> {
        let name = match (theme.value.as_str(), terminal.colours, terminal.background) {
            ("auto", Colours::All, Background::Dark) => "dark",
            ("auto", Colours::All, Background::Light) => "light",
            ("auto", ..) => "sixteen",
            (name, ..) => name,
        };
        let is_known = Theme::names().any(|known| known == name);
        if !is_known && !name.ends_with(".toml") {
            let names: Vec<_> = Theme::names().collect();
            return Err(theme.place.wrong(format!(
                "there is no theme {name:?}: there are auto, {}, and files of your own that end with .toml",
                names.join(", ")
            )));
        }
        if self.themes.len() == 1 {
            return Ok(());
        }
        if !is_known {
            self.themes
                .insert(0, Theme::read(&theme.place.beside(name))?);
        }
        let place = self.themes.iter().position(|known| known.name() == name);
        self.chosen = place.unwrap_or(0);
        Ok(())
    }

    /// The current theme.
    pub fn theme(&self) -> &Theme {
        &self.themes[self.chosen]
    }

    /// Whether it may use more than ASCII.
    pub fn has_unicode(&self) -> bool {
        self.glyphs == Glyphs::Unicode
    }

    /// Whether the user's configuration chooses the theme at the start.
    pub fn is_configured(&self) -> bool {
        self.is_configured
    }

    /// Chooses the theme of an earlier run, unless the configuration chooses one.
    pub(super) fn recall(&mut self, name: &str) {
        let known = self.themes.iter().position(|known| known.name() == name);
        if let (Some(place), false) = (known, self.is_configured) {
            self.chosen = place;
        }
    }

    /// Goes on to the next theme.
    pub fn next_theme(&mut self) {
        self.chosen = (self.chosen + 1) % self.themes.len();
    }

    /// Applies the background, and the glyphs that the terminal has.
    pub fn finish(&self, buffer: &mut Buffer) {
        self.theme().paint_ground(buffer);
        if self.glyphs == Glyphs::Ascii {
            glyph::to_ascii(buffer);
        }
    }
}
