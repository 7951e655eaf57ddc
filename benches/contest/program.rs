//! The programs that compete.

use std::{path::Path, process::Command};

use crate::site::Site;

/// A contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// Unrewind. By default it works on live, in the scratch folder.
    Unrewind,
    /// The Python service; its arguments are the database, the operation and a path.
    Service,
    /// A program of the system.
    System(&'static str),
}

impl Program {
    /// The program as a command without arguments, or the reason why there is none.
    pub fn command(self, site: &Site, service: Option<&Path>) -> Result<Command, &'static str> {
        match self {
            Self::Unrewind => Ok(site.unrewind()),
            Self::System(name) if is_installed(name) => Ok(Command::new(name)),
            Self::System(_) => Err("not installed"),
            Self::Service => {
                let service = service.ok_or("needs --service")?;
                if !is_installed("python3") {
                    return Err("needs python3");
                }
                let mut command = Command::new("python3");
                command.args(["-B", "-c", include_str!("../service.py")]);
                command.arg(service);
                Ok(command)
            }
        }
    }
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}
