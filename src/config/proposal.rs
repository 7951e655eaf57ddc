//! Writes a proposed profile as a configuration file, with the reasons as comments.

use std::path::Path;

use crate::core::{Log, LogCandidate, Proposal, Reasoned, Recognized, is_plain, one_line};

/// Returns the text of a file that describes `database` as proposed, for the data folder
/// `data_dir`.
pub fn proposed(proposal: &Proposal, database: &Path, data_dir: &Path) -> String {
    let name = database.file_name().unwrap_or_default().to_string_lossy();
    let mut text = format!(
        "# How Unrewind sees {}, as `unrewind init` proposes it.\n\n",
        one_line(&name)
    );
    text.extend(proposal.recognized.iter().map(recognized));
    text += &tables(proposal);
    let patterns = proposal.patterns();
    let excluded = proposal.excluded.iter().zip(&patterns);
    text += &list(
        "exclude",
        excluded.map(|(reasoned, pattern)| (pattern.as_str(), reasoned)),
    );
    for (index, Reasoned { table, why }) in proposal.doubtful.iter().enumerate() {
        if index == 0 {
            text += "# Kept, because only you can decide whether to leave them out; to do so, name them in exclude:\n";
        }
        text += &format!("# {}\n", one_line(&format!("{table}: {why}")));
    }
    let rowids = proposal.rowids.iter();
    text += &list(
        "rowids",
        rowids.map(|reasoned| (reasoned.table.as_str(), reasoned)),
    );
    if proposal.log.is_none() {
        text += "\n# No table looks like an event log";
        if let Some(other) = proposal.others.first() {
            text += &format!("; {} does most", one_line(&other.log.table));
        }
        text += ". Without one Unrewind cannot know\n# what a rewind removed, and decides by age and content whether a snapshot is due.\nlog = \"none\"\n";
    }
    text += &format!(
        "\n[database]\nfile = {}\n",
        quoted(&file(database, data_dir))
    );
    if let Some(candidate) = &proposal.log {
        text += &log(candidate, &proposal.others);
    }
    text
}

/// Names the application of a shipped profile, and the tables that are known as its own.
fn recognized(known: &Recognized) -> String {
    let mut text = format!("# By their columns, these are tables of {}:\n", known.name);
    text += &names(&known.by);
    for note in &known.notes {
        text += &format!("# {note}\n");
    }
    text + "\n"
}

/// Writes which tables a snapshot holds.
fn tables(proposal: &Proposal) -> String {
    let Some(order) = &proposal.order else {
        let mut text = "# Every table but the event log and those excluded:\n".to_owned();
        text += &names(&proposal.tables);
        return text + "tables = \"auto\"\n";
    };
    let mut text = "# In the order in which a snapshot holds them:\ntables = [\n".to_owned();
    for table in order {
        text += &format!("    {},\n", quoted(table));
    }
    text += "]\n";
    if proposal.replays_on_start {
        text += "# Its start loads the newest periodic snapshot and replays the events after it:\n";
        text += "replays_on_start = true\n";
    }
    text
}

/// Lists names in comments, six a line.
fn names(names: &[String]) -> String {
    let mut text = String::new();
    for names in names.chunks(6) {
        text += &format!("# {}\n", one_line(&names.join(", ")));
    }
    text
}

/// Returns the database's path relative to the data folder if it is there, else the absolute path.
fn file(database: &Path, data_dir: &Path) -> String {
    let whole = |path: &Path| dunce::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (database, data_dir) = (whole(database), whole(data_dir));
    let within = database.strip_prefix(&data_dir).unwrap_or(&database);
    within.to_string_lossy().into_owned()
}

fn list<'a>(key: &str, entries: impl Iterator<Item = (&'a str, &'a Reasoned)>) -> String {
    let entry = |(name, reasoned): (&str, &Reasoned)| {
        format!("    {}, # {}\n", quoted(name), one_line(&reasoned.why))
    };
    let entries: String = entries.map(entry).collect();
    if entries.is_empty() {
        return entries;
    }
    format!("{key} = [\n{entries}]\n")
}

fn log(candidate: &LogCandidate, others: &[LogCandidate]) -> String {
    let mut text = "\n[log]\n".to_owned();
    for reason in &candidate.reasons {
        text += &format!("# {}\n", one_line(reason));
    }
    for other in others {
        let (name, reasons) = (&other.log.table, other.reasons.join("; "));
        text += &one_line(&format!("# less likely: {name}: {reasons}"));
        text.push('\n');
    }
    if candidate.reuses_ids {
        text += "# Without AUTOINCREMENT new events may reuse the ids of deleted ones: then an event is\n";
        text += "# identified by its id with time, branch and kind, or without a time by all its columns.\n";
    }
    let Log {
        table,
        columns,
        id,
        time,
        branch,
        kind,
        payload,
        superseded_by,
        hidden,
        active,
        rewind_kinds,
        person_kinds,
    } = &candidate.log;
    text += &format!("table = {}\n", quoted(table));
    if !columns.is_empty() {
        text += "# The first columns of each event in a snapshot:\n";
        text += &format!("columns = {}\n", array(columns));
    }
    text += &format!("id = {}\n", quoted(id));
    let meanings = [
        ("time", time, "when it happened"),
        ("branch", branch, "on which branch"),
        ("kind", kind, "what kind of event it is"),
        ("payload", payload, "its text, or JSON that holds it"),
        (
            "superseded_by",
            superseded_by,
            "not NULL in a rewound event",
        ),
        (
            "hidden",
            hidden,
            "neither NULL nor 0 in an event that does not count",
        ),
        ("active", active, "0 in a rewound event"),
    ];
    for (key, column, _) in meanings {
        if let Some(column) = column {
            text += &format!("{key} = {}\n", quoted(column));
        }
    }
    if superseded_by.is_some() && kind.is_some() {
        text += "# Kinds of event that only rewind others:\n";
        text += &format!("# rewind_kinds = {}\n", array(rewind_kinds));
    }
    if kind.is_some() {
        text += "# Kinds of event that a person writes; without this, every kind counts as one:\n";
        text += &match &person_kinds[..] {
            [] => "# person_kinds = [\"…\"]\n".to_owned(),
            kinds => format!("person_kinds = {}\n", array(kinds)),
        };
    }
    let mut unknown = meanings.iter().filter(|(_, column, _)| column.is_none());
    if let Some(first) = unknown.next() {
        text += "# If a column has one of these meanings, name it:\n";
        for (key, _, meaning) in std::iter::once(first).chain(unknown) {
            text += &format!("# {key} = \"…\"  # {meaning}\n");
        }
    }
    text
}

fn array(texts: &[String]) -> String {
    let quoted: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", quoted.join(", "))
}

/// Quotes a text for TOML, on one line and without invisible characters.
fn quoted(text: &str) -> String {
    let mut quoted = "\"".to_owned();
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            plain if is_plain(plain) => quoted.push(plain),
            other => quoted += &format!("\\U{:08x}", u32::from(other)),
        }
    }
    quoted + "\""
}
