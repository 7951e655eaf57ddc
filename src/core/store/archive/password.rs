//! The password of an archive, and where it is read from. It is never logged and never an argument.

use std::{
    fmt,
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::core::base::{
    error::{Error, Result},
    regular::{Links, read_file},
};

/// Where the password of an archive comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ArchivePassword {
    /// The documented one, `unrewind`, since restic has no repository without a password. It keeps nobody out:
    /// for an archive beside the snapshots, which are readable to the same people.
    #[default]
    Documented,
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints: the program and its arguments.
    Command(Vec<String>),
    /// A password that a person just typed.
    Typed(Secret),
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps a text from being shown.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl ArchivePassword {
    /// The documented password.
    pub const DOCUMENTED: &str = "unrewind";

    /// Reads the password.
    pub(super) fn read(&self) -> Result<Secret> {
        let text = match self {
            Self::Documented => Self::DOCUMENTED.to_owned(),
            Self::Typed(secret) => return Ok(secret.clone()),
            Self::File(path) => {
                const LARGEST: u64 = 64 * 1024;
                let bytes = read_file(path, Links::Follow, LARGEST)
                    .map_err(Error::io("read the password file", path))?;
                first_line(&bytes, &format!("{}", path.display()))?
            }
            Self::Command(words) => printed(words)?,
        };
        Ok(Secret(text))
    }
}

/// Returns the first line of a text that must be one.
fn first_line(bytes: &[u8], source: &str) -> Result<String> {
    let line = bytes
        .split(|&byte| byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = std::str::from_utf8(line)
        .ok()
        .filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| Error::Archive {
        what: format!("the first line of {source} is not a password"),
        hint: "",
    })
}

/// Runs a command and returns the first line that it prints. Its error output goes to the terminal, where it
/// may ask a person.
fn printed(words: &[String]) -> Result<String> {
    let failed = |why: String| Error::Archive {
        what: format!("the password command failed: {why}"),
        hint: "",
    };
    let [program, arguments @ ..] = words else {
        return Err(failed("it is empty".to_owned()));
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::inherit())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot run {program}: {error}")))?;
    if !output.status.success() {
        return Err(failed(output.status.to_string()));
    }
    first_line(&output.stdout, "what the password command prints")
}
