//! Decoding what a terminal sends: every key is one event, and no part of a reply is a key.

use crossterm::event::{Event, KeyCode, KeyModifiers, MouseButton, MouseEventKind};
use unrewind::tui::Decoder;

fn key(event: &Event) -> String {
    match event {
        Event::Key(key) => {
            let held = [
                (KeyModifiers::CONTROL, "ctrl-"),
                (KeyModifiers::ALT, "alt-"),
                (KeyModifiers::SHIFT, "shift-"),
            ];
            let held = held
                .into_iter()
                .filter(|(one, _)| key.modifiers.contains(*one));
            let held: String = held.map(|(_, name)| name).collect();
            match key.code {
                KeyCode::Char(letter) => format!("{held}{letter}"),
                code => format!("{held}{code:?}"),
            }
        }
        Event::Paste(text) => format!("paste {text:?}"),
        Event::Mouse(mouse) => format!("{:?} {},{}", mouse.kind, mouse.column, mouse.row),
        other => format!("{other:?}"),
    }
}

/// The events of some bytes that arrive at once and are not continued.
fn decoded(bytes: &[u8]) -> String {
    let mut decoder = Decoder::default();
    let mut events = decoder.take(bytes);
    while decoder.patience().is_some() {
        events.extend(decoder.expire());
    }
    events.iter().map(key).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_key_is_decoded() {
    let cases: &[(&[u8], &str)] = &[
        (b"aZ ?", "a shift-Z   ?"),
        ("é中👍".as_bytes(), "é 中 👍"),
        (
            b"\r\t\x7f\x03\x1a\x0c\0",
            "Enter Tab Backspace ctrl-c ctrl-z ctrl-l ctrl- ",
        ),
        (b"\x1b", "Esc"),
        (b"\x1b\x1b", "Esc Esc"),
        (b"\x1ba\x1b\r", "alt-a alt-Enter"),
        ("\x1bé".as_bytes(), "alt-é"),
        (
            b"\x1b[A\x1b[B\x1b[C\x1b[D\x1b[H\x1b[F\x1b[Z",
            "Up Down Right Left Home End BackTab",
        ),
        (b"\x1bOA\x1bOP\x1bOS\x1bOH", "Up F(1) F(4) Home"),
        (
            b"\x1b[1;5C\x1b[1;3D\x1b[1;2P",
            "ctrl-Right alt-Left shift-F(1)",
        ),
        (
            b"\x1b[1~\x1b[4~\x1b[7~\x1b[8~\x1b[2~\x1b[3~\x1b[5~\x1b[6~",
            "Home End Home End Insert Delete PageUp PageDown",
        ),
        (
            b"\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~\x1b[3;5~",
            "F(5) F(6) F(10) F(11) F(12) ctrl-Delete",
        ),
        (b"\x1b[[A\x1b[[E", "F(1) F(5)"),
        (b"\x1b[97;5u\x1b[27u\x1b[27;5;97~", "ctrl-a Esc ctrl-a"),
        (b"\x1bO", "alt-O"),
        (b"\x1b[", "alt-["),
        (b"\x1bP", "alt-P"),
        (b"\x1b]", "alt-]"),
    ];
    for (bytes, events) in cases {
        assert_eq!(
            decoded(bytes),
            *events,
            "{:?}",
            bytes.escape_ascii().to_string()
        );
    }
}

#[test]
fn no_part_of_a_reply_is_a_key() {
    let replies: &[&[u8]] = &[
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b]10;rgb:yyyy/nnnn/xxxx\x07",
        b"\x1b]4;0;rgb:0000/0000/0000\x07",
        b"\x1b]52;c;eXl5eQ==\x1b\\",
        b"\x1bP>|XTerm(379)\x1b\\",
        b"\x1bP>|ghostty 1.1.0\x1b\\",
        b"\x1bP1+r544e=787465726d\x1b\\",
        b"\x1bP1$r0m\x1b\\",
        b"\x1bP!|7E565445\x1b\\",
        b"\x1b_Gi=31;OK\x1b\\",
        b"\x1b^private\x1b\\",
        b"\x1bXstart\x1b\\",
        b"\x1b[?1;2c",
        b"\x1b[?62;4;6;22c",
        b"\x1b[>1;4000;19c",
        b"\x1b[>0;10;1c",
        b"\x1b[=1;1c",
        b"\x1b[0n",
        b"\x1b[12;40R",
        b"\x1b[1;1R",
        b"\x1b[?12;40R",
        b"\x1b[?2026;2$y",
        b"\x1b[4;600;800t",
        b"\x1b[8;24;80t",
        b"\x1b[?1u",
        b"\x1b[?0u",
        b"\x1b[?1;0;256S",
        b"\x1b[2;1;1;112;112;1;0x",
        b"\x1b[I",
        b"\x1b[O",
        b"\x1b[?997;1n",
        b"\x1b[48;24;80;600;800t",
        b"\x9d11;rgb:1e1e/1e1e/2e2e\x9c",
        b"\x90>|XTerm\x9c",
        b"\x9b?1;2c",
        "\u{9d}11;rgb:1e1e\u{9c}".as_bytes(),
        "\u{9b}?62;4c".as_bytes(),
        "\x1b]0;titel é y\x07".as_bytes(),
        b"\x1b]11;rgb:1e1e",
        b"\x1b[?2026;2$",
        b"\x1b[M !!",
    ];
    for reply in replies {
        let shown = reply.escape_ascii().to_string();
        assert_eq!(decoded(reply), "", "{shown}");
        let is_whole = !matches!(reply.last(), Some(b'e' | b'$'));
        if is_whole {
            let keys = [b"j", *reply, b"k"].concat();
            assert_eq!(decoded(&keys), "j k", "{shown}");
        }
    }
}

#[test]
fn a_reply_split_anywhere_is_not_a_key() {
    for reply in [
        &b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\"[..],
        b"\x1b[?2026;2$y",
        b"\x1bP>|yy\x1b\\",
    ] {
        for cut in 1..reply.len() {
            let mut decoder = Decoder::default();
            let mut events = decoder.take(&reply[..cut]);
            events.extend(decoder.take(&reply[cut..]));
            assert_eq!(events, [], "{cut}");
            assert_eq!(decoder.patience(), None);
        }
    }
}

#[test]
fn an_unfinished_sequence_expires_and_keys_work_again() {
    for begun in [
        &b"\x1b]11;rgb:"[..],
        b"\x1b[?2026",
        b"\x1bP>|x",
        b"\xc3",
        b"\x1b[M ",
    ] {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.take(begun), []);
        assert!(decoder.patience().is_some());
        assert_eq!(decoder.expire(), []);
        assert_eq!(decoder.take(b"y").len(), 1);
    }
}

#[test]
fn a_paste_is_one_event_whatever_it_contains() {
    assert_eq!(
        decoded(b"\x1b[200~y\x1b[Ax\x1b]11;y\r\n\x1b[201~k"),
        "paste \"y\\u{1b}[Ax\\u{1b}]11;y\\r\\n\" k"
    );
    assert_eq!(decoded(b"\x1b[200~begun"), "paste \"begun\"");
}

#[test]
fn both_forms_of_mouse_reports_are_decoded() {
    assert_eq!(
        decoded(b"\x1b[<0;5;3M\x1b[<32;6;3M\x1b[<0;6;3m\x1b[<64;1;1M\x1b[<65;1;1M"),
        "Down(Left) 4,2 Drag(Left) 5,2 Up(Left) 5,2 ScrollUp 0,0 ScrollDown 0,0"
    );
    let old = decoded(b"\x1b[32;5;3M");
    assert_eq!(
        old,
        format!("{:?} 4,2", MouseEventKind::Down(MouseButton::Left))
    );
}

#[test]
fn keys_are_decoded_after_any_bytes() {
    let mut bytes: Vec<u8> = (0..=255).collect();
    for seed in 0..2000_u32 {
        let mut decoder = Decoder::default();
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        for byte in &mut bytes {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            *byte = match state % 4 {
                0 => 0x1b,
                1 => b"[]OP_^X?;<:~Mm"[(state >> 8) as usize % 14],
                _ => state.to_le_bytes()[2],
            };
        }
        decoder.take(&bytes);
        decoder.expire();
        decoder.expire();
        assert_eq!(decoder.patience(), None);
        assert_eq!(decoder.take(b"y").iter().map(key).collect::<String>(), "y");
    }
}
