//! Chat databases of any size for the benches: the same number of events gives the same database.
//!
//! What an event does depends on its id alone, so a larger database begins like a smaller one. This
//! file knows the application's schema, and nothing of Unrewind.

mod event;
mod prose;

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, Params, Transaction, params};

use self::event::{Event, Kind};

const SCHEMA: &str = include_str!("../assets/chat.sql");

/// Builds a database with this many events, as the application leaves it.
pub fn build(path: &Path, events: u32) -> anyhow::Result<()> {
    let mut connection = Connection::open(path)?;
    // A half-built database is of no use after a crash, so it needs no journal.
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF;",
    )?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    let mut application = Application::new(&transaction)?;
    for _ in 0..events {
        application.go_on()?;
    }
    application.store_chat_states()?;
    transaction.commit()?;
    connection.execute_batch("PRAGMA journal_mode = WAL;")?;
    Ok(())
}

/// Adds this many events, the last of which rewinds further back than they reach.
///
/// An earlier snapshot is then this many events behind live, and holds some that live has rewound.
pub fn advance(path: &Path, events: u32) -> anyhow::Result<()> {
    let mut connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA foreign_keys = OFF;")?;
    let transaction = connection.transaction()?;
    let mut application = Application::new(&transaction)?;
    for _ in 1..events {
        application.go_on()?;
    }
    application.rewind(events + events / 10)?;
    application.store_chat_states()?;
    transaction.commit()?;
    Ok(())
}

/// The application at work in one transaction: it appends events and projects them.
struct Application<'t> {
    transaction: &'t Transaction<'t>,
    next_id: u32,
    /// By chat, what its state still lacks: the number of new messages, and the time of the last.
    untold: BTreeMap<u32, (i32, String)>,
}

impl<'t> Application<'t> {
    /// The number of events that a usual rewind undoes.
    const USUAL_REWIND: u32 = 5;

    fn new(transaction: &'t Transaction<'t>) -> rusqlite::Result<Self> {
        let sql = "SELECT coalesce(max(id), 0) + 1 FROM event_log";
        Ok(Self {
            transaction,
            next_id: transaction.query_row(sql, [], |row| row.get(0))?,
            untold: BTreeMap::new(),
        })
    }

    /// Appends the next event.
    fn go_on(&mut self) -> anyhow::Result<()> {
        if Kind::of(self.next_id) == Kind::Rewound {
            return self.rewind(Self::USUAL_REWIND);
        }
        let event = Event::new(self.next_id);
        self.append(&event)?;
        self.project(event)
    }

    /// Rewinds the last `count` events. Bots and chats stay.
    fn rewind(&mut self, count: u32) -> anyhow::Result<()> {
        let event = Event {
            kind: Kind::Rewound,
            ..Event::new(self.next_id)
        };
        self.append(&event)?;
        let mark = event.id.saturating_sub(count).max(1);
        self.run(
            "UPDATE event_log SET superseded_by = ?1
             WHERE id >= ?2 AND id < ?1 AND superseded_by IS NULL",
            params![event.id, mark],
        )?;
        for table in ["memories", "scenes", "activity"] {
            self.run(&format!("DELETE FROM {table} WHERE id >= ?1"), [mark])?;
        }
        for rewound in (mark..event.id).map(Event::new) {
            if rewound.kind.is_message() {
                self.untold_of(rewound.chat).0 -= 1;
            }
        }
        Ok(())
    }

    fn append(&mut self, event: &Event) -> anyhow::Result<()> {
        let Event { id, ts, kind, .. } = event;
        self.run(
            "INSERT INTO event_log (id, ts, kind, payload_json, hidden) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![id, ts, kind.name(), event.payload()?, event.is_hidden()],
        )?;
        self.next_id += 1;
        Ok(())
    }

    fn project(&mut self, event: Event) -> anyhow::Result<()> {
        let Event {
            id,
            ts,
            kind,
            bot,
            chat,
            weight,
            text,
        } = event;
        match kind {
            Kind::YouDescribed => self.run(
                "INSERT INTO you_entity (id, name, about) VALUES (1, 'Noor', ?1)",
                [text],
            ),
            Kind::BotCreated => self.run(
                "INSERT INTO bots (id, name, persona, created_at) VALUES (?1, upper(?1), ?2, ?3)",
                params![bot, text, ts],
            ),
            Kind::ChatStarted => {
                self.run(
                    "INSERT INTO chats (id, bot_id, title, created_at) VALUES (?1, ?2, ?3, ?4)",
                    params![chat, bot, text, ts],
                )?;
                self.run("INSERT INTO chat_state (chat_id) VALUES (?1)", [chat])
            }
            Kind::ContainerAdded => self.run(
                "INSERT INTO containers (id, chat_id, name) VALUES (?1, ?2, ?3)",
                params![id, chat, text],
            ),
            Kind::SceneOpened => self.run(
                "INSERT INTO scenes (id, container_id, summary, started_at)
                 VALUES (?1, (SELECT max(id) FROM containers), ?2, ?3)",
                params![id, text, ts],
            ),
            Kind::ActivityChanged => self.run(
                "INSERT INTO activity (id, bot_id, doing, since) VALUES (?1, ?2, ?3, ?4)",
                params![id, bot, text, ts],
            ),
            Kind::EdgeChanged => self.run(
                "INSERT OR REPLACE INTO edges (source, target, feeling, weight, updated_at)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
                params![bot, format!("friend-{}", chat % 9), text, weight, ts],
            ),
            Kind::ClassifierFailed => self.run(
                "INSERT INTO classifier_failures (id, event_id, classifier, error)
                 VALUES (?1, ?1 - 1, 'mood', ?2)",
                params![id, text],
            ),
            Kind::MemoryFormed => self.run(
                "INSERT INTO memories (id, chat_id, scene_id, text, importance, created_at)
                 VALUES (?1, ?2, (SELECT max(id) FROM scenes), ?3, ?4, ?5)",
                params![id, chat, text, weight, ts],
            ),
            Kind::MessageSent | Kind::MessageReceived => {
                let untold = self.untold_of(chat);
                *untold = (untold.0 + 1, ts);
                Ok(())
            }
            Kind::Rewound => Ok(()),
        }
    }

    fn untold_of(&mut self, chat: u32) -> &mut (i32, String) {
        self.untold.entry(chat).or_default()
    }

    /// Writes each chat's state once: it would change with each message.
    fn store_chat_states(self) -> anyhow::Result<()> {
        for (chat, (messages, last)) in &self.untold {
            self.run(
                "UPDATE chat_state SET message_count = message_count + ?2,
                 last_message_at = coalesce(nullif(?3, ''), last_message_at) WHERE chat_id = ?1",
                params![chat, messages, last],
            )?;
        }
        Ok(())
    }

    fn run(&self, sql: &str, parameters: impl Params) -> anyhow::Result<()> {
        self.transaction.prepare_cached(sql)?.execute(parameters)?;
        Ok(())
    }
}
