//! Copies a text to the clipboard: by an escape sequence, which not every
//! terminal supports, and by a program, if there is one.

use std::{
    io::Write,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD as STANDARD};

/// How long the program may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// The sequence OSC 52, which copies a text to the terminal's clipboard.
pub(super) fn sequence(text: &str) -> Vec<u8> {
    let text = STANDARD.encode(text);
    format!("\x1b]52;c;{text}\x07").into_bytes()
}

/// Starts this environment's programs to copy a text, without waiting for them.
pub(super) fn hand_to_programs(text: &str) {
    for words in programs(|name| std::env::var_os(name).is_some()) {
        let text = text.to_owned();
        // A program that cannot be started is ignored: the terminal got the sequence too.
        let _ = thread::Builder::new()
            .name("clipboard".to_owned())
            .spawn(move || hand_over(words, text, PATIENCE));
    }
}

/// The programs with their arguments, by the variables that are set.
fn programs(is_set: impl Fn(&str) -> bool) -> Vec<&'static [&'static str]> {
    let mut programs: Vec<&[&str]> = Vec::new();
    if cfg!(target_os = "macos") {
        programs.push(&["pbcopy"]);
    } else if is_set("WAYLAND_DISPLAY") {
        programs.push(&["wl-copy"]);
    } else if is_set("DISPLAY") {
        programs.push(&["xclip", "-selection", "clipboard", "-in"]);
    }
    if is_set("TMUX") {
        programs.push(&["tmux", "load-buffer", "-w", "-"]);
    }
    programs
}

/// Starts a program, gives it a text, and ends it if it takes too long.
fn hand_over(words: &[&str], text: String, patience: Duration) {
    let (program, arguments) = words.split_first().expect("a program has a name");
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        return;
    };
    let input = child.stdin.take();
    // A program that does not read would block this thread.
    let write = move || input.map(|mut input| input.write_all(text.as_bytes()));
    let writer = thread::Builder::new().spawn(write);
    if !ends_within(&mut child, patience) {
        log::warn!("{program} did not put the text on the clipboard in time");
        let _ = child.kill();
        let _ = child.wait();
    }
    let _ = writer.map(thread::JoinHandle::join);
}

/// Whether a program ends within this time.
fn ends_within(child: &mut Child, patience: Duration) -> bool {
    const PAUSE: Duration = Duration::from_millis(20);
    let started = Instant::now();
    loop {
        match child.try_wait() {
            // There is no portable wait for a process with a timeout.
            Ok(None) if started.elapsed() < patience => thread::sleep(PAUSE),
            ended => return !matches!(ended, Ok(None)),
        }
    }
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use {
        super::{PATIENCE, hand_over},
        std::{fs, time::Duration},
    };

    #[test]
    #[cfg(not(target_os = "macos"))]
    fn the_environment_says_which_programs_there_are() {
        let names = |set: &[&str]| -> Vec<&str> {
            let programs = super::programs(|name| set.contains(&name));
            programs.iter().map(|words| words[0]).collect()
        };
        assert_eq!(names(&[]), [""; 0]);
        assert_eq!(names(&["DISPLAY"]), ["xclip"]);
        assert_eq!(names(&["DISPLAY", "WAYLAND_DISPLAY"]), ["wl-copy"]);
        assert_eq!(names(&["TMUX"]), ["tmux"]);
        assert_eq!(names(&["TMUX", "DISPLAY"]), ["xclip", "tmux"]);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_is_given_the_whole_text() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("copied");
        let text = "The lamp burns. ".repeat(20_000);
        let script = format!("cat > {}", file.display());
        hand_over(&["sh", "-c", &script], text.clone(), PATIENCE * 20);
        assert_eq!(fs::read_to_string(file).unwrap(), text);
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_is_not_there_or_does_not_read_holds_nothing_up() {
        let text = "x".repeat(1_000_000);
        hand_over(&["no-such-program"], text.clone(), PATIENCE);
        hand_over(&["sleep", "100000"], text, Duration::ZERO);
    }
}
