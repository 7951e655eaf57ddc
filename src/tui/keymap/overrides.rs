//! The key table with the user's own keys: what a key does in a context, and which key does
//! something.

use std::fmt::Display;

use crossterm::event::KeyEvent;
use serde::{Deserialize, Serialize, de::IntoDeserializer};

use super::{Action, BINDINGS, Binding, Context, KeyPress, key::Arrows};
use crate::config::{KeySetting, SettingPlace};

/// The key table with the user's own keys.
#[derive(Clone, Debug)]
pub struct Keymap {
    lines: Vec<KeyLine>,
}

/// One line of it.
#[derive(Clone, Debug)]
pub struct KeyLine {
    /// Where its keys work.
    pub context: Context,
    /// What they do.
    pub action: Action,
    /// Its label: a word or two.
    pub label: &'static str,
    help: &'static str,
    /// The keys.
    pub keys: Vec<KeyPress>,
    /// The names of the keys; the first is shown if only one fits.
    pub names: Vec<String>,
    /// Where the user set it.
    place: Option<SettingPlace>,
}

impl KeyLine {
    /// Whether it only moves: through the lines, or among the rows' columns.
    pub fn moves(&self) -> bool {
        let is_sideways = matches!(self.action, Action::Left | Action::Right);
        self.action.moves() || (is_sideways && self.context == Context::Rows)
    }

    fn of(binding: &Binding, arrows: Arrows) -> Self {
        let parse = |name: &str| name.parse().expect("the names in the key table are keys'");
        let mut line = Self {
            context: binding.context,
            action: binding.action,
            label: binding.label,
            help: binding.help,
            names: Vec::new(),
            keys: Vec::new(),
            place: None,
        };
        line.bind(binding.keys.split(' ').map(parse).collect(), arrows);
        line
    }

    fn bind(&mut self, keys: Vec<KeyPress>, arrows: Arrows) {
        self.names = keys.iter().map(|key| key.label(arrows)).collect();
        self.keys = keys;
    }
}

impl Default for Keymap {
    fn default() -> Self {
        Self::plain(Arrows::default())
    }
}

impl Keymap {
    fn plain(arrows: Arrows) -> Self {
        let lines = BINDINGS.iter().map(|binding| KeyLine::of(binding, arrows));
        Self {
            lines: lines.collect(),
        }
    }

    /// The key table with these settings in it.
    pub fn new(settings: &[KeySetting], arrows: Arrows) -> anyhow::Result<Self> {
        let mut map = Self::plain(arrows);
        for setting in settings {
            map.set(setting, arrows)?;
        }
        map.check()?;
        Ok(map)
    }

    fn set(&mut self, setting: &KeySetting, arrows: Arrows) -> anyhow::Result<()> {
        let KeySetting {
            context,
            action,
            keys,
            place,
        } = setting;
        let Some(context) = named::<Context>(context) else {
            let mut names: Vec<String> = BINDINGS.iter().map(|line| name(line.context)).collect();
            names.dedup();
            return Err(no_such(place, "place", context, &names));
        };
        let here = self.lines.iter_mut().filter(|line| line.context == context);
        let mut here: Vec<&mut KeyLine> = here.collect();
        let action_named = named::<Action>(action);
        let Some(line) = here
            .iter_mut()
            .find(|line| Some(line.action) == action_named)
        else {
            let names: Vec<String> = here.iter().map(|line| name(line.action)).collect();
            return Err(no_such(
                place,
                &format!("action in {}", name(context)),
                action,
                &names,
            ));
        };
        if keys.is_empty() {
            return Err(place.wrong(format!("{action} needs a key")));
        }
        let parse = |key: &crate::config::Set<String>| {
            key.value
                .parse::<KeyPress>()
                .map_err(|error| key.place.wrong(error))
        };
        let parsed: Vec<KeyPress> = keys.iter().map(parse).collect::<anyhow::Result<_>>()?;
        line.bind(parsed, arrows);
        line.place = Some(place.clone());
        Ok(())
    }

    /// Checks that no key has two meanings in one context.
    fn check(&self) -> anyhow::Result<()> {
        for own in self.lines.iter().filter(|line| line.place.is_some()) {
            let meets = |line: &&KeyLine| {
                let shared = BINDINGS.iter().map(|binding| binding.context);
                let mut shared =
                    shared.filter(|place| place.holds(own.context) && place.holds(line.context));
                line.action != own.action && shared.next().is_some()
            };
            for other in self.lines.iter().filter(meets) {
                let Some(twice) = own.keys.iter().find(|key| other.keys.contains(key)) else {
                    continue;
                };
                let place = own.place.as_ref().or(other.place.as_ref());
                let sentence = format!(
                    "{twice} is the key of {} in {}, too: give that another one under [keys.{}]",
                    name(other.action),
                    name(other.context),
                    name(other.context),
                );
                return Err(place.cloned().unwrap_or_default().wrong(sentence));
            }
        }
        Ok(())
    }

    /// Every line.
    pub fn lines(&self) -> impl Iterator<Item = &KeyLine> {
        self.lines.iter()
    }

    /// The lines whose keys work in a context.
    pub fn here(&self, context: Context) -> impl Iterator<Item = &KeyLine> {
        self.lines
            .iter()
            .filter(move |line| context.holds(line.context))
    }

    /// What a key does in a context.
    pub fn action(&self, context: Context, event: KeyEvent) -> Option<Action> {
        let key = KeyPress::of(event);
        let line = self.here(context).find(|line| line.keys.contains(&key))?;
        Some(line.action)
    }

    /// The name of the key that does something in a context.
    pub fn key(&self, context: Context, action: Action) -> &str {
        let line = self.here(context).find(|line| line.action == action);
        line.map_or("?", |line| &line.names[0])
    }

    /// What a line does, in a sentence; the keys in it are the user's.
    pub fn help(&self, line: &KeyLine) -> String {
        let mut parts = line.help.split(['{', '}']);
        let mut help = parts.next().unwrap_or_default().to_owned();
        // Every other part is between braces.
        while let Some(named) = parts.next() {
            help += self.named_key(line.context, named);
            help += parts.next().unwrap_or_default();
        }
        help
    }

    /// The key of an action that a sentence about a context names.
    fn named_key(&self, here: Context, name: &str) -> &str {
        let (context, action) = match name.split_once('.') {
            Some((context, action)) => (named(context), action),
            None => (Some(here), name),
        };
        let bound = context.zip(named(action));
        bound.map_or("?", |(context, action)| self.key(context, action))
    }

    /// The keys that do these things in a context, each with what it does.
    pub fn hints(&self, context: Context, actions: &[Action]) -> String {
        let lines = actions
            .iter()
            .filter_map(|action| self.here(context).find(|line| line.action == *action));
        let hints = lines.map(|line| format!("{} {}", line.names[0], line.label));
        hints.collect::<Vec<_>>().join("  ")
    }
}

/// The name of an action or a context in the user's configuration.
pub fn name(what: impl Serialize) -> String {
    match serde_json::to_value(what) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

fn named<'n, T: Deserialize<'n>>(name: &'n str) -> Option<T> {
    let name: serde::de::value::StrDeserializer<'_, serde::de::value::Error> =
        name.into_deserializer();
    T::deserialize(name).ok()
}

fn no_such(
    place: &SettingPlace,
    what: &str,
    name: impl Display,
    there_are: &[String],
) -> anyhow::Error {
    let there_are = there_are.join(", ");
    place.wrong(format!(
        "there is no {what} called {name}: there are {there_are}"
    ))
}
