//! The names of keys.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// The keys of a text such as `jj<enter><c-c>`.
#[track_caller]
pub(super) fn parse(keys: &str) -> Vec<KeyEvent> {
    let mut events = Vec::new();
    let mut rest = keys;
    while let Some(character) = rest.chars().next() {
        let (code, modifiers, length) = match rest.strip_prefix('<') {
            Some(named) => {
                let (name, _) = named.split_once('>').expect("a `<` has its `>`");
                let (code, modifiers) = named_key(name);
                (code, modifiers, name.len() + 2)
            }
            None => (
                KeyCode::Char(character),
                KeyModifiers::NONE,
                character.len_utf8(),
            ),
        };
        events.push(KeyEvent::new(code, modifiers));
        rest = &rest[length..];
    }
    events
}

#[track_caller]
fn named_key(name: &str) -> (KeyCode, KeyModifiers) {
    if let Some(character) = name.strip_prefix("c-").and_then(|name| name.chars().next()) {
        return (KeyCode::Char(character), KeyModifiers::CONTROL);
    }
    if let Some(character) = name.strip_prefix("a-").and_then(|name| name.chars().next()) {
        return (KeyCode::Char(character), KeyModifiers::ALT);
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "s-tab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "lt" => KeyCode::Char('<'),
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "del" => KeyCode::Delete,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "f1" => KeyCode::F(1),
        "f5" => KeyCode::F(5),
        _ => panic!("no key is called <{name}>"),
    };
    (code, KeyModifiers::NONE)
}
