//! The profiles that come with Unrewind, each a file in `assets/profiles`.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::{DEFAULTS, Layer, parse};
use crate::core::{Reasoned, ShippedProfile, TableShape};

/// Each file's name and text.
const FILES: [(&str, &str); 8] = [
    ("chat", include_str!("../../assets/profiles/chat.toml")),
    (
        "langgraph",
        include_str!("../../assets/profiles/langgraph.toml"),
    ),
    (
        "eventsourcing",
        include_str!("../../assets/profiles/eventsourcing.toml"),
    ),
    (
        "openai-agents",
        include_str!("../../assets/profiles/openai-agents.toml"),
    ),
    (
        "google-adk",
        include_str!("../../assets/profiles/google-adk.toml"),
    ),
    (
        "google-adk-v0",
        include_str!("../../assets/profiles/google-adk-v0.toml"),
    ),
    ("llm", include_str!("../../assets/profiles/llm.toml")),
    (
        "open-webui",
        include_str!("../../assets/profiles/open-webui.toml"),
    ),
];

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    name: String,
    notes: Vec<String>,
    required: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    optional: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    exclude: BTreeMap<String, String>,
    /// The keys of a data folder's `unrewind.toml`.
    profile: Layer,
}

/// Returns the profiles that come with Unrewind.
/// Fails only if a file of the program's own is wrong.
pub fn shipped_profiles() -> anyhow::Result<Vec<ShippedProfile>> {
    FILES
        .iter()
        .map(|(name, text)| shipped(name, text))
        .collect()
}

fn shipped(name: &str, text: &str) -> anyhow::Result<ShippedProfile> {
    let path = format!("assets/profiles/{name}.toml");
    let file: ProfileFile = parse(text, Path::new(&path))?;
    let defaults = Layer::parse(DEFAULTS, Path::new("assets/config.toml"))?;
    let excluded = file.exclude.into_iter();
    Ok(ShippedProfile {
        name: file.name,
        required: shapes(file.required),
        optional: shapes(file.optional),
        excluded: excluded
            .map(|(table, why)| Reasoned { table, why })
            .collect(),
        notes: file.notes,
        profile: file.profile.over(defaults).config(None)?.profile,
    })
}

fn shapes(tables: BTreeMap<String, Vec<String>>) -> Vec<TableShape> {
    let tables = tables.into_iter();
    tables
        .map(|(table, columns)| TableShape { table, columns })
        .collect()
}
