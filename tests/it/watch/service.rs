//! What the service manager learns from a watch.

use std::{
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

use super::program::Running;
use crate::sandbox::Sandbox;

fn message(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 1024];
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn a_watch_reports_that_it_is_ready_alive_and_ends() {
    for is_abstract in [false, true] {
        let sandbox = Sandbox::new();
        let path = sandbox.path().join("notify");
        let name = format!("unrewind-test-{}", std::process::id());
        let (socket, address) = if is_abstract {
            let address = SocketAddr::from_abstract_name(&name).unwrap();
            (UnixDatagram::bind_addr(&address), format!("@{name}"))
        } else {
            (UnixDatagram::bind(&path), path.display().to_string())
        };
        let socket = socket.unwrap();
        socket
            .set_read_timeout(Some(Duration::from_mins(2)))
            .unwrap();
        let envs = [("NOTIFY_SOCKET", &*address), ("WATCHDOG_USEC", "200000")];
        let running = Running::start_with(&sandbox, &["watch"], &envs);
        let ready = message(&socket);
        assert_eq!(ready, "READY=1\nSTATUS=watching data/snapshots");
        for _ in 0..3 {
            assert_eq!(message(&socket), "WATCHDOG=1");
        }
        assert_eq!(running.stop("TERM").1, Some(0));
        let last = std::iter::repeat_with(|| message(&socket));
        let mut last = last.skip_while(|message| message == "WATCHDOG=1");
        assert_eq!(last.next().unwrap(), "STOPPING=1");
    }
}
