//! Signals while nothing reads the output, as with a full pipe. A program that ignored them would hang its
//! test.

use std::{
    io::Read,
    process::{Command, Stdio},
};

use unrewind::core::Kind;

use crate::sandbox::{Sandbox, at};

/// A chat with more rows than fit into a pipe.
fn many_events() -> Sandbox {
    let sandbox = Sandbox::with_waves(5000);
    sandbox.take(Kind::Rewind, at(0));
    sandbox.sql("UPDATE event_log SET hidden = 1");
    sandbox
}

#[test]
fn a_signal_ends_a_command_whose_output_is_not_read() {
    let sandbox = many_events();
    let export = |format| ["export", "live", "--table", "event_log", "--format", format];
    for arguments in [
        &export("csv")[..],
        &export("jsonl"),
        &["show", "live", "--rows", "event_log", "--limit", "9999"],
        &["diff", "latest", "--rows", "--json"],
        &["search", "wave", "--limit", "9999"],
    ] {
        for signal in ["INT", "TERM"] {
            let mut command = sandbox.command(arguments);
            command.stdout(Stdio::piped()).stderr(Stdio::null());
            let mut program = command.spawn().unwrap();
            let mut out = program.stdout.take().unwrap();
            out.read_exact(&mut [0; 10]).unwrap();
            let pid = program.id().to_string();
            let kill = Command::new("sh")
                .args(["-c", r#"kill -s "$0" "$1""#, signal, &pid])
                .status();
            assert!(kill.unwrap().success());
            let ended = program.wait().unwrap().code();
            assert_ne!(ended, Some(0), "{arguments:?}");
            drop(out);
        }
    }
}
