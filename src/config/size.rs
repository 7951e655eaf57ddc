//! Sizes of files, written as `500 MB` or `2 GB`.

use serde::Deserialize;

/// A number of bytes as a setting.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct SizeSetting(pub(super) u64);

impl TryFrom<String> for SizeSetting {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || format!("invalid size {text:?}: try 500 MB or 2 GB");
        let letters = text.find(|letter: char| !letter.is_ascii_digit());
        let (number, unit) = text.split_at(letters.ok_or_else(wrong)?);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let bytes = match unit.trim_start().to_ascii_lowercase().as_str() {
            "kb" => 1_000,
            "mb" => 1_000_000,
            "gb" => 1_000_000_000,
            "tb" => 1_000_000_000_000,
            _ => return Err(wrong()),
        };
        number.checked_mul(bytes).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::SizeSetting;

    #[test]
    fn a_size_needs_a_unit() {
        let bytes = |text: &str| SizeSetting::try_from(text.to_owned()).map(|size| size.0);
        assert_eq!(bytes("500 MB"), Ok(500_000_000));
        assert_eq!(bytes("2gb"), Ok(2_000_000_000));
        assert_eq!(bytes("0 kB"), Ok(0));
        for wrong in ["", "2", "GB", "-1 GB", "1.5 GB", "2 G", "99999999999 TB"] {
            let said = format!("invalid size {wrong:?}: try 500 MB or 2 GB");
            assert_eq!(bytes(wrong), Err(said));
        }
    }
}
