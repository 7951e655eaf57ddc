//! Sentences about a moment between snapshots: which event it is, and where its tables come from.

use super::{super::counted, Point};
use crate::{
    core::{Anchor, ComposedMoment, Replayed, Snapshot},
    text::event_id,
};

/// Describes a moment that is restored, after which the application replays so many events.
pub fn moment(composed: &ComposedMoment, replays: u64) -> Vec<Point> {
    let moment = &composed.moment;
    let (event, time) = (event_id(moment.event), moment.time.as_deref());
    let at = time.map_or(String::new(), |time| format!(", {time}"));
    let of = match &moment.anchor {
        Anchor::Live => "live".to_owned(),
        Anchor::Snapshot(snapshot) => snapshot.name(),
    };
    let mut points = vec![Point::plain(format!(
        "the event log becomes that of {of} just after event {event}{at}"
    ))];
    let begins = event_id(composed.begins());
    let replayed_later = counted(replays, "event");
    points.push(match (composed.replayed, &composed.base) {
        (Some(now), base) => replayed(now, base.as_ref()),
        (None, Some(base)) if replays == 0 => Point::plain(format!(
            "the tables become those of {}, as of event {event}",
            base.name()
        )),
        (None, Some(base)) => Point::plain(format!(
            "the tables become those of {}, as of event {begins}; the application replays {replayed_later} to {event} when it starts",
            base.name()
        )),
        (None, None) => Point::warning(format!(
            "all tables are empty until the application replays {replayed_later}: no snapshot fits"
        )),
    });
    points.extend(Point::about(
        &composed.uncertain,
        "counts again, and no snapshot shows whether it was hidden: it comes back visible",
        "count again, and no snapshot shows whether they were hidden: they come back visible",
    ));
    points
}

/// Warns that a restore of the moment at which live stands changes rows.
pub(super) fn already_there(composed: &ComposedMoment) -> Option<Point> {
    composed.is_now.then(|| {
        Point::warning(
            "live stands at this moment already: a restore makes its tables anew from the events, and a row that was changed without an event becomes as it was",
        )
    })
}

/// Says what the user's command made the tables of.
pub(super) fn replayed(replayed: Replayed, base: Option<&Snapshot>) -> Point {
    let Replayed { after, events } = replayed;
    let events = counted(events, "event");
    Point::plain(match base {
        Some(base) => format!(
            "the tables become those of {}, as of event {}, with {events} that your replay command applied",
            base.name(),
            event_id(after)
        ),
        None => format!(
            "the tables become what your replay command makes of {events}: no snapshot fits"
        ),
    })
}
