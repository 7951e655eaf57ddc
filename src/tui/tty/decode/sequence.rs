//! The meaning of a whole control sequence. Most are replies, and mean nothing here.

use crossterm::event::{
    Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// The event of `ESC O` and a byte.
pub(super) fn ss3(byte: u8) -> Option<Event> {
    let code = match byte {
        b'M' => KeyCode::Enter,
        b'P'..=b'S' => KeyCode::F(byte - b'P' + 1),
        _ => cursor_key(byte)?,
    };
    Some(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// The event of `ESC [`, parameters and a final byte.
pub(super) fn csi(parameters: &[u8], end: u8) -> Option<Event> {
    if let Some(report) = parameters.strip_prefix(b"<") {
        return mouse(&numbers(report)?, end, 0);
    }
    let numbers = numbers(parameters)?;
    let first = numbers.first().map_or(0, |number| number[0]);
    let code = match end {
        b'M' => return mouse(&numbers, end, 32),
        b'u' => kitty(first)?,
        b'~' if first == 27 => char::from_u32(numbers.get(2)?[0]).map(KeyCode::Char)?,
        b'~' => numbered(first)?,
        _ if numbers.len() > 2 || first > 1 => return None,
        b'Z' => KeyCode::BackTab,
        // With parameters, R reports where the cursor is.
        b'R' if numbers.is_empty() => KeyCode::F(3),
        b'P' | b'Q' | b'S' => KeyCode::F(end - b'P' + 1),
        _ => cursor_key(end)?,
    };
    let second = numbers.get(1).map_or(&[1, 1][..], |number| &number[..]);
    let kind = match second.get(1) {
        Some(2) => KeyEventKind::Repeat,
        Some(3) => KeyEventKind::Release,
        _ => KeyEventKind::Press,
    };
    let key = KeyEvent::new_with_kind(code, modifiers(second[0]), kind);
    Some(Event::Key(key))
}

/// Parameters and their parts; `None` if they contain anything but numbers.
fn numbers(parameters: &[u8]) -> Option<Vec<Vec<u32>>> {
    if parameters.is_empty() {
        return Some(Vec::new());
    }
    let text = std::str::from_utf8(parameters).ok()?;
    let number = |part: &str| match part {
        "" => Some(1),
        part => part.parse().ok(),
    };
    let parts = |part: &str| part.split(':').map(number).collect();
    text.split(';').map(parts).collect()
}

fn cursor_key(end: u8) -> Option<KeyCode> {
    Some(match end {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        _ => return None,
    })
}

fn numbered(number: u32) -> Option<KeyCode> {
    let number = u8::try_from(number).ok()?;
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number - 10),
        17..=21 => KeyCode::F(number - 11),
        23..=26 => KeyCode::F(number - 12),
        28 | 29 => KeyCode::F(number - 13),
        31..=34 => KeyCode::F(number - 14),
        _ => return None,
    })
}

/// The key of a terminal that was left in the mode that names keys by code points.
fn kitty(code: u32) -> Option<KeyCode> {
    Some(match code {
        9 => KeyCode::Tab,
        13 => KeyCode::Enter,
        27 => KeyCode::Esc,
        127 => KeyCode::Backspace,
        _ => KeyCode::Char(char::from_u32(code).filter(|letter| !letter.is_control())?),
    })
}

fn modifiers(number: u32) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let held = [
        (1, KeyModifiers::SHIFT),
        (2, KeyModifiers::ALT),
        (4, KeyModifiers::CONTROL),
    ];
    let held = held.into_iter().filter(|(bit, _)| bits & bit != 0);
    held.fold(KeyModifiers::NONE, |all, (_, one)| all | one)
}

/// A mouse report, whose buttons are numbered from `base`.
fn mouse(numbers: &[Vec<u32>], end: u8, base: u32) -> Option<Event> {
    let [buttons, column, row] = numbers else {
        return None;
    };
    let buttons = buttons[0].checked_sub(base)?;
    let place = |number: &[u32]| u16::try_from(number[0].saturating_sub(1)).ok();
    let button = match buttons & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (buttons & 3, buttons & 0b1100_0000, buttons & 32 != 0, end) {
        (0, 64, _, _) => MouseEventKind::ScrollUp,
        (1, 64, _, _) => MouseEventKind::ScrollDown,
        (2, 64, _, _) => MouseEventKind::ScrollLeft,
        (3, 64, _, _) => MouseEventKind::ScrollRight,
        (3, 0, true, _) => MouseEventKind::Moved,
        (3, 0, false, _) => MouseEventKind::Up(MouseButton::Left),
        (_, 0, true, _) => MouseEventKind::Drag(button),
        (_, 0, false, b'm') => MouseEventKind::Up(button),
        (_, 0, false, b'M') => MouseEventKind::Down(button),
        _ => return None,
    };
    Some(Event::Mouse(MouseEvent {
        kind,
        column: place(column)?,
        row: place(row)?,
        modifiers: KeyModifiers::NONE,
    }))
}
