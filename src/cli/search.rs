//! `unrewind search`.

use clap::ValueEnum;
use serde_json::{Map, Value as Json, json};

use super::{
    Exit, KindArg, kinds,
    list::rfc3339,
    output,
    side::{archive_failed, readable},
};
use crate::{
    core::Workspace,
    core::{
        AllSnapshots, Case, Database, Error, EventStatus, Finding, Findings, Place, Query,
        SearchScope, Snapshot, Syntax, search,
    },
    text,
};

/// Find a text in every snapshot and in live
///
/// Searches the text of every column and, in JSON, the strings. Exit code 0 if the text is found, 1 if not, 2 if
/// live or a snapshot could not be searched; it is then named.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind search lighthouse
  unrewind search --regex 'steps?' --table memories --kind rewind --json")]
pub struct Args {
    /// The text; lower-case letters also match capitals
    #[arg(value_name = "TEXT")]
    text: String,
    /// Read TEXT as a regular expression
    #[arg(long)]
    regex: bool,
    /// Whether case matters
    #[arg(long, value_name = "HOW", default_value = "smart")]
    case: CaseArg,
    /// Search only snapshots of this kind, and live
    #[arg(long)]
    kind: Option<KindArg>,
    /// Search only this table; may be given several times
    #[arg(long, value_name = "TABLE")]
    table: Vec<String>,
    /// Show at most this many rows
    #[arg(long, value_name = "ROWS", default_value_t = 1000, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..))]
    limit: usize,
    /// Also search the snapshots in an archive on another machine
    #[arg(long)]
    archived: bool,
    /// Print one object, for programs: the key of each row, and the snapshots that hold it
    #[arg(long)]
    json: bool,
}

/// Whether case matters, as an argument.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum CaseArg {
    /// Case matters if TEXT has a capital letter
    Smart,
    /// Case matters
    Exact,
    /// Case does not matter
    Ignore,
}

impl From<CaseArg> for Case {
    fn from(case: CaseArg) -> Self {
        match case {
            CaseArg::Smart => Self::Smart,
            CaseArg::Exact => Self::Exact,
            CaseArg::Ignore => Self::Ignored,
        }
    }
}

/// The sides that were searched, and the results.
struct SearchedSides<'a> {
    snapshots: &'a [Snapshot],
    findings: Findings,
    most: usize,
    /// Why live could not be searched.
    no_live: Option<Error>,
    /// Why the archive may hold other snapshots.
    no_archive: Option<Error>,
    workspace: &'a Workspace,
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let syntax = if args.regex {
        Syntax::Regex
    } else {
        Syntax::Text
    };
    let query = Query::new(&args.text, syntax, args.case.into())?.in_tables(args.table.clone());
    let AllSnapshots { snapshots, trouble } =
        readable(&kinds(args.kind), args.archived, workspace)?;
    let (live, no_live) = match workspace.database() {
        Ok(database) => (Some(database), None),
        Err(error) if snapshots.is_empty() => return Err(error.into()),
        Err(error) => (None, Some(error)),
    };
    let mut searched = SearchedSides {
        snapshots: &snapshots,
        findings: Findings::at_most(args.limit),
        most: args.limit,
        no_live,
        no_archive: trouble,
        workspace,
    };
    searched.search(&query, live.as_ref())?;
    if args.json {
        searched.print_json()?;
    } else {
        searched.print()?;
    }
    Ok(searched.exit())
}

impl SearchedSides<'_> {
    fn search(&mut self, query: &Query, live: Option<&Database>) -> Result<(), Error> {
        let scope = SearchScope {
            profile: &self.workspace.profile,
            live,
            snapshots: self.snapshots,
            cache: &self.workspace.cache,
            store: &self.workspace.store,
            most: self.most,
        };
        output::with_progress(|on| search(query, scope, &mut |event| self.findings.add(event), on))
    }

    fn exit(&self) -> Exit {
        if self.failed().next().is_some() || self.no_archive.is_some() {
            Exit::Unsure
        } else if self.findings.rows().is_empty() && !self.findings.has_more() {
            Exit::NotFound
        } else {
            Exit::Done
        }
    }

    fn has_live(&self) -> bool {
        self.no_live.is_none()
    }

    /// Returns the sides that could not be searched, and why.
    fn failed(&self) -> impl Iterator<Item = (String, String)> + '_ {
        let side = |place: Place| match place {
            Place::Live => "live".to_owned(),
            Place::Snapshot(index) => self.snapshots[index].name(),
        };
        let without_live = self.no_live.iter();
        let without_live = without_live.map(|error| (Place::Live, error.to_string()));
        let failed = self.findings.failed().iter().cloned();
        without_live
            .chain(failed)
            .map(move |(place, reason)| (side(place), reason))
    }

    fn print(&self) -> anyhow::Result<()> {
        let rows = self.findings.rows();
        for finding in rows {
            output::print(&self.finding_text(finding))?;
        }
        for (side, reason) in self.failed() {
            output::say(&format!("! {side} could not be searched: {reason}"));
        }
        if self.findings.has_more() {
            output::say(&format!(
                "! more than {} {}: search for a longer text, or raise --limit",
                text::counted(rows.len() as u64, "row"),
                if rows.len() == 1 { "matches" } else { "match" }
            ));
        }
        let failed = self.findings.failed();
        let (live, unread): (Vec<_>, Vec<_>) =
            failed.iter().partition(|(place, _)| *place == Place::Live);
        let has_live = self.has_live() && live.is_empty();
        output::say(&format!(
            "{} found in {}{}",
            text::counted(rows.len() as u64, "row"),
            if has_live { "live and " } else { "" },
            text::counted((self.snapshots.len() - unread.len()) as u64, "snapshot"),
        ));
        Ok(())
    }

    fn finding_text(&self, finding: &Finding) -> String {
        const WIDTH: usize = 100;
        let key = finding
            .key
            .iter()
            .map(|(column, value)| format!("{column} = {value}"));
        let key = text::fit(&key.collect::<Vec<_>>().join(", "), WIDTH);
        let excerpt = text::excerpt(&finding.excerpt, WIDTH).concat();
        let in_snapshots = text::in_snapshots(finding, self.snapshots, self.workspace.now());
        let mut text = format!(
            "{}, {key}\n  {}: {excerpt}\n",
            text::one_line(&finding.table),
            text::one_line(&finding.excerpt.column),
        );
        if !self.has_live() {
            return text + &format!("  {in_snapshots}\n\n");
        }
        text += &format!("  {}; {in_snapshots}\n", text::in_live(finding));
        if !finding.is_in_live() {
            match finding.counts_in() {
                Some((index, _)) => {
                    let name = self.snapshots[index].name();
                    let name = text::one_line(&name);
                    let command = format!("`unrewind restore {name} --dry-run`");
                    text += &format!("  to get it back: {}\n", text::runnable(&command));
                }
                None => text += "  no snapshot holds it as it was before the rewind\n",
            }
        }
        text + "\n"
    }

    /// Prints the findings as JSON, row by row.
    fn print_json(&self) -> anyhow::Result<()> {
        let failed: Map<String, Json> = self
            .failed()
            .chain(archive_failed(self.no_archive.as_ref()))
            .map(|(side, reason)| (side, reason.into()))
            .collect();
        output::print_json_text(&format!(
            "{{\"snapshots\": {}, \"live\": {}, \"failed\": {}, \"more\": {}, \"rows\": [",
            self.snapshots.len(),
            self.has_live(),
            serde_json::to_string(&failed)?,
            self.findings.has_more(),
        ))?;
        let mut separator = "";
        for finding in self.findings.rows() {
            let row = self.finding_json(finding);
            output::print_json_text(&format!("{separator}\n  {row}"))?;
            separator = ",";
        }
        output::print_json_text("\n]}\n")
    }

    fn finding_json(&self, finding: &Finding) -> Json {
        let snapshots: Vec<&Snapshot> = finding
            .snapshots()
            .map(|index| &self.snapshots[index])
            .collect();
        let names: Vec<String> = snapshots.iter().map(|snapshot| snapshot.name()).collect();
        let seen = |snapshot: Option<&&Snapshot>| snapshot.map(|it| rfc3339(it.taken_at()));
        let key = finding.key.iter();
        let key: Map<String, Json> = key
            .map(|(column, value)| (column.clone(), value.to_json()))
            .collect();
        let excerpt = &finding.excerpt;
        json!({
            "table": finding.table,
            "key": key,
            "column": excerpt.column,
            "excerpt": { "before": excerpt.before, "found": excerpt.found, "behind": excerpt.behind },
            "live": finding.live.map(|status| match status {
                EventStatus::Active => "active",
                EventStatus::Rewound => "rewound",
                EventStatus::Hidden => "hidden",
            }),
            "snapshots": names,
            "first_seen": seen(snapshots.last()),
            "last_seen": seen(snapshots.first()),
            "restore": finding.counts_in().map(|(index, _)| self.snapshots[index].name()),
        })
    }
}
