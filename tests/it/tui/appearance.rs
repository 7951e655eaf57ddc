//! Themes and glyphs: which one is chosen, that all themes show the same text, and what a terminal without
//! Unicode shows.

use std::{collections::BTreeSet, fs};

use ratatui::{buffer::Buffer, style::Color};
use unicode_width::UnicodeWidthStr;
use unrewind::{
    config::{Config, ConfigFiles},
    tui::{Appearance, Setup, Terminal, ThemeMemory},
};

use crate::sandbox::Sandbox;

/// The background colour, and all text colours.
fn colours(buffer: &Buffer) -> (Color, BTreeSet<String>) {
    let cells = buffer.content.iter();
    (
        buffer.content[0].bg,
        cells.map(|cell| cell.fg.to_string()).collect(),
    )
}

/// The theme chosen by these settings on such a terminal, or the error.
fn theme(settings: &str, environment: &[(&str, &str)]) -> Result<String, String> {
    let sandbox = Sandbox::without_tables();
    let file = sandbox.path().join("mine.toml");
    fs::write(&file, settings).unwrap();
    fs::write(
        sandbox.path().join("sea.toml"),
        "base = \"light\"\n\n# mine\naccent = \"#00ff00 underlined\"\n",
    )
    .unwrap();
    fs::write(
        sandbox.path().join("role.toml"),
        "text = \"\"\nsea = \"blue\"\n",
    )
    .unwrap();
    fs::write(
        sandbox.path().join("colour.toml"),
        "\ntext = \"bold seagreen\"\n",
    )
    .unwrap();
    fs::write(sandbox.path().join("on.toml"), "text = \"red on\"\n").unwrap();
    fs::write(sandbox.path().join("base.toml"), "base = \"sea\"\n").unwrap();
    fs::write(sandbox.path().join("type.toml"), "\n\ntext = 7\n").unwrap();
    let variable = |name: &str| {
        let mut variables = environment.iter();
        let (_, value) = variables.find(|(known, _)| *known == name)?;
        Some((*value).to_owned())
    };
    let place = sandbox.path().join("").display().to_string();
    let config = Config::load(ConfigFiles::chosen(&file)).map_err(|error| format!("{error:#}"));
    let appearance = config.and_then(|config| {
        let appearance = Appearance::new(&config.ui, Terminal::of(variable));
        appearance.map_err(|error| format!("{error:#}"))
    });
    appearance
        .map(|appearance| appearance.theme().name().to_owned())
        .map_err(|error| error.replace(&place, ""))
}

#[test]
fn the_theme_comes_from_the_settings_or_fits_the_terminal() {
    let all = ("COLORTERM", "truecolor");
    let is = |settings, environment: &[_], name: &str| {
        assert_eq!(
            theme(settings, environment).as_deref(),
            Ok(name),
            "{environment:?}"
        );
    };
    is("", &[all], "dark");
    is("", &[all, ("COLORFGBG", "0;15")], "light");
    is("", &[all, ("COLORFGBG", "15;default;0")], "dark");
    is("", &[], "sixteen");
    is("", &[("COLORTERM", "yes"), ("NO_COLOR", "")], "sixteen");
    is("", &[("WT_SESSION", "5f7e")], "dark");
    is("", &[("WT_SESSION", "5f7e"), ("NO_COLOR", "1")], "plain");
    is("", &[all, ("NO_COLOR", "1")], "plain");
    is("[ui]\ntheme = \"contrast\"", &[], "contrast");
    is("[ui]\ntheme = \"light\"", &[("NO_COLOR", "1")], "plain");
    is("[ui]\ntheme = \"sea.toml\"", &[all], "sea");
}

#[test]
fn an_error_in_a_theme_is_reported_with_file_and_line() {
    let cases = [
        (
            "theme = \"sepia\"",
            "mine.toml, line 3: there is no theme \"sepia\": there are auto, dark,",
        ),
        (
            "theme = \"role.toml\"",
            "role.toml, line 2: there is no role \"sea\": there are ground, text,",
        ),
        (
            "theme = \"colour.toml\"",
            "colour.toml, line 2: there is no colour \"seagreen\": write #rrggbb",
        ),
        (
            "theme = \"on.toml\"",
            "on.toml, line 1: a colour is missing after \"on\"",
        ),
        (
            "theme = \"base.toml\"",
            "base.toml, line 1: there is no theme \"sea\" to begin with",
        ),
        (
            "theme = \"type.toml\"",
            "type.toml, line 3: invalid type: integer `7`, expected a string",
        ),
        (
            "theme = \"nowhere.toml\"",
            "cannot read the theme nowhere.toml",
        ),
        (
            "glyphs = \"emoji\"",
            "mine.toml, line 3: unknown variant `emoji`",
        ),
        ("colour = true", "mine.toml, line 3: unknown field `colour`"),
    ];
    for (setting, message) in cases {
        let error = theme(&format!("[ui]\n# mine\n{setting}\n"), &[]).unwrap_err();
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn a_key_cycles_through_the_themes_without_changing_the_text() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(120, 35);
    // The last row names the theme.
    let (frame, first) = (tui.frame(), colours(&tui.buffer()));
    let above = frame.trim_end().rsplit_once('\n').unwrap().0.to_owned();
    let mut themes = Vec::new();
    loop {
        themes.push(colours(&tui.buffer()));
        let now = tui.keys("T").frame();
        assert_eq!(now.trim_end().rsplit_once('\n').unwrap().0, above);
        if colours(&tui.buffer()) == first {
            break;
        }
    }
    assert_eq!(themes.len(), 5);
    let different: BTreeSet<_> = themes
        .iter()
        .map(|appearance| format!("{appearance:?}"))
        .collect();
    assert_eq!(different.len(), 5);
    assert!(themes[0].1.len() > 5, "a theme has several colours");
}

#[test]
fn a_custom_theme_changes_only_the_roles_it_names() {
    let sandbox = Sandbox::demo();
    let light = sandbox.tui_set("[ui]\ntheme = \"light\"", 120, 35).buffer();
    let own = "base = \"light\"\naccent = \"#00ff00 bold\"\n";
    fs::write(sandbox.path().join("own.toml"), own).unwrap();
    let own = sandbox
        .tui_set("[ui]\ntheme = \"own.toml\"", 120, 35)
        .buffer();
    let green = Color::Rgb(0, 255, 0);
    let mut changed = 0;
    for (light, own) in light.content.iter().zip(&own.content) {
        if own.fg == green {
            changed += 1;
            continue;
        }
        assert_eq!(light, own);
    }
    assert!(changed > 20);
}

#[test]
fn a_terminal_without_unicode_shows_the_same_screen_in_ascii() {
    let sandbox = Sandbox::demo();
    for (columns, rows) in [(0, 0), (60, 15), (80, 24), (120, 35), (200, 60)] {
        for keys in ["", "<space>", "R", "p", "t", "?", "d"] {
            let unicode = sandbox.tui(columns, rows).keys(keys).frame();
            let settings = "[ui]\nglyphs = \"ascii\"";
            let ascii = sandbox.tui_set(settings, columns, rows).keys(keys).frame();
            assert!(ascii.is_ascii(), "{ascii}");
            // Letters of the user's texts, which the plan and the preview show, become question marks.
            if keys != "R" && rows < 35 {
                let marks = |frame: &str| frame.matches('?').count();
                assert_eq!(marks(&ascii), marks(&unicode), "{ascii}");
            }
            // The names of the arrow keys are longer in ASCII.
            let rows = if keys == "?" {
                0
            } else {
                usize::from(rows.max(1)) - 1
            };
            for (ascii, unicode) in ascii.lines().zip(unicode.lines()).take(rows) {
                assert_eq!(ascii.len(), unicode.width(), "{unicode}");
            }
        }
    }
}

#[test]
fn the_locale_and_the_terminal_decide_on_unicode() {
    let sandbox = Sandbox::demo();
    let cases: [(&[(&str, &str)], bool); 8] = [
        (&[], true),
        (&[("LANG", "de_DE.UTF-8")], true),
        (&[("LANG", "C.utf8")], true),
        (&[("LANG", "C")], false),
        (&[("LANG", "de_DE.UTF-8"), ("LC_ALL", "POSIX")], false),
        (
            &[("LANG", "C"), ("LC_CTYPE", "C.UTF-8"), ("LC_ALL", "")],
            true,
        ),
        (&[("TERM", "linux"), ("LANG", "C.UTF-8")], false),
        (
            &[("TERM", "xterm-256color"), ("LC_ALL", "de_DE@euro")],
            false,
        ),
    ];
    for (environment, unicode) in cases {
        let frame = sandbox.tui_in(environment, 80, 24).frame();
        assert_eq!(frame.contains('╭'), unicode, "{environment:?}");
        assert_eq!(frame.is_ascii(), !unicode, "{environment:?}");
    }
}

#[test]
fn the_next_theme_is_named_and_remembered() {
    let sandbox = Sandbox::demo();
    let mut tui = sandbox.tui(80, 24);
    tui.effects();
    let footer = tui.keys("T").footer();
    assert_eq!(footer, " theme light, also for the next start");
    assert_eq!(tui.effects(), ["remember light"]);
    assert!(tui.keys("j").footer().contains("restore"));
    // A configured theme is not replaced for long.
    let mut tui = sandbox.tui_set("[ui]\ntheme = \"contrast\"", 80, 24);
    tui.effects();
    let footer = tui.keys("T").footer();
    assert!(footer.contains("for this run"), "{footer}");
    assert_eq!(tui.effects(), Vec::<String>::new());
}

#[test]
fn the_remembered_theme_is_chosen_at_the_next_start() {
    let folder = tempfile::TempDir::new().unwrap();
    let memory = ThemeMemory::new(&folder.path().join("state"));
    memory.remember("light");
    let started = |settings: &str, colours: &str| {
        let file = folder.path().join("mine.toml");
        std::fs::write(&file, settings).unwrap();
        let config = Config::load(ConfigFiles::chosen(&file)).unwrap();
        let terminal = Terminal::of(|name| (name == "COLORTERM").then(|| colours.to_owned()));
        let setup = Setup::new(&config.ui, terminal).unwrap();
        let setup = setup.remembering(memory.clone());
        setup.appearance.theme().name().to_owned()
    };
    assert_eq!(started("", "truecolor"), "light");
    assert_eq!(
        started("[ui]\ntheme = \"contrast\"", "truecolor"),
        "contrast"
    );
    assert_eq!(started("", ""), "sixteen", "too few colours for it");
    // What is chosen there is remembered for such terminals.
    std::fs::write(folder.path().join("state/theme.sixteen"), "contrast\n").unwrap();
    assert_eq!(started("", ""), "contrast");
    assert_eq!(started("", "truecolor"), "light");
    std::fs::write(folder.path().join("state/theme"), "sepia").unwrap();
    assert_eq!(started("", "truecolor"), "dark");
}
