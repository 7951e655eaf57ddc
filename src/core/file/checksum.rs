//! The checksum of a snapshot's bytes: 128-bit XXH3, as `xxh128sum` prints it. It detects damage,
//! not forgery, and costs almost nothing while bytes are written.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

/// The checksum of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Checksum(u128);

impl Checksum {
    const PREFIX: &str = "xxh128:";

    /// Computes the checksum of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(XxHash3_128::oneshot(bytes))
    }

    /// Returns its hexadecimal digits.
    pub fn digits(self) -> String {
        format!("{:032x}", self.0)
    }

    /// Describes the mismatch with a recorded checksum, if there is one.
    pub(crate) fn mismatch(self, noted: Option<Self>) -> Option<String> {
        let noted = noted.filter(|noted| *noted != self)?;
        Some(format!(
            "changed since it was taken: its checksum is {self}, and was {noted}"
        ))
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", Self::PREFIX, self.digits())
    }
}

impl FromStr for Checksum {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.strip_prefix(Self::PREFIX);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let number = digits.and_then(|digits| u128::from_str_radix(digits, 16).ok());
        number
            .map(Self)
            .ok_or_else(|| format!("{text:?} is not a checksum"))
    }
}

impl TryFrom<String> for Checksum {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Checksum> for String {
    fn from(checksum: Checksum) -> Self {
        checksum.to_string()
    }
}

/// A checksum in progress.
#[derive(Clone, Default)]
pub(crate) struct RunningChecksum(XxHash3_128);

impl fmt::Debug for RunningChecksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checksum().fmt(f)
    }
}

impl RunningChecksum {
    /// Adds the next bytes.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    /// Returns the checksum of all bytes so far.
    pub(crate) fn checksum(&self) -> Checksum {
        Checksum(self.0.finish_128())
    }
}
