//! Decodes what a terminal sends: keys, mouse events, pasted text. A terminal also sends replies (colours,
//! its name, modes), some of them to the program before this one. Every control sequence that is no key
//! is consumed whole, so that no part of a reply is taken for a key.

mod sequence;

use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// A decoder, which keeps an incomplete sequence.
#[derive(Debug, Default)]
pub struct Decoder {
    state: Decoding,
    /// Whether Escape came before the character that has begun.
    alt: bool,
    paste: Option<Vec<u8>>,
    events: Vec<Event>,
}

#[derive(Debug, Default)]
enum Decoding {
    #[default]
    Ground,
    Escape,
    /// A multi-byte character, as far as it has arrived.
    Character(Vec<u8>),
    /// `ESC [` and what followed.
    Csi(Vec<u8>),
    /// `ESC [ [`, with which the Linux console begins F1 to F5.
    Console,
    /// `ESC O`.
    Ss3,
    /// `ESC [ M`: the three bytes of an old mouse report follow.
    OldMouse(u8),
    /// OSC, DCS, APC, PM or SOS, begun by this byte, and its last byte so far.
    Text {
        begun_by: u8,
        last: Option<u8>,
    },
    /// An Escape in one of them, which may be the first half of its end.
    TextEscape,
}

const ESC: u8 = 0x1b;
const PASTE_END: &[u8] = b"\x1b[201~";

impl Decoder {
    /// An Escape alone is a key after this time.
    const ESCAPE: Duration = Duration::from_millis(50);
    /// A reply that stops for longer than this does not go on.
    const REPLY: Duration = Duration::from_secs(1);
    /// More of a sequence is consumed, but not kept.
    const LONGEST: usize = 128;

    /// Takes bytes; returns the events that they complete.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<Event> {
        for &byte in bytes {
            if self.paste.is_some() {
                self.pasted(byte);
            } else {
                self.byte(byte);
            }
        }
        std::mem::take(&mut self.events)
    }

    /// How long to wait for more bytes before [`Self::expire`]; `None` if nothing has begun.
    pub fn patience(&self) -> Option<Duration> {
        match &self.state {
            _ if self.paste.is_some() => Some(Self::REPLY),
            Decoding::Ground => None,
            Decoding::Escape | Decoding::Ss3 | Decoding::Text { last: None, .. } => {
                Some(Self::ESCAPE)
            }
            Decoding::Csi(parameters) if parameters.is_empty() => Some(Self::ESCAPE),
            _ => Some(Self::REPLY),
        }
    }

    /// Ends what has begun: no more bytes came in time.
    pub fn expire(&mut self) -> Vec<Event> {
        if let Some(text) = self.paste.take() {
            self.paste_ended(&text);
        }
        match std::mem::take(&mut self.state) {
            Decoding::Escape => self.press(KeyCode::Esc, KeyModifiers::NONE),
            Decoding::Ss3 => self.press(KeyCode::Char('O'), KeyModifiers::ALT),
            Decoding::Csi(parameters) if parameters.is_empty() => {
                self.press(KeyCode::Char('['), KeyModifiers::ALT);
            }
            Decoding::Text {
                begun_by,
                last: None,
            } => self.press(KeyCode::Char(begun_by.into()), KeyModifiers::ALT),
            _ => {}
        }
        self.alt = false;
        std::mem::take(&mut self.events)
    }

    fn byte(&mut self, byte: u8) {
        match std::mem::take(&mut self.state) {
            Decoding::Ground => self.ground(byte),
            Decoding::Character(bytes) => self.character(bytes, byte),
            Decoding::Csi(parameters) => self.csi(parameters, byte),
            Decoding::Console => {
                if let b'A'..=b'E' = byte {
                    self.press(KeyCode::F(byte - b'A' + 1), KeyModifiers::NONE);
                }
            }
            Decoding::Ss3 => self.ss3(byte),
            Decoding::OldMouse(left) if left > 1 => self.state = Decoding::OldMouse(left - 1),
            Decoding::OldMouse(_) => {}
            Decoding::Text { begun_by, last } => self.text(begun_by, last, byte),
            Decoding::TextEscape if byte == b'\\' => {}
            Decoding::Escape | Decoding::TextEscape => self.after_escape(byte),
        }
    }

    fn ground(&mut self, byte: u8) {
        match byte {
            ESC => self.state = Decoding::Escape,
            // The one-byte forms of ESC and a letter.
            0x90 | 0x98 | 0x9b | 0x9d..=0x9f => self.after_escape(byte - 0x40),
            0xc2..=0xf4 => self.state = Decoding::Character(vec![byte]),
            // In no encoding that a terminal uses today.
            0x80.. => self.alt = false,
            _ => self.ascii(byte),
        }
    }

    fn ascii(&mut self, byte: u8) {
        let control = KeyModifiers::CONTROL;
        let (code, modifiers) = match byte {
            b'\r' => (KeyCode::Enter, KeyModifiers::NONE),
            b'\t' => (KeyCode::Tab, KeyModifiers::NONE),
            0x7f => (KeyCode::Backspace, KeyModifiers::NONE),
            0 => (KeyCode::Char(' '), control),
            1..=26 => (KeyCode::Char((byte + b'a' - 1).into()), control),
            27..=31 => (KeyCode::Char((byte - 28 + b'4').into()), control),
            _ => return self.letter(byte.into()),
        };
        let alt = self.take_alt();
        self.press(code, modifiers | alt);
    }

    fn letter(&mut self, letter: char) {
        let shift = if letter.is_uppercase() {
            KeyModifiers::SHIFT
        } else {
            KeyModifiers::NONE
        };
        let alt = self.take_alt();
        self.press(KeyCode::Char(letter), shift | alt);
    }

    fn take_alt(&mut self) -> KeyModifiers {
        if std::mem::take(&mut self.alt) {
            KeyModifiers::ALT
        } else {
            KeyModifiers::NONE
        }
    }

    fn character(&mut self, mut bytes: Vec<u8>, byte: u8) {
        if !(0x80..=0xbf).contains(&byte) {
            self.alt = false;
            return self.ground(byte);
        }
        bytes.push(byte);
        match std::str::from_utf8(&bytes).map(|text| text.chars().next()) {
            // A control character of C1 in UTF-8.
            Ok(Some(control @ '\u{80}'..='\u{9f}')) => {
                let byte = u8::try_from(u32::from(control)).unwrap_or_default();
                self.ground(byte);
            }
            Ok(letter) => letter.into_iter().for_each(|letter| self.letter(letter)),
            Err(error) if error.error_len().is_none() => self.state = Decoding::Character(bytes),
            Err(_) => self.alt = false,
        }
    }

    fn after_escape(&mut self, byte: u8) {
        match byte {
            ESC => {
                self.press(KeyCode::Esc, KeyModifiers::NONE);
                self.state = Decoding::Escape;
            }
            b'[' => self.state = Decoding::Csi(Vec::new()),
            b'O' => self.state = Decoding::Ss3,
            b']' | b'P' | b'_' | b'^' | b'X' => {
                self.state = Decoding::Text {
                    begun_by: byte,
                    last: None,
                };
            }
            _ => {
                self.alt = true;
                self.ground(byte);
            }
        }
    }

    fn csi(&mut self, mut parameters: Vec<u8>, byte: u8) {
        match byte {
            b'[' if parameters.is_empty() => self.state = Decoding::Console,
            b'M' if parameters.is_empty() => self.state = Decoding::OldMouse(3),
            0x40..=0x7e if parameters == b"200" && byte == b'~' => self.paste = Some(Vec::new()),
            0x40..=0x7e => self.events.extend(sequence::csi(&parameters, byte)),
            ESC => self.state = Decoding::Escape,
            // Cancelled.
            0x18 | 0x1a => {}
            _ => {
                if parameters.len() < Self::LONGEST {
                    parameters.push(byte);
                }
                self.state = Decoding::Csi(parameters);
            }
        }
    }

    fn ss3(&mut self, byte: u8) {
        match byte {
            ESC => {
                self.press(KeyCode::Char('O'), KeyModifiers::ALT);
                self.state = Decoding::Escape;
            }
            _ => self.events.extend(sequence::ss3(byte)),
        }
    }

    fn text(&mut self, begun_by: u8, last: Option<u8>, byte: u8) {
        let is_inside_character = last.is_some_and(|last| last >= 0x80 && last != 0xc2);
        match byte {
            ESC => self.state = Decoding::TextEscape,
            // Bell, and cancelled.
            0x07 | 0x18 | 0x1a => {}
            0x9c if !is_inside_character => {}
            _ => {
                self.state = Decoding::Text {
                    begun_by,
                    last: Some(byte),
                };
            }
        }
    }

    fn pasted(&mut self, byte: u8) {
        let Some(text) = &mut self.paste else { return };
        text.push(byte);
        if text.ends_with(PASTE_END) {
            text.truncate(text.len() - PASTE_END.len());
            let text = std::mem::take(text);
            self.paste = None;
            self.paste_ended(&text);
        }
    }

    fn paste_ended(&mut self, text: &[u8]) {
        let text = String::from_utf8_lossy(text).into_owned();
        self.events.push(Event::Paste(text));
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.events.push(Event::Key(KeyEvent::new(code, modifiers)));
    }
}
