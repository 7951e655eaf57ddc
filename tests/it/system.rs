//! What differs between systems: how they write paths, and which environment a user has.

use std::path::{Path, PathBuf};

/// A text with its paths as on Unix, which is how the tests name them.
pub fn slashed(text: &str) -> String {
    if !cfg!(windows) {
        return text.to_owned();
    }
    // JSON escapes them.
    if text.starts_with(['{', '[']) {
        return text.replace(r"\\", "/");
    }
    // Elsewhere a backslash escapes a character.
    let is_escape = |rest: &str| {
        [r"\u{", "\\\"", r"\'"]
            .iter()
            .any(|one| rest.starts_with(one))
    };
    let parts = text.char_indices().map(|(place, character)| {
        let is_separator = character == '\\' && !is_escape(&text[place..]);
        if is_separator { '/' } else { character }
    });
    parts.collect()
}

/// The environment of a user whose home is a folder.
pub fn home(folder: &Path) -> Vec<(&'static str, PathBuf)> {
    if cfg!(windows) {
        // Without the system's folder no program starts.
        let system = ["SystemRoot", "WINEPREFIX", "WINEDEBUG"];
        let system = system.map(|name| Some((name, std::env::var_os(name)?.into())));
        let own = ["USERPROFILE", "TEMP", "TMP"].map(|name| (name, folder.to_owned()));
        let config = ("APPDATA", folder.join("config"));
        let cache = ("LOCALAPPDATA", folder.join("cache"));
        own.into_iter()
            .chain([config, cache])
            .chain(system.into_iter().flatten())
            .collect()
    } else {
        vec![
            ("HOME", folder.to_owned()),
            ("XDG_CONFIG_HOME", folder.join("config")),
            ("XDG_CACHE_HOME", folder.join("cache")),
        ]
    }
}
