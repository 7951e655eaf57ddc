//! What differs between systems: how they write paths, and which environment a user has.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use rusqlite::Connection;

use crate::sandbox::Sandbox;

/// A text with its paths as on Unix, which is how the tests name them.
pub fn slashed(text: &str) -> String {
    // In a manual page a backslash escapes a character.
    if !cfg!(windows) || text.starts_with(".ie ") {
        return text.to_owned();
    }
    // JSON escapes them.
    if text.starts_with(['{', '[']) {
        return text.replace(r"\\", "/");
    }
    // Elsewhere a backslash escapes a character.
    let is_escape = |rest: &str| {
        [r"\u{", "\\\"", r"\'", r"\xc"]
            .iter()
            .any(|one| rest.starts_with(one))
    };
    let parts = text.char_indices().map(|(place, character)| {
        let is_separator = character == '\\' && !is_escape(&text[place..]);
        if is_separator { '/' } else { character }
    });
    parts.collect()
}

/// Returns whether a file is the one that is locked on Windows to lock its folder.
pub fn is_folder_lock(name: &OsStr) -> bool {
    cfg!(windows) && name == ".unrewind-lock"
}

/// A path as the tests name it in what the program prints.
pub fn shown(path: &Path) -> String {
    slashed(&path.display().to_string())
}

impl Sandbox {
    /// Where the program keeps what it can compute again.
    pub fn cache(&self) -> PathBuf {
        let below = if cfg!(windows) { "cache" } else { "" };
        self.path().join("cache/unrewind").join(below)
    }

    /// Where the program keeps what it remembers.
    pub fn state(&self) -> PathBuf {
        let above = if cfg!(windows) {
            "cache"
        } else {
            ".local/state"
        };
        self.path().join(above).join("unrewind")
    }

    /// Ends the application. Until then Windows lets its files neither be deleted nor renamed.
    pub fn quit(&mut self) {
        self.app = Connection::open_in_memory().unwrap();
    }
}

/// A list as a word of a printed command: PowerShell takes a comma for its own.
pub fn list_word(list: &str) -> String {
    let quote = if cfg!(windows) { "\"" } else { "" };
    format!("{quote}{list}{quote}")
}

/// The program's path, absolute also where it was built on another system.
pub fn program() -> PathBuf {
    std::path::absolute(env!("CARGO_BIN_EXE_unrewind")).unwrap()
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
