//! The signals that end, stop and continue the program, and the only user of signal-hook. On Windows the
//! console's events end it.

#[cfg(windows)]
mod console;
#[cfg(unix)]
mod lent;

#[cfg(unix)]
use std::{
    ffi::c_int,
    os::fd::AsFd,
    sync::{Mutex, PoisonError},
};
use std::{
    ops::ControlFlow,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

#[cfg(unix)]
use anyhow::Context;
use anyhow::Result;
#[cfg(unix)]
use rustix::event::{PollFd, PollFlags, Timespec, poll};
#[cfg(unix)]
use signal_hook::{
    SigId,
    consts::{SIGHUP, SIGINT, SIGTERM},
};

#[cfg(unix)]
pub use lent::{Lent, end_by, signal_name};

/// Ctrl-C, termination and a closed terminal: they end the program at once while nothing is under way, and otherwise ask
/// the operation to stop.
#[derive(Debug)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    idle: Arc<AtomicBool>,
    /// What is done at each signal.
    #[cfg(unix)]
    actions: Mutex<Vec<SigId>>,
}

impl Interrupt {
    /// Returns the program's only instance.
    pub fn of_program() -> &'static Self {
        static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();
        INTERRUPT.get_or_init(|| {
            let interrupt = Self {
                asked: Arc::default(),
                idle: Arc::default(),
                #[cfg(unix)]
                actions: Mutex::default(),
            };
            interrupt.listen();
            interrupt
        })
    }

    /// Runs an operation.
    pub fn during<T>(&self, operation: impl FnOnce() -> T) -> T {
        self.idle.store(false, Ordering::SeqCst);
        let result = operation();
        self.idle.store(true, Ordering::SeqCst);
        result
    }

    /// Writes so many bytes to a pipe, a terminal or a file, which may wait for its reader forever. While
    /// it may wait, a signal ends the program at once, whatever operation the write belongs to: started
    /// work is left as after a crash. `write` is given the maximum number of bytes to write.
    #[cfg(unix)]
    pub fn while_writing<F: AsFd, T>(
        &self,
        to: &F,
        bytes: usize,
        write: impl FnOnce(usize) -> T,
    ) -> T {
        const PATIENCE: Timespec = Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        };
        // If poll reports any room, this many bytes can be written without waiting.
        const PIECE: usize = 512;
        // A reader that has just read this must not meet a program that takes its signal for another one.
        if bytes <= PIECE && takes_now(to) {
            return write(bytes);
        }
        let was_idle = self.idle.swap(true, Ordering::SeqCst);
        // The signal has already arrived, and perhaps no other will.
        let is_asked = self.is_asked();
        if is_asked && !takes_more(to, &PATIENCE) {
            std::process::exit(128 + SIGTERM);
        }
        let result = write(if is_asked { PIECE } else { usize::MAX });
        self.idle.store(was_idle, Ordering::SeqCst);
        result
    }

    /// Writes; nothing is reported here meanwhile.
    #[cfg(windows)]
    pub fn while_writing<F, T>(&self, _: &F, _: usize, write: impl FnOnce(usize) -> T) -> T {
        write(usize::MAX)
    }

    /// Returns whether the operation must stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Returns whether the operation continues, as a progress callback does.
    pub fn flow(&self) -> ControlFlow<()> {
        if self.is_asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    #[cfg(unix)]
    fn listen(&self) {
        self.act();
        end_in_the_end();
    }

    #[cfg(windows)]
    fn listen(&self) {
        let (idle, asked) = (Arc::clone(&self.idle), Arc::clone(&self.asked));
        // Without it, Ctrl-C ends the program at once.
        let _ = console::listen(move || {
            // A second one ends the program even if the operation ignores the first.
            if asked.swap(true, Ordering::SeqCst) || idle.load(Ordering::SeqCst) {
                console::end();
            }
            true
        });
    }

    /// Sets what is done at each signal.
    #[cfg(unix)]
    fn act(&self) {
        use signal_hook::flag::{register, register_conditional_shutdown};

        let (idle, asked) = (&self.idle, &self.asked);
        let act = |signal: &c_int| {
            [
                register_conditional_shutdown(*signal, 128 + signal, Arc::clone(idle)),
                // A second signal ends the program even if the operation ignores the first.
                register_conditional_shutdown(*signal, 128 + signal, Arc::clone(asked)),
                register(*signal, Arc::clone(asked)),
            ]
        };
        // If a handler cannot be set, the signal ends the program as usual.
        let actions = ending().iter().flat_map(act).flatten().collect();
        *self.actions.lock().unwrap_or_else(PoisonError::into_inner) = actions;
    }

    /// Does nothing at the signals from now on.
    #[cfg(unix)]
    fn rest(&self) {
        let mut actions = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
        for action in actions.drain(..) {
            signal_hook::low_level::unregister(action);
        }
    }
}

/// Returns whether a pipe, a terminal or a file accepts more bytes without waiting.
#[cfg(unix)]
pub fn takes_now(to: &impl AsFd) -> bool {
    takes_more(to, &Timespec::default())
}

/// Always true: this is not known on this system.
#[cfg(windows)]
pub fn takes_now<F>(_: &F) -> bool {
    true
}

/// Returns whether it accepts more bytes within this time.
#[cfg(unix)]
fn takes_more(to: &impl AsFd, patience: &Timespec) -> bool {
    let mut asked = [PollFd::new(to, PollFlags::OUT)];
    // If poll fails, the write is attempted anyway.
    !matches!(poll(&mut asked, Some(patience)), Ok(0))
}

/// Ends the program some time after SIGTERM, even if an operation waits forever, for example for a
/// file system that does not respond. Its work is left as after a crash.
#[cfg(unix)]
pub fn end_in_the_end() {
    use std::{process, thread, time::Duration};

    const GRACE: Duration = Duration::from_secs(20);
    // Without it, only a second signal ends the program.
    let _ = listen(&[SIGTERM], |signal| {
        if Lent::is_any() {
            return true;
        }
        // The full time passes: a program that ends earlier ends this thread.
        thread::sleep(GRACE);
        process::exit(128 + signal);
    });
}

/// Does nothing on this system.
#[cfg(windows)]
pub fn end_in_the_end() {}

/// Returns the signals that end the program. Without a terminal, its closing is not among them:
/// `nohup` leaves no terminal to a program that must keep running.
#[cfg(unix)]
fn ending() -> &'static [c_int] {
    use std::io::{IsTerminal, stderr, stdin, stdout};

    if stdin().is_terminal() || stdout().is_terminal() || stderr().is_terminal() {
        &[SIGINT, SIGTERM, SIGHUP]
    } else {
        &[SIGINT, SIGTERM]
    }
}

/// Calls `report` for each signal that ends the program, on its own thread, until `report` returns
/// false; the next signal then ends the program.
#[cfg(unix)]
pub fn on_end(mut report: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    listen(ending(), move |_| report())
}

/// What a signal means to a program that has the whole terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSignal {
    /// The program must end.
    End,
    /// The program must stop until it is continued.
    Stop,
    /// The program was stopped and continues.
    Continue,
    /// The terminal's size changed.
    Resized,
}

/// Reports each signal to a program that has the whole terminal, as [`on_end`] does.
#[cfg(unix)]
pub fn on_terminal_signal(
    mut report: impl FnMut(TerminalSignal) -> bool + Send + 'static,
) -> Result<()> {
    use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};

    let numbers = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH];
    listen(&numbers, move |signal| {
        report(match signal {
            SIGTSTP => TerminalSignal::Stop,
            SIGCONT => TerminalSignal::Continue,
            SIGWINCH => TerminalSignal::Resized,
            _ => TerminalSignal::End,
        })
    })
}

/// The thread only forwards signals.
#[cfg(unix)]
const STACK: usize = 256 * 1024;

#[cfg(unix)]
fn listen(numbers: &[c_int], mut report: impl FnMut(c_int) -> bool + Send + 'static) -> Result<()> {
    use std::{process, thread};

    use signal_hook::iterator::Signals;

    let mut signals = Signals::new(numbers).context("cannot listen for signals")?;
    let listen = move || {
        let mut reports = true;
        for signal in signals.forever() {
            if reports {
                reports = report(signal);
            } else if [SIGINT, SIGTERM, SIGHUP].contains(&signal) {
                process::exit(128 + signal);
            }
        }
    };
    let thread = thread::Builder::new()
        .name("signals".to_owned())
        .stack_size(STACK);
    thread.spawn(listen).context("cannot listen for signals")?;
    Ok(())
}

/// Makes the shell stop this program and its process group, as Ctrl-Z does in a terminal's usual
/// mode. Without a shell that could continue it, nothing happens.
#[cfg(unix)]
pub fn suspend() {
    use rustix::process::{Signal, getpgrp, getsid, kill_current_process_group};

    // A shell with job control gives each job a process group of its own.
    if getsid(None).is_ok_and(|session| session != getpgrp()) {
        let _ = kill_current_process_group(Signal::TSTP);
    }
}

/// Stops this program until it is continued.
#[cfg(unix)]
pub fn stop() {
    let _ = signal_hook::low_level::raise(signal_hook::consts::SIGSTOP);
}

/// Calls `report` for each event that ends the program, on its own thread, until `report` returns
/// false; the next event then ends the program.
#[cfg(windows)]
pub fn on_end(report: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    console::listen(report)
}

/// Reports each event that ends a program that has the whole terminal, as [`on_end`] does.
#[cfg(windows)]
pub fn on_terminal_signal(
    mut report: impl FnMut(TerminalSignal) -> bool + Send + 'static,
) -> Result<()> {
    console::listen(move || report(TerminalSignal::End))
}

/// Does nothing on this system.
#[cfg(windows)]
pub fn suspend() {}

/// Does nothing on this system.
#[cfg(windows)]
pub fn stop() {}
