//! The signals while another program has the terminal: they are its own. Those that the terminal sends reach it
//! directly, the others are passed on, and none ends this program first.

use std::{
    ffi::c_int,
    io::{IsTerminal, stderr, stdin, stdout},
    process::Child,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use anyhow::{Context, Result};
use rustix::process::{
    Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions, kill_process, setrlimit, waitid,
};
use signal_hook::{
    consts::{SIGINT, SIGQUIT},
    iterator::{Handle, Signals},
    low_level::emulate_default_handler,
};

use super::{Interrupt, STACK, ending};

/// Whether the signals are lent.
static IS_LENT: AtomicBool = AtomicBool::new(false);

/// The signals, lent to a program until this is dropped.
#[derive(Debug)]
pub struct Lent {
    handle: Handle,
    target: Arc<Mutex<Target>>,
}

/// Where a signal goes.
#[derive(Debug, Default)]
struct Target {
    program: Option<Pid>,
    /// What arrived before the program had started.
    early: Vec<c_int>,
}

impl Target {
    fn pass(&mut self, signal: c_int) {
        match (self.program, Signal::from_named_raw(signal)) {
            (Some(program), Some(signal)) => {
                // A program that has just ended needs no signal.
                let _ = kill_process(program, signal);
            }
            (None, _) => self.early.push(signal),
            (_, None) => {}
        }
    }
}

impl Lent {
    /// Lends the signals to a program that is about to be started.
    pub fn begin() -> Result<Self> {
        let numbers = ending().iter().copied().chain([SIGQUIT]);
        let mut signals = Signals::new(numbers).context("cannot listen for signals")?;
        let target = Arc::<Mutex<Target>>::default();
        let (handle, goes_to) = (signals.handle(), Arc::clone(&target));
        // The terminal sends these to each program that it is connected with.
        let has_terminal =
            stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal();
        let is_sent = move |signal| has_terminal && [SIGINT, SIGQUIT].contains(&signal);
        let pass = move || {
            for signal in signals.forever().filter(|signal| !is_sent(*signal)) {
                let mut target = goes_to.lock().unwrap_or_else(PoisonError::into_inner);
                target.pass(signal);
            }
        };
        let thread = thread::Builder::new().name("lent signals".to_owned());
        let spawned = thread.stack_size(STACK).spawn(pass);
        spawned.context("cannot listen for signals")?;
        IS_LENT.store(true, Ordering::SeqCst);
        Interrupt::of_program().rest();
        Ok(Self { handle, target })
    }

    /// Returns whether the signals are lent.
    pub(super) fn is_any() -> bool {
        IS_LENT.load(Ordering::SeqCst)
    }

    /// Waits for the program, and passes the signals on to it meanwhile.
    pub fn wait(&self, program: &mut Child) -> std::io::Result<std::process::ExitStatus> {
        let pid = Pid::from_child(program);
        self.aim(Some(pid));
        // Until it is reaped, no other process gets its number.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        self.aim(None);
        program.wait()
    }

    fn aim(&self, program: Option<Pid>) {
        let mut target = self.target.lock().unwrap_or_else(PoisonError::into_inner);
        target.program = program;
        for signal in std::mem::take(&mut target.early) {
            target.pass(signal);
        }
        // What arrives after its end is nobody's.
        if program.is_none() {
            target.early.clear();
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        self.handle.close();
        Interrupt::of_program().act();
        IS_LENT.store(false, Ordering::SeqCst);
    }
}

/// Ends this program by a signal, so that its caller sees the same end as that of the program it ran.
pub fn end_by(signal: c_int) {
    // The program has left its own core, if any.
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
    let _ = emulate_default_handler(signal);
}

/// Returns the name of a signal.
pub fn signal_name(signal: c_int) -> String {
    let name = signal_hook::low_level::signal_name(signal);
    name.map_or_else(|| format!("signal {signal}"), str::to_owned)
}
