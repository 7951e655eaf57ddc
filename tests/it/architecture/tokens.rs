//! Splits Rust source into tokens, well enough to see which paths a file names.

/// The names and marks of a source text, without comments, strings and characters.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let name = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = string(rest) {
            length
        } else if first == '\'' {
            character(rest)
        } else if name > 0 {
            tokens.push(&rest[..name]);
            name
        } else {
            let length = if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                tokens.push(&rest[..length]);
            }
            length
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of the string literal, raw or of bytes, at the start of `rest`.
fn string(rest: &str) -> Option<usize> {
    let prefix = rest.len() - rest.trim_start_matches(['b', 'r']).len();
    let after = &rest[prefix.min(2)..];
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let start = rest.len() - body.len();
    if rest[..prefix.min(2)].contains('r') {
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(start + body.find(&end)? + end.len());
    }
    if hashes > 0 {
        return None;
    }
    let mut escaped = false;
    let end = body.find(|c| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    Some(start + end? + 1)
}

/// The length of a character literal, or of the quote of a lifetime.
fn character(rest: &str) -> usize {
    let mut characters = rest.char_indices().skip(1);
    match (characters.next(), characters.next()) {
        (Some((_, '\\')), Some((escaped, c))) => {
            let after = escaped + c.len_utf8();
            after + rest[after..].find('\'').map_or(0, |end| end + 1)
        }
        (Some(_), Some((end, '\''))) => end + 1,
        _ => 1,
    }
}

/// Every path of two parts or more, and every part of a `use`.
pub fn paths(tokens: &[&str]) -> Vec<Vec<String>> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let starts = is_name(tokens[at]) && tokens.get(at + 1) == Some(&"::");
        if tokens[at] == "use" {
            at += 1;
            tree(tokens, &mut at, &[], &mut paths);
        } else if starts {
            tree(tokens, &mut at, &[], &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

fn tree(tokens: &[&str], at: &mut usize, before: &[String], paths: &mut Vec<Vec<String>>) {
    let mut path = before.to_vec();
    while let Some(&token) = tokens.get(*at) {
        *at += 1;
        if token == "{" {
            while tokens.get(*at).is_some_and(|&token| token != "}") {
                tree(tokens, at, &path, paths);
                while tokens
                    .get(*at)
                    .is_some_and(|&token| token != "," && token != "}")
                {
                    *at += 1;
                }
                *at += usize::from(tokens.get(*at) == Some(&","));
            }
            *at += 1;
            return;
        }
        if token != "self" || path.is_empty() {
            path.push(token.to_owned());
        }
        if tokens.get(*at) != Some(&"::") {
            break;
        }
        *at += 1;
    }
    if !path.is_empty() {
        paths.push(path);
    }
}

#[test]
fn paths_are_found_everywhere_but_in_comments_and_strings() {
    let text = r##"
        //! use a::comment;
        use crate::{core::{self, Kind as K, db::*}, text};
        pub use self::app::App;
        const T: &str = r#"use no::path; "quoted" "#; /* no::path */
        fn f<'a>(x: &'a str) -> std::io::Result<char> { super::rows::value::<u8>('"', '\'', b"a::b\"") }
    "##;
    let expected = [
        "crate::core",
        "crate::core::Kind",
        "crate::core::db::*",
        "crate::text",
        "self::app::App",
        "std::io::Result",
        "super::rows::value::<",
    ];
    let found = paths(&tokens(text));
    let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
    assert_eq!(found, expected);
}
