//! What systemd learns from a watch: that it has begun, what it does, and that it is alive. The messages are those of
//! `sd_notify(3)`; without systemd there is nobody to send them to.

use std::time::{Duration, Instant};

/// The service manager that started this program, if one did.
#[derive(Debug, Default)]
pub(super) struct Service {
    #[cfg(unix)]
    socket: Option<(
        std::os::unix::net::UnixDatagram,
        std::os::unix::net::SocketAddr,
    )>,
    /// How often it expects a sign of life, and when it got the last.
    watchdog: Option<(Duration, Instant)>,
}

impl Service {
    /// The variables by which a service manager is found. They are not for other programs.
    pub(super) const VARIABLES: [&str; 3] = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

    /// Finds the service manager by the environment.
    #[cfg(unix)]
    pub(super) fn of_environment() -> Self {
        let Some(name) = std::env::var_os("NOTIFY_SOCKET") else {
            return Self::default();
        };
        let socket = address(&name).and_then(|address| {
            let socket = std::os::unix::net::UnixDatagram::unbound().ok()?;
            // A service manager that does not read must not stop the watch.
            socket.set_nonblocking(true).ok()?;
            Some((socket, address))
        });
        Self {
            watchdog: watchdog().map(|every| (every, Instant::now())),
            socket,
        }
    }

    /// There is none on this system.
    #[cfg(not(unix))]
    pub(super) fn of_environment() -> Self {
        Self::default()
    }

    /// Says that the watch has begun.
    pub(super) fn is_ready(&self, status: &str) {
        self.send(&format!("READY=1\nSTATUS={status}"));
    }

    /// Says that the watch ends.
    pub(super) fn stops(&self) {
        self.send("STOPPING=1");
    }

    /// Says that the watch is alive, if it is time to.
    pub(super) fn is_alive(&mut self) {
        if let Some((every, last)) = &mut self.watchdog
            && last.elapsed() >= *every
        {
            *last = Instant::now();
            self.send("WATCHDOG=1");
        }
    }

    /// Returns how long the watch may sleep.
    pub(super) fn longest_sleep(&self) -> Duration {
        let until = |(every, last): &(Duration, Instant)| every.saturating_sub(last.elapsed());
        self.watchdog.as_ref().map_or(Duration::MAX, until)
    }

    #[cfg(unix)]
    fn send(&self, message: &str) {
        if let Some((socket, address)) = &self.socket {
            // A lost message is made up for by the next.
            let _ = socket.send_to_addr(message.as_bytes(), address);
        }
    }

    #[cfg(not(unix))]
    fn send(&self, _: &str) {}
}

/// Returns the address of a socket: a path, or after `@` an abstract name.
#[cfg(unix)]
fn address(name: &std::ffi::OsStr) -> Option<std::os::unix::net::SocketAddr> {
    use std::os::unix::{ffi::OsStrExt, net::SocketAddr};

    #[cfg(target_os = "linux")]
    if let Some(name) = name.as_bytes().strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name).ok();
    }
    name.as_bytes()
        .starts_with(b"/")
        .then(|| SocketAddr::from_pathname(name).ok())?
}

/// Returns how often to send a sign of life: twice in the time after which the service manager gives up.
#[cfg(unix)]
fn watchdog() -> Option<Duration> {
    let of = |name: &str| std::env::var(name).ok()?.parse::<u64>().ok();
    if std::env::var_os("WATCHDOG_PID").is_some()
        && of("WATCHDOG_PID") != Some(u64::from(std::process::id()))
    {
        return None;
    }
    of("WATCHDOG_USEC").map(|longest| Duration::from_micros(longest / 2))
}
