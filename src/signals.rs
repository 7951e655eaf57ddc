//! The signals that end the program, and the only user of signal-hook.
//!
//! Where the system has none of them, Ctrl-C ends the program at once: what it was writing has no name
//! yet, and is cleared away by the next one.

use std::sync::{
    Arc, OnceLock,
    atomic::{AtomicBool, Ordering},
};

#[cfg(unix)]
use anyhow::Context;
use anyhow::Result;
#[cfg(unix)]
use signal_hook::consts::{SIGINT, SIGTERM};

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

    /// Whether the operation is to stop.
    pub fn is_asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }

    #[cfg(unix)]
    fn listen(&self) {
        use signal_hook::flag::{register, register_conditional_shutdown};

        for signal in [SIGINT, SIGTERM] {
            // Where a handler cannot be set, the signal ends the program as ever.
            let _ = register_conditional_shutdown(signal, 128 + signal, Arc::clone(&self.idle));
            let _ = register(signal, Arc::clone(&self.asked));
        }
    }
}

/// Tells of each signal, from a thread of its own, until `tell` answers that it has heard enough; the
/// next signal then ends the program.
#[cfg(unix)]
pub fn hear(hangup: Hangup, mut tell: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    use std::{process, thread};

    use signal_hook::{consts::SIGHUP, iterator::Signals};

    let mut wanted = vec![SIGINT, SIGTERM];
    if hangup == Hangup::Told {
        wanted.push(SIGHUP);
    }
    let mut signals = Signals::new(wanted).context("cannot listen for signals")?;
    let listen = move || {
        let mut listens = true;
        for signal in signals.forever() {
            if !listens {
                process::exit(128 + signal);
            }
            listens = tell();
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(listen).context("cannot listen for signals")?;
    Ok(())
}

/// Nothing is told here.
#[cfg(not(unix))]
pub fn hear(_: Hangup, _: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    Ok(())
}
