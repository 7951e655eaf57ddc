//! The events: the kind and the payload of each follow from its id.

use chrono::{DateTime, SecondsFormat};

use super::prose::Rng;

/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    YouDescribed,
    BotCreated,
    ChatStarted,
    ContainerAdded,
    SceneOpened,
    ActivityChanged,
    EdgeChanged,
    ClassifierFailed,
    MemoryFormed,
    Rewound,
    MessageSent,
    MessageReceived,
}

impl Kind {
    /// The number of events after which a new bot, and a new chat, appears.
    const BOT_EVERY: u32 = 20_000;
    const CHAT_EVERY: u32 = 10_000;

    /// One event in this many is of this kind instead of a message.
    const TURNS: [(u32, u32, Self); 10] = [
        (Self::BOT_EVERY, 1, Self::BotCreated),
        (Self::CHAT_EVERY, 2, Self::ChatStarted),
        (5_000, 3, Self::ContainerAdded),
        (500, 4, Self::SceneOpened),
        (200, 5, Self::ActivityChanged),
        (100, 6, Self::EdgeChanged),
        (2_500, 7, Self::ClassifierFailed),
        (50, 8, Self::MemoryFormed),
        (u32::MAX, 9, Self::YouDescribed),
        (1_000, 999, Self::Rewound),
    ];

    pub fn of(id: u32) -> Self {
        let is_its_turn = |(every, turn, _): &(u32, u32, Self)| id % every == *turn;
        match Self::TURNS.into_iter().find(is_its_turn) {
            Some((_, _, kind)) => kind,
            None if id.is_multiple_of(2) => Self::MessageSent,
            None => Self::MessageReceived,
        }
    }

    pub fn is_message(self) -> bool {
        matches!(self, Self::MessageSent | Self::MessageReceived)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::YouDescribed => "you_described",
            Self::BotCreated => "bot_created",
            Self::ChatStarted => "chat_started",
            Self::ContainerAdded => "container_added",
            Self::SceneOpened => "scene_opened",
            Self::ActivityChanged => "activity_changed",
            Self::EdgeChanged => "edge_changed",
            Self::ClassifierFailed => "classifier_failed",
            Self::MemoryFormed => "memory_formed",
            Self::Rewound => "rewind",
            Self::MessageSent => "message_sent",
            Self::MessageReceived => "message_received",
        }
    }
}

/// One event: its id in the log, and its payload.
pub struct Event {
    pub id: u32,
    pub ts: String,
    pub kind: Kind,
    pub bot: String,
    pub chat: u32,
    pub weight: f64,
    pub text: String,
}

impl Event {
    pub fn new(id: u32) -> Self {
        const BEGINNING: i64 = 1_700_000_000;
        const PAUSE: i64 = 20;
        let mut rng = Rng(u64::from(id));
        let kind = Kind::of(id);
        let chats = 1 + id.saturating_sub(2) / Kind::CHAT_EVERY;
        let chat = match kind {
            Kind::ChatStarted => chats,
            _ => 1 + rng.below(chats),
        };
        let bot = match kind {
            Kind::BotCreated => 1 + id / Kind::BOT_EVERY,
            _ => 1 + (chat - 1) * Kind::CHAT_EVERY / Kind::BOT_EVERY,
        };
        let length = if kind.is_message() {
            40 + rng.below(570)
        } else {
            20 + rng.below(120)
        };
        let seconds = BEGINNING + PAUSE * i64::from(id);
        let ts = DateTime::from_timestamp(seconds, 0).expect("such years are few");
        Self {
            id,
            ts: ts.to_rfc3339_opts(SecondsFormat::Secs, true),
            kind,
            bot: format!("bot-{bot}"),
            chat,
            weight: f64::from(rng.below(1_000)) / 1_000.0,
            text: rng.text(length as usize),
        }
    }

    pub fn is_hidden(&self) -> bool {
        self.id % 1_000 == 10
    }

    pub fn payload(&self) -> serde_json::Result<String> {
        let Self {
            bot,
            chat,
            weight,
            text,
            ..
        } = self;
        let text = serde_json::to_string(text)?;
        Ok(format!(
            r#"{{"bot_id": "{bot}", "chat_id": {chat}, "weight": {weight}, "text": {text}}}"#
        ))
    }
}
