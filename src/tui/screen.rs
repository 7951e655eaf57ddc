//! The screens: each is state, what changes it, and how it is drawn.

mod preview;
mod snapshots;

pub use preview::{Counted, Preview};
pub use snapshots::{Banner, Snapshots};

use chrono::{DateTime, Utc};

use super::theme::Theme;
use crate::text::Zone;

/// What every drawing needs to know besides its own state.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// How things look.
    pub theme: &'a Theme,
    /// What time it is.
    pub now: DateTime<Utc>,
    /// In which zone times are told.
    pub zone: Zone,
}
