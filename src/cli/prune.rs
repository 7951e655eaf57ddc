//! `unrewind prune`.

use std::time::Duration;

use serde::Serialize;
use serde_json::{Map, Value};

use super::{Exit, KindArg, kinds, output, side::say_trouble};
use crate::{
    config::parse_span,
    core::Workspace,
    core::{Error, ExclusiveRows, Fate, Kind, PrunePlan, Retention, Snapshot, StoredIn, Verdict},
    text::{self, Align},
};

/// Delete the snapshots that the policies no longer keep
///
/// Without --kind, --keep is for periodic snapshots and --keep-within for rewind snapshots. With --kind, these
/// options are the whole policy of that kind: a snapshot stays if one of them keeps it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  unrewind prune --dry-run
  unrewind prune --kind rewind --keep-within 30d
  unrewind prune --keep 3 --yes")]
pub struct Args {
    /// Prune only this kind
    #[arg(long)]
    kind: Option<KindArg>,
    /// Keep the newest N
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Keep the snapshots that are not older than this, such as 14d or 36h
    #[arg(long, value_name = "SPAN", value_parser = parse_span)]
    keep_within: Option<Duration>,
    #[command(flatten)]
    how: How,
}

#[derive(Serialize)]
struct PlanJson {
    delete: Vec<VerdictJson>,
    keep: Vec<VerdictJson>,
    freed_bytes: u64,
    /// How many of those to delete the archive holds; `None` without an archive.
    archived: Option<usize>,
    /// How many are archived first.
    archived_first: usize,
    /// The rows that are lost for good, by table; `None` if they could not be compared.
    held_nowhere_else: Option<Map<String, Value>>,
}

#[derive(Serialize)]
struct VerdictJson {
    path: String,
    reason: String,
}

impl PlanJson {
    fn of(plan: &PrunePlan, lost: &Result<ExclusiveRows, Error>, workspace: &Workspace) -> Self {
        let json = |verdict: &Verdict| VerdictJson {
            path: verdict.snapshot.path.display().to_string(),
            reason: text::reason(verdict.reason),
        };
        let (delete, keep) = (
            plan.deleted().map(json).collect(),
            plan.kept().map(json).collect(),
        );
        Self {
            delete,
            keep,
            freed_bytes: plan.freed(),
            archived: workspace.store.has_archive().then(|| {
                plan.deleted()
                    .filter(|one| one.snapshot.stored_in == StoredIn::Both)
                    .count()
            }),
            archived_first: first(plan, workspace),
            held_nowhere_else: lost
                .as_ref()
                .ok()
                .filter(|lost| lost.unread.is_empty())
                .map(held_nowhere_else),
        }
    }
}

impl Args {
    fn retention(&self, kind: Kind, workspace: &Workspace) -> Retention {
        let policy = Retention::of(kind, &workspace.profile);
        let given = Retention {
            keep: self.keep,
            keep_within: self.keep_within,
        };
        match (self.kind, kind) {
            (Some(_), _) if given != Retention::default() => given,
            (None, Kind::Periodic) => Retention {
                keep: self.keep.or(policy.keep),
                ..policy
            },
            (None, Kind::Rewind) => Retention {
                keep_within: self.keep_within.or(policy.keep_within),
                ..policy
            },
            _ => policy,
        }
    }
}

pub(super) fn run(args: &Args, workspace: &Workspace) -> anyhow::Result<Exit> {
    let snapshots = workspace.store.list(&Kind::ALL)?;
    let mut plan = PrunePlan::default();
    for kind in kinds(args.kind) {
        let retention = args.retention(kind, workspace);
        if !args.how.force {
            PrunePlan::check(kind, retention)?;
        }
        plan = plan.and(PrunePlan::by_retention(
            &snapshots,
            kind,
            retention,
            workspace.now(),
        ));
    }
    carry_out(plan, &snapshots, args.how, workspace)
}

/// How a plan to delete is carried out.
#[derive(Clone, Copy, Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct How {
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Delete even if the policy keeps nothing, or the database is damaged or missing
    #[arg(long)]
    force: bool,
    /// Print what is deleted and what stays, with the reasons, for programs
    #[arg(long)]
    json: bool,
}

impl How {
    /// Returns whether the snapshots are deleted unseen.
    pub(super) fn asks_nothing(self) -> bool {
        self.yes && !self.dry_run
    }
}

/// Shows what goes and what exists nowhere else, asks, and deletes.
pub(super) fn carry_out(
    mut plan: PrunePlan,
    snapshots: &[Snapshot],
    how: How,
    workspace: &Workspace,
) -> anyhow::Result<Exit> {
    say_trouble(workspace.mark_archived(&mut plan)?.as_ref());
    let mut archived = plan.clone();
    archived.mark_archived(|one| workspace.archives_first(one));
    let lost = workspace.own_database().and_then(|database| {
        // If live's file is corrupt, these snapshots may be all that is left.
        let going = plan.deleted().next();
        going.map(|_| database.refuse_corrupt()).transpose()?;
        let profile = &workspace.profile;
        output::with_progress(|on| archived.lost(snapshots, &database, profile, on))
    });
    let json = PlanJson::of(&plan, &lost, workspace);
    if how.dry_run || plan.deleted().next().is_none() {
        if how.json {
            output::print_json(&json)?;
        } else {
            output::print(&plan_text(&plan, &lost, snapshots, workspace))?;
        }
        return Ok(Exit::Done);
    }
    if how.yes {
        match &lost {
            Err(error) if !how.force => return Err(refused(error)),
            _ if how.json => {}
            lost => {
                let links = links_text(&plan) + &start_text(&plan, snapshots, workspace);
                let lost = match lost {
                    Ok(lost) if lost.is_empty() => String::new(),
                    lost => lost_text(&plan, lost),
                };
                let said = links + &lost;
                if !said.is_empty() {
                    output::say_lines(said.trim_end());
                }
            }
        }
    } else {
        output::say_lines(&plan_text(&plan, &lost, snapshots, workspace));
        if !output::ask("Delete?")? {
            output::say("nothing was deleted");
            return Ok(Exit::Declined);
        }
    }
    let deleted = output::with_progress(|on| workspace.prune_with(plan, on))?;
    if how.json {
        output::print_json_done(&json)?;
    } else {
        let (count, freed) = (
            text::counted(deleted.len() as u64, "snapshot"),
            text::size(json.freed_bytes),
        );
        output::print_done(&format!("deleted {count}, freed {freed}\n"))?;
    }
    Ok(Exit::Done)
}

/// Refuses to delete unasked while live cannot be read.
fn refused(error: &Error) -> anyhow::Error {
    let what =
        format!("nothing was deleted: cannot find out which rows exist nowhere else: {error}");
    let force = "to delete them anyway, add --force".to_owned();
    let hints = text::hint(error).into_iter().chain([force]).collect();
    output::Hinted::new(what, hints).into()
}

/// Counts what is archived first.
fn first(plan: &PrunePlan, workspace: &Workspace) -> usize {
    let goes_first = |one: &&Verdict| workspace.archives_first(one);
    plan.deleted().filter(goes_first).count()
}

fn plan_text(
    plan: &PrunePlan,
    lost: &Result<ExclusiveRows, Error>,
    snapshots: &[Snapshot],
    workspace: &Workspace,
) -> String {
    let row = |verdict: &Verdict| {
        let fate = match verdict.fate {
            Fate::Keep => "keep",
            Fate::Delete => "delete",
        };
        vec![
            fate.to_owned(),
            verdict.snapshot.name(),
            text::size(verdict.snapshot.size),
            text::reason(verdict.reason),
        ]
    };
    let rows: Vec<Vec<String>> = plan.verdicts.iter().map(row).collect();
    let mut summary = text::prune_summary(plan);
    summary += &match first(plan, workspace) {
        0 => String::new(),
        1 => "; 1 goes to the archive first".to_owned(),
        first => format!("; {first} go to the archive first"),
    };
    text::columns(
        &rows,
        &[Align::Left, Align::Left, Align::Right, Align::Left],
    ) + &summary
        + "\n"
        + &keeps_text(plan, workspace)
        + &links_text(plan)
        + &start_text(plan, snapshots, workspace)
        + &lost_text(plan, lost)
}

/// Says what the archive keeps.
fn keeps_text(plan: &PrunePlan, workspace: &Workspace) -> String {
    let first = first(plan, workspace);
    let sentence = text::archive_keeps(workspace.archive_settings(), plan, first);
    sentence.map_or_else(String::new, |sentence| format!("{sentence}\n"))
}

fn start_text(plan: &PrunePlan, snapshots: &[Snapshot], workspace: &Workspace) -> String {
    let sentence = text::deleted_start(plan, snapshots, &workspace.profile);
    sentence.map_or_else(String::new, |sentence| format!("! {sentence}\n"))
}

/// Warns where an undo or a redo will not be possible any more.
fn links_text(plan: &PrunePlan) -> String {
    let links = plan
        .deleted()
        .filter(|one| one.snapshot.is_safety_snapshot());
    let names: Vec<String> = links.map(|one| one.snapshot.name()).collect();
    match names.len() {
        0 => String::new(),
        1 => format!(
            "! without the safety snapshot {} that restore cannot be undone\n",
            names[0]
        ),
        _ => format!(
            "! without the safety snapshots {} those restores cannot be undone\n",
            text::list(&names)
        ),
    }
}

/// Says which rows are lost with the deleted snapshots.
fn lost_text(plan: &PrunePlan, lost: &Result<ExclusiveRows, Error>) -> String {
    match lost {
        _ if plan.deleted().next().is_none() => String::new(),
        Ok(lost) if lost.is_empty() => "every row exists elsewhere, too\n".to_owned(),
        Ok(lost) => format!("! {}\n", text::unique(lost, plan.deleted().count())),
        Err(error) => format!("! cannot find out which rows exist nowhere else: {error}\n"),
    }
}

/// Returns the rows that are lost for good, by table.
pub(super) fn held_nowhere_else(lost: &ExclusiveRows) -> Map<String, Value> {
    let tables = lost.tables.iter();
    tables
        .map(|(table, rows)| (table.clone(), (*rows).into()))
        .collect()
}
