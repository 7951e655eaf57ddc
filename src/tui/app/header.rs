//! The lines above the list, below the database: the rewind to recover from, whether a snapshot is due,
//! the timeline.

use super::App;
use crate::{
    core::{Due, Fit, RewoundRange},
    text,
    tui::{
        keymap::{Action, Context},
        screen::Timeline,
        status_bar::HeaderWarning,
    },
};

impl App {
    /// The warnings about live, the most urgent first: a start from a file that is no snapshot, a replay,
    /// lost events, a start that brings events back, tables that no snapshot holds.
    pub(super) fn warnings(&self) -> Vec<HeaderWarning> {
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        let replay = live.and_then(|live| {
            let briefly = text::replay_briefly(&live.replay)?;
            Some(HeaderWarning::of(text::replay(&live.replay)?, briefly))
        });
        let coverage = live.and_then(|live| {
            let [sentence, briefly] = text::coverage_briefly(&live.coverage)?;
            Some(HeaderWarning {
                explained: text::coverage(&live.coverage, &live.description),
                ..HeaderWarning::of(sentence, briefly)
            })
        });
        let shadowed = live.and_then(|live| {
            let sentence = text::shadowed(&live.shadows)?;
            Some(HeaderWarning::of(
                sentence,
                "the next start uses another file",
            ))
        });
        let warnings = [
            shadowed,
            replay,
            self.rewind_warning(),
            self.start_warning(),
            coverage,
        ];
        warnings.into_iter().flatten().collect()
    }

    /// Warns that the application's next start brings rewound events back.
    pub(super) fn start_warning(&self) -> Option<HeaderWarning> {
        let live = self.live.as_ref()?.as_ref().ok()?;
        let sentence = text::misfit(Fit {
            rewound: live.rows_back,
            ..Fit::default()
        })?;
        Some(HeaderWarning::of(sentence, "take a periodic snapshot"))
    }

    fn rewind_warning(&self) -> Option<HeaderWarning> {
        let rewind = self.rewind.found.as_ref()?;
        let count = rewind.gone.missed();
        let events = text::counted(count, "event");
        let ago = text::ago(rewind.snapshot.taken_at(), self.now);
        let key = self.setup.keys.key(Context::Snapshots, Action::Recover);
        let live = self.live.as_ref().and_then(|live| live.as_ref().ok());
        let last = live.map_or(0, |live| live.counts.last_event_id);
        let newer = u64::try_from(last - rewind.snapshot.last_event_id?).unwrap_or(0);
        // If more events would go than come back, the application has probably continued on purpose.
        let briefly = format!("{key} recovers {events}");
        let mut sentence = format!("{briefly} rewound {ago}");
        if newer > count {
            let newer = text::count(newer);
            sentence += &format!("; {newer} are newer, and you choose whether they stay");
        }
        // The plan explains it.
        let explained = Vec::new();
        Some(HeaderWarning {
            sentence,
            briefly,
            explained,
        })
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
            event: None,
            last: last.into_iter().chain(ends).max().unwrap_or(0),
            rewound_ranges: &self.rewind.rewound_ranges,
            lost,
            gap: self.profile.periodic.due_events,
        }
    }
}
