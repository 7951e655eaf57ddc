//! The lines above the list, below the database: the rewind to recover from, whether a snapshot is due,
//! the timeline.

use super::App;
use crate::{
    core::{Due, RewoundRange},
    text,
    tui::{
        keymap::{Action, Context},
        screen::Timeline,
        theme::Role,
        widget::Text,
    },
};

impl App {
    /// The warning in the header: a replay, lost events, or a table that no snapshot holds.
    pub(super) fn banner(&self) -> Option<Text> {
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        let replay = live.and_then(|live| text::replay(&live.replay));
        let replay = replay.map(|sentence| Text::of(format!("! {sentence}"), Role::Warning));
        replay.or_else(|| self.rewind_banner()).or_else(|| {
            let sentence = text::coverage_briefly(&live?.coverage)?;
            Some(Text::of(format!("! {sentence}"), Role::Warning))
        })
    }

    fn rewind_banner(&self) -> Option<Text> {
        let rewind = self.rewind.found.as_ref()?;
        let count = rewind.gone.events.count;
        let events = text::counted(count, "event");
        let ago = text::ago(rewind.snapshot.taken_at(), self.now);
        let key = self.setup.keys.key(Context::Snapshots, Action::Recover);
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        let last = live.map_or(0, |live| live.counts.last_event_id);
        let newer = u64::try_from(last - rewind.snapshot.last_event_id?).unwrap_or(0);
        // A narrow screen cuts off the least important part. If more events would go than come back, the
        // application has probably continued on purpose.
        let sentence = if newer > count {
            let newer = text::count(newer);
            format!(
                "! {key} recovers {events}, drops up to {newer} newer: the rewind {ago} took them back"
            )
        } else {
            format!("! {key} recovers {events} rewound {ago}")
        };
        Some(Text::of(sentence, Role::Warning))
    }

    /// Whether a periodic snapshot is due now.
    pub(super) fn due(&self) -> Option<Due> {
        let live = self.live.as_ref()?.as_ref().ok()?;
        let newest = Due::newest(self.snapshots.all());
        Some(Due::decide(
            newest,
            live.since_periodic,
            &self.profile,
            self.now,
        ))
    }

    pub(super) fn timeline(&self) -> Timeline<'_> {
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        let lost = self.rewind.found.as_ref().and_then(|rewind| {
            let first = rewind.gone.events.first.first()?;
            Some(RewoundRange {
                first: first.id,
                last: rewind.snapshot.last_event_id?,
            })
        });
        let ends = self
            .snapshots
            .all()
            .iter()
            .filter_map(|one| one.last_event_id);
        let last = live.map(|live| live.counts.last_event_id);
        Timeline {
            snapshots: self.snapshots.all(),
            selected: self.snapshots.selected(),
            last: last.into_iter().chain(ends).max().unwrap_or(0),
            rewound_ranges: &self.rewind.rewound_ranges,
            lost,
            gap: self.profile.periodic.due_events,
        }
    }
}
