//! The contests: what is compared with what. To compare more, add a line to a table below.

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::{Command, Stdio},
};

use crate::site::Site;
use Program::{Service, System, Unrewind};

/// Several ways to do one thing.
pub struct Contest {
    /// What is done.
    pub name: &'static str,
    /// How many times as often as the others it runs, because it is quick.
    pub often: usize,
    /// The ways; the others are measured against the first.
    pub contenders: &'static [Contender],
}

/// One way to do a thing.
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// The contender that does it.
    pub program: Program,
    /// Prepares what a run needs and returns the program's arguments.
    pub arguments: fn(&Site) -> anyhow::Result<Vec<OsString>>,
}

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

/// All contests.
pub const CONTESTS: &[Contest] = &[
    Contest {
        name: "start-up",
        often: 50,
        contenders: &[
            contender("sqlite3 --version", System("sqlite3"), |_| {
                arguments([&"--version"])
            }),
            contender("unrewind --version", Unrewind, |_| {
                arguments([&"--version"])
            }),
        ],
    },
    Contest {
        name: "list",
        often: 10,
        contenders: &[
            contender("ls -l", System("ls"), |site| {
                arguments([&"-l", &site.many_files()])
            }),
            contender("unrewind list", Unrewind, |site| {
                arguments([&"list", &"--data-dir", &site.many()])
            }),
        ],
    },
    Contest {
        name: "show",
        often: 2,
        contenders: &[
            contender("wc -l", System("wc"), |site| {
                arguments([&"-l", &site.snapshot()])
            }),
            contender("unrewind show, the first time", Unrewind, |site| {
                arguments([&"show", &site.snapshot()])
            }),
            contender("unrewind show, again", Unrewind, |site| {
                let show = arguments([&"show", &site.snapshot()])?;
                site.unrewind().args(&show).stdout(Stdio::null()).status()?;
                Ok(show)
            }),
            contender("jq, counting the rows", System("jq"), |site| {
                let count = "map_values(if type == \"array\" then length else . end)";
                arguments([&count, &site.snapshot()])
            }),
        ],
    },
    Contest {
        name: "diff",
        often: 1,
        contenders: &[
            contender(
                "wc -l, and sqlite3 reading every text",
                System("sh"),
                |site| {
                    let (live, same) = (site.live(), site.same()?);
                    arguments([&"-c", &EVERY_TEXT, &live, &same])
                },
            ),
            contender("unrewind diff, nothing different", Unrewind, |site| {
                arguments([&"diff", &site.same()?])
            }),
        ],
    },
    Contest {
        name: "diff, half the events differ",
        often: 1,
        contenders: &[
            contender("sqldiff --summary", System("sqldiff"), |site| {
                let half = site.half()?;
                arguments([&"--summary", &site.live(), &half])
            }),
            contender("unrewind diff", Unrewind, |site| {
                let (same, half) = (site.same()?, site.half()?);
                arguments([&"diff", &same, &"--db", &half])
            }),
        ],
    },
    Contest {
        name: "verify",
        often: 1,
        contenders: &[
            contender("sha256sum", System("sha256sum"), |site| {
                arguments([&site.snapshot()])
            }),
            contender("unrewind verify", Unrewind, |site| {
                arguments([&"verify", &site.snapshot()])
            }),
        ],
    },
    Contest {
        name: "export",
        often: 1,
        contenders: &[
            contender("sqlite3 -csv", System("sqlite3"), |site| {
                arguments([&"-csv", &site.live(), &"SELECT * FROM event_log"])
            }),
            contender("unrewind export --format csv", Unrewind, |site| {
                let snapshot = site.snapshot();
                let table = ["--table", "event_log"];
                arguments([
                    &"export",
                    &snapshot,
                    &table[0],
                    &table[1],
                    &"--format",
                    &"csv",
                ])
            }),
        ],
    },
    Contest {
        name: "search",
        often: 3,
        contenders: &[
            contender("grep -c -F", System("grep"), |site| {
                let mut grep = arguments([&"-c", &"-F", &SOUGHT])?;
                grep.extend(site.searched_files()?.into_iter().map(OsString::from));
                Ok(grep)
            }),
            contender("unrewind search", Unrewind, |site| search(site, &[])),
            contender("  --case exact", Unrewind, |site| {
                search(site, &["--case", "exact"])
            }),
        ],
    },
    Contest {
        name: "take",
        often: 1,
        contenders: &[
            contender("sqlite3 .dump", System("sqlite3"), |site| {
                arguments([&site.live(), &".dump"])
            }),
            contender("sqlite3 .backup", System("sqlite3"), |site| {
                let backup = site.scratch().join("backup.db");
                arguments([&site.live(), &format!(".backup '{}'", backup.display())])
            }),
            contender("service take", Service, |site| {
                arguments([&site.live(), &"take", &site.scratch()])
            }),
            contender("unrewind take", Unrewind, |_| arguments([&"take"])),
        ],
    },
    Contest {
        name: "due",
        often: 1,
        contenders: &[
            contender("service due", Service, |site| {
                site.rejuvenate()?;
                arguments([&site.live(), &"due", &site.data()])
            }),
            contender("unrewind due", Unrewind, |site| {
                site.rejuvenate()?;
                arguments([&"due", &"--data-dir", &site.data()])
            }),
        ],
    },
    Contest {
        name: "restore",
        often: 1,
        contenders: &[
            contender("service restore", Service, |site| {
                let copy = site.copy(&site.live())?;
                arguments([&copy, &"restore", &site.snapshot()])
            }),
            contender("unrewind restore --scope tables", Unrewind, |site| {
                restore(site, &site.live(), "tables", &[])
            }),
            contender("  --no-safety-snapshot --no-checkpoint", Unrewind, |site| {
                restore(site, &site.live(), "tables", BARE)
            }),
            contender("unrewind restore --scope full", Unrewind, |site| {
                restore(site, &site.live(), "full", &[])
            }),
            contender("  --no-safety-snapshot --no-checkpoint", Unrewind, |site| {
                restore(site, &site.live(), "full", BARE)
            }),
            contender("  the same, an early event changed too", Unrewind, |site| {
                let bare = restore(site, &site.live(), "full", BARE)?;
                site.change_early_event()?;
                Ok(bare)
            }),
        ],
    },
    Contest {
        name: "restore into empty tables",
        often: 1,
        contenders: &[
            contender("service restore", Service, |site| {
                let copy = site.copy(&site.unprojected())?;
                arguments([&copy, &"restore", &site.snapshot()])
            }),
            contender("unrewind restore --scope tables", Unrewind, |site| {
                restore(site, &site.unprojected(), "tables", &[])
            }),
            contender("  --no-safety-snapshot --no-checkpoint", Unrewind, |site| {
                restore(site, &site.unprojected(), "tables", BARE)
            }),
        ],
    },
];

/// Counts a file's lines and reads the long columns of a database's tables.
const EVERY_TEXT: &str =
    "wc -l \"$1\" && sqlite3 \"$0\" 'SELECT sum(length(payload_json)) FROM event_log;
    SELECT sum(length(text)) FROM memories; SELECT sum(length(doing)) FROM activity;
    SELECT sum(length(summary)) FROM scenes; SELECT sum(length(error)) FROM classifier_failures'";

/// A phrase that a few of the texts contain.
const SOUGHT: &str = "lantern market";

/// What is measured while the data grows.
pub const GROWTH: &[Contender] = &[
    contender("unrewind take", Unrewind, |_| arguments([&"take"])),
    contender("unrewind show", Unrewind, |site| {
        arguments([&"show", &site.snapshot()])
    }),
    contender("unrewind restore --dry-run", Unrewind, |site| {
        arguments([&"restore", &site.snapshot(), &"--dry-run"])
    }),
    contender("unrewind restore", Unrewind, |site| {
        restore(site, &site.live(), "full", &[])
    }),
    contender("service take", Service, |site| {
        arguments([&site.live(), &"take", &site.scratch()])
    }),
    contender("service restore", Service, |site| {
        let copy = site.copy(&site.live())?;
        arguments([&copy, &"restore", &site.snapshot()])
    }),
];

/// The options of a restore without safety snapshot and checkpoint.
const BARE: &[&str] = &["--no-safety-snapshot", "--no-checkpoint"];

const fn contender(
    name: &'static str,
    program: Program,
    arguments: fn(&Site) -> anyhow::Result<Vec<OsString>>,
) -> Contender {
    Contender {
        name,
        program,
        arguments,
    }
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "making ready may fail, and arguments are its last word"
)]
fn arguments<const N: usize>(all: [&dyn AsRef<OsStr>; N]) -> anyhow::Result<Vec<OsString>> {
    Ok(all.map(|argument| argument.as_ref().to_owned()).to_vec())
}

fn search(site: &Site, more: &[&str]) -> anyhow::Result<Vec<OsString>> {
    let (data, live) = (site.searched(), site.searched_live());
    let mut all = arguments([&"search", &SOUGHT, &"--data-dir", &data, &"--db", &live])?;
    all.extend(more.iter().map(OsString::from));
    Ok(all)
}

/// A restore into a fresh copy of `database`.
fn restore(
    site: &Site,
    database: &Path,
    scope: &str,
    more: &[&str],
) -> anyhow::Result<Vec<OsString>> {
    let copy = site.copy(database)?;
    let mut all = arguments([
        &"restore",
        &site.snapshot(),
        &"--yes",
        &"--db",
        &copy,
        &"--scope",
        &scope,
    ])?;
    all.extend(more.iter().map(OsString::from));
    Ok(all)
}

impl Program {
    /// The program as a command without arguments, or the reason why there is none.
    pub fn command(self, site: &Site, service: Option<&Path>) -> Result<Command, &'static str> {
        match self {
            Unrewind => Ok(site.unrewind()),
            System(name) if is_installed(name) => Ok(Command::new(name)),
            System(_) => Err("not installed"),
            Service => {
                let service = service.ok_or("needs --service")?;
                if !is_installed("python3") {
                    return Err("needs python3");
                }
                let mut command = Command::new("python3");
                command.args(["-B", "-c", include_str!("service.py")]);
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
