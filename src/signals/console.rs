//! The events of a Windows console that end a program: Ctrl-C, Ctrl-Break, a closed window, a logoff and a shutdown.

use std::{future::poll_fn, process, task::Poll, thread};

use anyhow::{Context, Result};
use tokio::{
    runtime::Builder,
    signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_logoff, ctrl_shutdown},
};

/// The exit code after Ctrl-C, as on other systems.
const INTERRUPTED: i32 = 130;

/// Calls `report` for each event that ends the program, on its own thread, until `report` returns false; the
/// next event then ends the program. A program whose window is closed has about five seconds to end.
pub(super) fn listen(mut report: impl FnMut() -> bool + Send + 'static) -> Result<()> {
    const CANNOT: &str = "cannot listen for Ctrl-C";
    let runtime = Builder::new_current_thread().build().context(CANNOT)?;
    let mut interrupt = ctrl_c().context(CANNOT)?;
    let mut pause = ctrl_break().context(CANNOT)?;
    let mut close = ctrl_close().context(CANNOT)?;
    let mut logoff = ctrl_logoff().context(CANNOT)?;
    let mut shutdown = ctrl_shutdown().context(CANNOT)?;
    let listen = async move {
        let mut reports = true;
        loop {
            poll_fn(|context| {
                // Each must be asked, to wake this thread.
                let came = [
                    interrupt.poll_recv(context).is_ready(),
                    pause.poll_recv(context).is_ready(),
                    close.poll_recv(context).is_ready(),
                    logoff.poll_recv(context).is_ready(),
                    shutdown.poll_recv(context).is_ready(),
                ];
                if came.contains(&true) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            })
            .await;
            if !reports {
                process::exit(INTERRUPTED);
            }
            reports = report();
        }
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread
        .spawn(move || runtime.block_on(listen))
        .context(CANNOT)?;
    Ok(())
}

/// Ends the program as Ctrl-C does while nothing is under way.
pub(super) fn end() -> ! {
    process::exit(INTERRUPTED)
}
