//! The demonstration's history: what a chat application and its snapshot service did in the fifteen
//! days that end with a bad rewind.
//!
//! It plays a script, `assets/demo.txt`, which defines what people say, the kinds of events and how
//! each changes the tables. This file owns the order of things: the log, the clock, the rewinds and
//! the service's snapshots. The history is plain data: nothing here opens a database, writes a file
//! or reads a clock.

use std::time::Duration;

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

use crate::core::file::snapshot::Kind;

const SCRIPT: &str = include_str!("../../../../assets/demo.txt");
const PERIODIC_TAKES: usize = 6;
const PERIODIC_EVENTS: usize = 100;
const PERIODIC_AGE: TimeDelta = TimeDelta::minutes(30);

/// Empties the projected tables, children before their parents.
const CLEAR: &str = "\
DELETE FROM memories;
DELETE FROM activity;
DELETE FROM scenes;
DELETE FROM containers;
DELETE FROM chat_state;
DELETE FROM chats;
DELETE FROM edges;
DELETE FROM bots;
DELETE FROM you_entity;
DELETE FROM classifier_failures;
";

/// One thing that happens in the demonstration's history.
pub enum DemoStep {
    /// SQL statements that the application runs at this time, in one transaction.
    Write(String),
    /// The service takes a snapshot of this kind.
    Take {
        /// The reason: before a rewind, or periodically.
        kind: Kind,
        /// The time, in whole seconds.
        at: DateTime<Utc>,
    },
}

/// Returns the history that ends at `now`, oldest step first.
///
/// The same `now` gives the same history. Only the newest few periodic snapshots are included: the
/// service has long deleted the others.
pub fn story(now: DateTime<Utc>) -> Vec<DemoStep> {
    let now = now.trunc_subsecs(0);
    let mut stage = DemoStage {
        now,
        clock: now,
        next_id: 1,
        ..DemoStage::default()
    };
    stage.kinds = kinds().collect();
    for paragraph in SCRIPT.split("\n\n") {
        if !paragraph.starts_with(['#', '=']) {
            paragraph.lines().for_each(|line| stage.play(line));
        }
    }
    without_old_periodic_takes(stage.steps)
}

/// Returns the statements that project an event of this kind from the log into the tables; `None` for a kind
/// that the demonstration does not have.
pub fn projection(kind: &str, id: i64) -> Option<String> {
    let kind = kinds().find(|known| known.name == kind)?;
    Some(of_event(kind.projection, id))
}

/// Returns the kinds of event that the script defines.
fn kinds() -> impl Iterator<Item = EventKind> {
    let paragraphs = SCRIPT.split("\n\n");
    let defined = paragraphs.filter(|paragraph| paragraph.starts_with('='));
    defined.map(EventKind::parse)
}

fn without_old_periodic_takes(mut steps: Vec<DemoStep>) -> Vec<DemoStep> {
    let is_periodic =
        |step: &DemoStep| matches!(step, DemoStep::Take { kind, .. } if *kind == Kind::Periodic);
    let takes = steps.iter().filter(|step| is_periodic(step)).count();
    let mut old = takes.saturating_sub(PERIODIC_TAKES);
    steps.retain(|step| {
        let gone = old > 0 && is_periodic(step);
        old -= usize::from(gone);
        !gone
    });
    steps
}

/// A kind of event, as defined by a paragraph of the script.
struct EventKind {
    /// Its name in the script.
    verb: &'static str,
    /// Its name in the log.
    name: &'static str,
    /// The members of its payload that a script's line gives, one word each; the last one takes the
    /// rest.
    given: Vec<&'static str>,
    /// The members of its payload that the application fills in.
    known: Vec<&'static str>,
    /// The statements that project the event `:event` from the log into the tables.
    projection: &'static str,
}

impl EventKind {
    fn parse(paragraph: &'static str) -> Self {
        let (heading, projection) = paragraph.split_once('\n').unwrap_or((paragraph, ""));
        let (given, known) = heading.split_once(" + ").unwrap_or((heading, ""));
        let mut given = given.split(' ').skip(1);
        Self {
            verb: given.next().unwrap_or_default(),
            name: given.next().unwrap_or_default(),
            given: given.collect(),
            known: known.split_whitespace().collect(),
            projection,
        }
    }
}

/// The state of the application and its service while the script is played.
#[derive(Default)]
struct DemoStage {
    now: DateTime<Utc>,
    clock: DateTime<Utc>,
    rng: u64,
    kinds: Vec<EventKind>,
    bot: &'static str,
    chat: &'static str,
    scene: i64,
    next_id: i64,
    /// The first event that the next rewind supersedes.
    mark: i64,
    /// The events that no rewind has superseded, with their projections.
    survivors: Vec<(i64, &'static str)>,
    newest_periodic: DateTime<Utc>,
    events_since_periodic: usize,
    steps: Vec<DemoStep>,
}

impl DemoStage {
    /// Plays one line of the script.
    fn play(&mut self, line: &'static str) {
        let (verb, words) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "at" => self.clock = self.now - age(words),
            "skip" => self.next_id += number(words),
            "mark" => self.mark = self.next_id,
            "rewind" => self.rewind(),
            _ => {
                self.pause(verb, words);
                self.enter_scene(verb, words);
                self.happen(verb, words);
            }
        }
    }

    /// Advances the clock by the time that a line takes: people type, bots are quick, the rest is
    /// quicker.
    fn pause(&mut self, verb: &str, words: &str) {
        let length = words.len() as u64;
        match verb {
            ">" => self.wait(8 + length / 5, 45),
            "<" => self.wait(3 + length / 25, 6),
            _ => self.wait(1, 2),
        }
    }

    fn wait(&mut self, seconds: u64, spread: u64) {
        self.rng = self
            .rng
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.clock += Duration::from_secs(seconds + (self.rng >> 33) % spread);
    }

    fn enter_scene(&mut self, verb: &str, words: &'static str) {
        if verb == "scene" {
            let mut words = words.split(' ');
            self.bot = words.next().unwrap_or_default();
            self.chat = words.next().unwrap_or_default();
            self.scene = self.next_id;
        }
    }

    /// Appends an event and projects it; then the service takes a snapshot if one is due.
    fn happen(&mut self, verb: &str, words: &str) {
        let id = self.next_id;
        let (insert, projection) = self.append(verb, words);
        let statements = insert + &of_event(projection, id);
        self.steps.push(DemoStep::Write(statements));
        self.take_periodic_when_due();
    }

    /// Takes the service's snapshot, then rewinds the application to the mark.
    fn rewind(&mut self) {
        self.wait(5, 10);
        self.take(Kind::Rewind);
        self.wait(1, 2);
        let (id, mark) = (self.next_id, self.mark);
        self.survivors.retain(|(survivor, _)| *survivor < mark);
        let (insert, _) = self.append("rewind", &format!("{mark} {}", id - 1));
        let supersede = format!(
            "UPDATE event_log SET superseded_by = {id} \
             WHERE id >= {mark} AND id < {id} AND superseded_by IS NULL;\n"
        );
        let mut statements = insert + &supersede + CLEAR;
        for (survivor, projection) in &self.survivors {
            statements += &of_event(projection, *survivor);
        }
        self.steps.push(DemoStep::Write(statements));
        self.take_periodic_when_due();
    }

    /// Appends an event to the log; returns the statement for it, and the projection that follows.
    fn append(&mut self, verb: &str, words: &str) -> (String, &'static str) {
        let Some(kind) = self.kinds.iter().find(|kind| kind.verb == verb) else {
            unreachable!("assets/demo.txt: nothing explains the verb {verb}")
        };
        let projection = kind.projection;
        let id = self.next_id;
        let ts = self.clock.to_rfc3339_opts(SecondsFormat::Secs, true);
        let payload = sql(&self.payload(kind, words));
        let insert = format!(
            "INSERT INTO event_log (id, ts, kind, payload_json) \
             VALUES ({id}, '{ts}', '{}', {payload});\n",
            kind.name
        );
        self.next_id += 1;
        self.events_since_periodic += 1;
        self.survivors.push((id, projection));
        (insert, projection)
    }

    /// Returns an event's payload as Python's `json.dumps` writes it with `ensure_ascii=False`.
    fn payload(&self, kind: &EventKind, words: &str) -> String {
        let mut members = Vec::new();
        for name in &kind.known {
            members.push(json_member(name, &self.known(kind, name)));
        }
        for (name, word) in kind.given.iter().zip(words.splitn(kind.given.len(), ' ')) {
            members.push(json_member(name, word));
        }
        format!("{{{}}}", members.join(", "))
    }

    /// Returns a member of the payload that the application fills in.
    fn known(&self, kind: &EventKind, name: &str) -> String {
        match name {
            "chat_id" => self.chat.to_owned(),
            "scene_id" => self.scene.to_string(),
            "event_id" => (self.next_id - 1).to_string(),
            "from" if kind.verb == ">" => "you".to_owned(),
            _ => self.bot.to_owned(),
        }
    }

    /// Applies the service's rule: 30 minutes or 100 events since the newest periodic snapshot.
    fn take_periodic_when_due(&mut self) {
        let old = self.clock - self.newest_periodic >= PERIODIC_AGE;
        if old || self.events_since_periodic >= PERIODIC_EVENTS {
            self.take(Kind::Periodic);
            self.newest_periodic = self.clock;
            self.events_since_periodic = 0;
        }
    }

    fn take(&mut self, kind: Kind) {
        let at = self.clock;
        self.steps.push(DemoStep::Take { kind, at });
    }
}

/// Returns a projection's statements for one event.
fn of_event(projection: &str, id: i64) -> String {
    projection.replace(":event", &id.to_string()) + "\n"
}

/// Writes a member of a JSON object; its name decides whether it is a number or a string.
fn json_member(name: &str, value: &str) -> String {
    let is_number = match name {
        "weight" | "importance" => true,
        "bot_id" => false,
        _ => name.ends_with("_id"),
    };
    if is_number {
        format!("\"{name}\": {value}")
    } else {
        format!("\"{name}\": {}", json(value))
    }
}

/// Writes a JSON string; a line of the script has no control characters to escape.
fn json(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Writes an SQL string.
fn sql(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Returns how long before the end a point in time is, from `D:HH:MM`.
fn age(moment: &str) -> TimeDelta {
    let minutes = moment
        .split(':')
        .zip([24 * 60, 60, 1])
        .map(|(part, unit)| number(part) * unit);
    TimeDelta::minutes(minutes.sum())
}

fn number(word: &str) -> i64 {
    word.parse()
        .unwrap_or_else(|_| unreachable!("assets/demo.txt: {word} is no number"))
}
