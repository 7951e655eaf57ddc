//! Servers that a test starts and ends. Where their programs are missing, the tests say so and pass.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A running server, which ends with the test.
pub struct Server {
    child: Child,
    /// Its host and port.
    pub at: String,
}

impl Server {
    /// Serves a folder as restic's REST server does, for this user with this password.
    pub fn rest(folder: &Path, more: &[&str]) -> Option<Self> {
        let mut command = Command::new("rclone");
        command
            .args(["serve", "restic", "--addr", "127.0.0.1:0"])
            .args(["--user", "cat", "--pass", "s3cr#t/"])
            .args(more)
            .arg(folder);
        Self::start(command, "http://")
    }

    /// Serves a folder as [`Self::rest`] does, with a certificate of its own, which is returned.
    pub fn tls(folder: &Path) -> Option<(Self, PathBuf)> {
        let (key, certificate) = (folder.join("../key.pem"), folder.join("../certificate.pem"));
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args([
                "-subj",
                "/CN=127.0.0.1",
                "-addext",
                "subjectAltName=IP:127.0.0.1",
            ])
            .args([
                "-addext",
                "basicConstraints=critical,CA:FALSE",
                "-days",
                "30",
                "-keyout",
            ])
            .arg(&key)
            .arg("-out")
            .arg(&certificate)
            .output();
        let Ok(made) = made else {
            eprintln!("openssl is not installed: not tried with it");
            return None;
        };
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let files = [key.to_str().unwrap(), certificate.to_str().unwrap()];
        let mut command = Command::new("rclone");
        command
            .args(["serve", "restic", "--addr", "127.0.0.1:0"])
            .args(["--user", "cat", "--pass", "s3cr#t/"])
            .args(["--key", files[0], "--cert", files[1]])
            .arg(folder);
        Some((Self::start(command, "https://")?, certificate))
    }

    /// Serves an empty S3.
    pub fn s3() -> Option<Self> {
        let mut command = Command::new("moto_server");
        command.args(["-H", "127.0.0.1", "-p", "0"]);
        Self::start(command, "Running on http://")
    }

    fn start(mut command: Command, before: &str) -> Option<Self> {
        let program = command.get_program().to_owned();
        let started = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let Ok(mut child) = started else {
            eprintln!("{} is not installed: not tried with it", program.display());
            return None;
        };
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines.find_map(|line| {
            let line = line.unwrap();
            let (_, at) = line.split_once(before)?;
            Some(at.trim_end_matches([' ', '/', ']']).to_owned())
        });
        // The server must not wait for a reader of its log.
        std::thread::spawn(move || lines.for_each(drop));
        Some(Self {
            child,
            at: line.expect("the server says where it is"),
        })
    }

    /// Its location with the user and the password, as a part of a repository's location.
    pub fn signed(&self) -> String {
        format!("http://cat:s3cr%23t%2F@{}/", self.at)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
