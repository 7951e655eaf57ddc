//! The contests: what is compared with what. To compare more, add a line to a table below.

mod program;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    process::Stdio,
};

use crate::site::Site;
use Program::{Service, System, Unrewind};

pub use program::Program;

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
                let options = ["--table=event_log", "--format=csv"];
                arguments([&"export", &site.snapshot(), &options[0], &options[1]])
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
            contender("unrewind search", Unrewind, |site| {
                search(site, SOUGHT, &[])
            }),
            contender("  --case exact", Unrewind, |site| {
                search(site, SOUGHT, &["--case", "exact"])
            }),
        ],
    },
    Contest {
        name: "search for a common word",
        often: 3,
        contenders: &[
            contender("rg -o -F", System("rg"), |site| {
                let mut rg = arguments([&"-o", &"-F", &COMMON])?;
                rg.extend(site.searched_files()?.into_iter().map(OsString::from));
                Ok(rg)
            }),
            contender("unrewind search --case exact", Unrewind, |site| {
                search(site, COMMON, &["--case", "exact"])
            }),
        ],
    },
    Contest {
        name: "history",
        often: 3,
        contenders: &[
            contender("cat", System("cat"), |site| {
                Ok(site
                    .searched_files()?
                    .into_iter()
                    .map(OsString::from)
                    .collect())
            }),
            contender("unrewind history", Unrewind, |site| {
                let (data, live) = (site.searched(), site.searched_live());
                let key = site.oldest_memory()?;
                arguments([
                    &"history",
                    &"memories",
                    &key,
                    &"--data-dir",
                    &data,
                    &"--db",
                    &live,
                ])
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
            contender("unrewind restore --scope full", Unrewind, |site| {
                restore(site, &site.live(), "full", &[])
            }),
            contender("  --no-safety-snapshot --no-checkpoint", Unrewind, |site| {
                restore(site, &site.live(), "full", BARE)
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
            contender("unrewind restore", Unrewind, |site| {
                restore(site, &site.unprojected(), "full", &[])
            }),
            contender("  --no-safety-snapshot --no-checkpoint", Unrewind, |site| {
                restore(site, &site.unprojected(), "full", BARE)
            }),
            contender(
                "  the same, half of log and memories away",
                Unrewind,
                |site| {
                    let bare = restore(site, &site.live(), "full", BARE)?;
                    site.take_away("id % 2 = 0")?;
                    Ok(bare)
                },
            ),
        ],
    },
    Contest {
        name: "restore of an emptied log",
        often: 1,
        contenders: &[
            contender("sqlite3 < dump", System("sh"), |site| {
                let load = "sqlite3 \"$1\" < \"$0\"";
                arguments([
                    &"-c",
                    &load,
                    &site.dump()?,
                    &site.scratch().join("loaded.db"),
                ])
            }),
            contender("unrewind restore, bare", Unrewind, |site| {
                let bare = restore(site, &site.unprojected(), "full", BARE)?;
                site.take_away("true")?;
                Ok(bare)
            }),
        ],
    },
    Contest {
        name: "10,000 snapshots",
        often: 3,
        contenders: &[
            contender("cat", System("sh"), |site| {
                arguments([&"-c", &"cat \"$0\"/*.json", &site.many_files()])
            }),
            contender("unrewind list", Unrewind, |site| of_many(site, &["list"])),
            // That there is nothing to recover is exit code 1.
            contender("unrewind recover, nothing lost", System("sh"), |site| {
                let recover = "HOME=$1 \"$0\" recover --data-dir \"$1\" --db \"$2\" || test $? = 1";
                arguments([
                    &"-c",
                    &recover,
                    &site.unrewind().get_program(),
                    &site.many(),
                    &site.few(),
                ])
            }),
            contender("unrewind prune --dry-run, all go", Unrewind, |site| {
                of_many(
                    site,
                    &["prune", "--kind", "rewind", "--keep", "1", "--dry-run"],
                )
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
/// A word that many of them contain.
const COMMON: &str = "harbour";

/// The options of a restore without safety snapshot and checkpoint.
const BARE: &[&str] = &["--no-safety-snapshot", "--no-checkpoint"];

/// A way to do a thing.
pub const fn contender(
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
pub fn arguments<const N: usize>(all: [&dyn AsRef<OsStr>; N]) -> anyhow::Result<Vec<OsString>> {
    Ok(all.map(|argument| argument.as_ref().to_owned()).to_vec())
}

/// A command on many small snapshots, with the database of which they were taken.
fn of_many(site: &Site, command: &[&str]) -> anyhow::Result<Vec<OsString>> {
    let mut all: Vec<OsString> = command.iter().map(OsString::from).collect();
    all.extend(arguments([
        &"--data-dir",
        &site.many(),
        &"--db",
        &site.few(),
    ])?);
    Ok(all)
}

fn search(site: &Site, text: &str, more: &[&str]) -> anyhow::Result<Vec<OsString>> {
    let (data, live) = (site.searched(), site.searched_live());
    let mut all = arguments([&"search", &text, &"--data-dir", &data, &"--db", &live])?;
    all.extend(more.iter().map(OsString::from));
    Ok(all)
}

/// A restore into a fresh copy of `database`.
pub fn restore(
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
