//! The names of keys, and the bytes that a terminal sends for them.

/// The bytes a terminal sends for `keys`.
pub(super) fn encode(keys: &str) -> String {
    let mut bytes = String::new();
    let mut rest = keys;
    while let Some((typed, named)) = rest.split_once('<') {
        let (name, after) = named.split_once('>').unwrap_or_else(|| {
            panic!("a `<` without its `>` in {keys:?}: type `<lt>` for the character")
        });
        bytes.push_str(typed);
        bytes.push_str(&sequence(name));
        rest = after;
    }
    bytes.push_str(rest);
    bytes
}

/// The bytes a terminal sends for the key of this name.
///
/// Escape and the keys with alt use the unambiguous form `CSI … u`, which crossterm always
/// understands: a bare escape would become one key with whatever is read along with it.
fn sequence(name: &str) -> String {
    if let Some(key) = name.strip_prefix("c-").and_then(single) {
        return char::from(key as u8 & 0x1f).to_string();
    }
    if let Some(key) = name.strip_prefix("a-").and_then(single) {
        return format!("\x1b[{};3u", u32::from(key));
    }
    let fixed = match name {
        "enter" => "\r",
        "esc" => "\x1b[27u",
        "tab" => "\t",
        "s-tab" => "\x1b[Z",
        "space" => " ",
        "backspace" => "\x7f",
        "lt" => "<",
        "up" => "\x1b[A",
        "down" => "\x1b[B",
        "right" => "\x1b[C",
        "left" => "\x1b[D",
        "home" => "\x1b[H",
        "end" => "\x1b[F",
        "ins" => "\x1b[2~",
        "del" => "\x1b[3~",
        "pgup" => "\x1b[5~",
        "pgdn" => "\x1b[6~",
        "f1" => "\x1bOP",
        "f2" => "\x1bOQ",
        "f3" => "\x1bOR",
        "f4" => "\x1bOS",
        "f5" => "\x1b[15~",
        "f6" => "\x1b[17~",
        "f7" => "\x1b[18~",
        "f8" => "\x1b[19~",
        "f9" => "\x1b[20~",
        "f10" => "\x1b[21~",
        "f11" => "\x1b[23~",
        "f12" => "\x1b[24~",
        _ => panic!("no key is called <{name}>"),
    };
    fixed.to_owned()
}

/// The single ASCII character of `text`.
fn single(text: &str) -> Option<char> {
    let mut characters = text.chars();
    characters
        .next()
        .filter(|first| first.is_ascii() && characters.next().is_none())
}
