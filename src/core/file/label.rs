//! A label: the line of text that a user puts on a snapshot.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::core::base::{error::Error, line::is_plain};

/// One line of text without control characters, not empty and without space around it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// The most characters a label may have.
    pub const LONGEST: usize = 200;

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Label {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let what = if text.is_empty() {
            "a label cannot be empty".to_owned()
        } else if let Some(wrong) = text.chars().find(|character| !is_plain(*character)) {
            format!(
                "a label cannot contain control characters, and this one contains {}",
                wrong.escape_unicode()
            )
        } else if text.chars().count() > Self::LONGEST {
            format!("a label can have at most {} characters", Self::LONGEST)
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(Error::Invalid { what })
    }
}

impl TryFrom<String> for Label {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}
