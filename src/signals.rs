//! The signals that end, stop and continue the program, and the only user of signal-hook.
//!
//! Where the system has none of them, Ctrl-C ends the program at once: what it was writing has no name
//! yet, and is cleared away by the next one.

#[cfg(unix)]
use std::{ffi::c_int, os::fd::AsFd};
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
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

/// What becomes of a program whose terminal is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// It is told, as of the other signals.
    Told,
    /// What its starter chose: it ends, or under `nohup` goes on.
    AsEver,
}

/// Ctrl-C and termination: they end the program at once while nothing is under way, and otherwise ask
/// the operation to stop.
#[derive(Debug)]
pub struct Interrupt {
    asked: Arc<AtomicBool>,
    idle: Arc<AtomicBool>,
}

impl Interrupt {
    /// The program's own.
    pub fn of_program() -> &'static Self {
        static INTERRUPT: OnceLock<Interrupt> = OnceLock::new();
        INTERRUPT.get_or_init(|| {
            let interrupt = Self {
                asked: Arc::default(),
                idle: Arc::default(),
            };
            #[cfg(unix)]
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

    /// Writes to a pipe, a terminal or a file, which may wait for a reader that never comes. Meanwhile a signal
    /// ends the program at once, whatever operation the write is a part of: what was begun is as after a crash.
    /// `write` is given how many bytes to write at most.
    #[cfg(unix)]
    pub fn while_writing<F: AsFd, T>(&self, to: &F, write: impl FnOnce(usize) -> T) -> T {
        const PATIENCE: Timespec = Timespec {
            tv_sec: 1,
            tv_nsec: 0,
        };
        // What takes more takes these without waiting.
        const PIECE: usize = 512;
        let was_idle = self.idle.swap(true, Ordering::SeqCst);
        // The signal came before, and no other may come.
        let is_asked = self.is_asked();
        if is_asked && !takes_more(to, &PATIENCE) {
            std::process::exit(128 + SIGTERM);
        }
        let result = write(if is_asked { PIECE } else { usize::MAX });
        self.idle.store(was_idle, Ordering::SeqCst);
        result
    }

    /// Writes; nothing is reported here meanwhile.
    #[cfg(not(unix))]
    pub fn while_writing<F, T>(&self, _: &F, write: impl FnOnce(usize) -> T) -> T {
        write(usize::MAX)
    }

    /// Whether the operation is to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    /// Whether the operation goes on, as its progress callback answers.
    pub fn flow(&self) -> ControlFlow<()> {
        if self.is_asked() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    #[cfg(unix)]
    fn listen(&self) {
        use signal_hook::flag::{register, register_conditional_shutdown};

        for signal in [SIGINT, SIGTERM] {
            // Where a handler cannot be set, the signal ends the program as ever.
            let _ = register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.idle));
            // The second one does not wait for an operation that does not heed the first.
            let _ = register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.asked));
            let _ = register(signal, Arc::clone(&self.asked));
        }
        end_in_the_end();
    }
}

/// Whether a pipe, a terminal or a file takes more bytes at once.
#[cfg(unix)]
pub fn takes_now(to: &impl AsFd) -> bool {
    takes_more(to, &Timespec::default())
}

/// Nobody can say that here.
#[cfg(not(unix))]
pub fn takes_now<F>(_: &F) -> bool {
    true
}

/// Whether it takes more bytes within this time.
#[cfg(unix)]
fn takes_more(to: &impl AsFd, patience: &Timespec) -> bool {
    let mut asked = [PollFd::new(to, PollFlags::OUT)];
    // What cannot be asked is written to as ever.
    !matches!(poll(&mut asked, Some(patience)), Ok(0))
}

/// Ends the program some time after its termination was asked for, also where an operation waits for
/// something that does not come, such as a file system that does not answer. What it was doing is as after
/// a crash.
#[cfg(unix)]
pub fn end_in_the_end() {
    use std::{process, thread, time::Duration};

    const GRACE: Duration = Duration::from_secs(20);
    // Without it only a second signal helps.
    let _ = listen(&[SIGTERM], |signal| {
        // The time itself is waited for: a program that ends earlier takes this thread with it.
        thread::sleep(GRACE);
        process::exit(128 + signal);
    });
}

/// Nothing is told here.
#[cfg(not(unix))]
pub fn end_in_the_end() {}

/// Reports each signal that ends the program, from a thread of its own, until `tell` answers that it has
/// heard enough; the next signal then ends the program.
#[cfg(unix)]
pub fn hear(hangup: Hangup, mut tell: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    let wanted: &[c_int] = match hangup {
        Hangup::Told => &[SIGINT, SIGTERM, SIGHUP],
        Hangup::AsEver => &[SIGINT, SIGTERM],
    };
    listen(wanted, move |_| tell())
}

/// What a signal means to a program that has the whole terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalSignal {
    /// It is to end.
    End,
    /// It is to stop until it is continued.
    Stop,
    /// It was stopped, and goes on.
    Continue,
    /// The terminal has another size.
    Resized,
}

/// Reports each signal to a program that has the whole terminal, as [`hear`] does.
#[cfg(unix)]
pub fn hear_terminal(mut tell: impl FnMut(TerminalSignal) -> bool + Send + 'static) -> Result<()> {
    use signal_hook::consts::{SIGCONT, SIGTSTP, SIGWINCH};

    let wanted = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH];
    listen(&wanted, move |signal| {
        tell(match signal {
            SIGTSTP => TerminalSignal::Stop,
            SIGCONT => TerminalSignal::Continue,
            SIGWINCH => TerminalSignal::Resized,
            _ => TerminalSignal::End,
        })
    })
}

/// A thread that passes signals on does little.
#[cfg(unix)]
const STACK: usize = 256 * 1024;

#[cfg(unix)]
fn listen(wanted: &[c_int], mut tell: impl FnMut(c_int) -> bool + Send + 'static) -> Result<()> {
    use std::{process, thread};

    use signal_hook::iterator::Signals;

    let mut signals = Signals::new(wanted).context("cannot listen for signals")?;
    let listen = move || {
        let mut listens = true;
        for signal in signals.forever() {
            if listens {
                listens = tell(signal);
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

/// Has the shell stop this program and whatever started it, as Ctrl-Z does in a terminal's usual mode.
/// Without a shell that could continue it, nothing happens.
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

/// Nothing is reported here.
#[cfg(not(unix))]
pub fn hear(_: Hangup, _: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    Ok(())
}

/// Nothing is reported here.
#[cfg(not(unix))]
pub fn hear_terminal(_: impl FnMut(TerminalSignal) -> bool + Send + 'static) -> Result<()> {
    Ok(())
}

/// Programs are not stopped here.
#[cfg(not(unix))]
pub fn suspend() {}

/// Programs are not stopped here.
#[cfg(not(unix))]
pub fn stop() {}
