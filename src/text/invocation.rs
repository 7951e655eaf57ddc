//! The command line the program was started with: a printed command must run as printed.

use std::{ffi::OsStr, sync::OnceLock};

#[cfg(not(windows))]
use crate::core::is_plain;

/// The options after the program's name in each printed command, with a leading space.
static OPTIONS: OnceLock<String> = OnceLock::new();

/// Adds these options, each with its value, to every command printed from now on.
pub fn invoked_with<'a>(options: impl IntoIterator<Item = (&'a str, &'a OsStr)>) {
    let option = |(name, value): (&str, &OsStr)| format!(" {}", option(name, value));
    let options: String = options.into_iter().map(option).collect();
    // Set once: the program has one command line.
    let _ = OPTIONS.set(options);
}

/// Returns the text with options added to its commands, which are between backticks, so that they
/// run as printed. Complete commands stay unchanged.
pub fn runnable(text: &str) -> String {
    with_options(text, OPTIONS.get().map_or("", String::as_str))
}

/// Returns the text with the data folder added to its commands, where the program looks after several.
pub fn runnable_in(text: &str, data_dir: &OsStr) -> String {
    with_options(text, &format!(" {}", option("--data-dir", data_dir)))
}

fn with_options(text: &str, options: &str) -> String {
    // `demo` uses its own folder.
    let is_free = |rest: &str| rest.starts_with(" demo") || rest.starts_with(options);
    let mut parts = text.split("`unrewind");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        whole += "`unrewind";
        whole += if is_free(part) { "" } else { options };
        whole += part;
    }
    whole
}

/// Formats an option with its value. A value that begins with `-` would be read as another option.
pub fn option(name: &str, value: &OsStr) -> String {
    let separator = if value.as_encoded_bytes().starts_with(b"-") {
        '='
    } else {
        ' '
    };
    format!("{name}{separator}{}", quoted(value))
}

/// Quotes a value as one shell word on one line. Control characters and bytes that are not UTF-8
/// are written as `$'\033'`, which bash, zsh and ksh read.
#[cfg(not(windows))]
pub fn quoted(value: &OsStr) -> String {
    let needs_no_quotes = |letter: char| letter.is_alphanumeric() || "_-./:+,@%=".contains(letter);
    match value.to_str() {
        Some(value) if !value.is_empty() && value.chars().all(needs_no_quotes) => value.to_owned(),
        Some(value) if value.chars().all(is_plain) => {
            format!("'{}'", value.replace('\'', r"'\''"))
        }
        _ => format!("$'{}'", escaped(value.as_encoded_bytes())),
    }
}

/// Quotes a value as one word on one line, for the command prompt and PowerShell: both read double quotes.
#[cfg(windows)]
pub fn quoted(value: &OsStr) -> String {
    use crate::core::one_line;

    let needs_no_quotes = |letter: char| letter.is_alphanumeric() || r"_-./\:+=".contains(letter);
    let value = value.to_string_lossy();
    if !value.is_empty() && value.chars().all(needs_no_quotes) {
        return value.into_owned();
    }
    let escaped = one_line(&value).replace('"', "\\\"");
    // A backslash before the last quote would escape it.
    let last = if escaped.ends_with('\\') { "\\" } else { "" };
    format!("\"{escaped}{last}\"")
}

/// Returns the bytes as written within `$'…'`.
#[cfg(not(windows))]
fn escaped(bytes: &[u8]) -> String {
    let mut escaped = String::new();
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match letter {
                '\'' | '\\' => escaped.extend(['\\', letter]),
                letter if is_plain(letter) => escaped.push(letter),
                letter => escaped += &octal(letter.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        escaped += &octal(chunk.invalid());
    }
    escaped
}

/// Writes each byte as three octal digits: a digit that follows cannot be read as part of it.
#[cfg(not(windows))]
fn octal(bytes: &[u8]) -> String {
    let digits = |text: String, byte: &u8| text + &format!("\\{byte:03o}");
    bytes.iter().fold(String::new(), digits)
}

#[cfg(test)]
mod tests {
    use super::{option, quoted, with_options};

    #[test]
    fn a_command_is_printed_with_the_options_that_it_needs() {
        let sentence = "see `unrewind list`, or `unrewind undo`; `unrewind demo` needs none";
        assert_eq!(
            with_options(sentence, " --data-dir 'my data'"),
            "see `unrewind --data-dir 'my data' list`, or `unrewind --data-dir 'my data' undo`; `unrewind demo` needs none"
        );
        assert_eq!(with_options(sentence, ""), sentence);
        assert_eq!(with_options("no command", " --db x"), "no command");
        let complete = with_options(sentence, " --db x");
        assert_eq!(with_options(&complete, " --db x"), complete);
    }

    #[test]
    fn a_value_that_begins_with_a_dash_belongs_to_its_option() {
        assert_eq!(option("--db", "-x.db".as_ref()), "--db=-x.db");
        let quote = if cfg!(windows) { '"' } else { '\'' };
        assert_eq!(
            option("--db", "- x".as_ref()),
            format!("--db={quote}- x{quote}")
        );
        assert_eq!(option("--db", "x".as_ref()), "--db x");
    }

    #[cfg(windows)]
    #[test]
    fn a_value_is_one_word_for_both_shells() {
        for (value, word) in [
            (r"data\chat-1.db", r"data\chat-1.db"),
            (r"C:\my data\", r#""C:\my data\\""#),
            ("it's", "\"it's\""),
            ("", "\"\""),
            ("say \"no\"", r#""say \"no\"""#),
        ] {
            assert_eq!(quoted(value.as_ref()), word, "{value}");
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn a_value_is_one_word_for_a_shell() {
        for (value, word) in [
            ("data/chat-1.db", "data/chat-1.db"),
            ("my data", "'my data'"),
            ("$HOME", "'$HOME'"),
            ("it's", r"'it'\''s'"),
            ("", "''"),
            ("-x", "-x"),
            ("café", "café"),
            ("a\n\u{202e}'b\\", r"$'a\012\342\200\256\'b\\'"),
        ] {
            assert_eq!(quoted(value.as_ref()), word, "{value}");
        }
    }
}
