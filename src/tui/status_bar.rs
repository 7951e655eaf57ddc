//! The bars above and below the screen: the database and its status, and the keys that work now.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::{
    keymap::{Action, Context, KeyLine},
    live::{LiveView, Unseen},
    screen::DrawContext,
    theme::Role,
    widget::{Text, fit, fit_end},
};
use crate::{
    core::{Due, Fit},
    text,
};

/// The header.
pub struct Header<'a> {
    /// Live, or why it cannot be read; `None` before the first reply.
    pub live: Option<&'a Result<LiveView, Unseen>>,
    /// Whether a periodic snapshot is due.
    pub due: Option<Due>,
    /// The warning, which comes first.
    pub banner: Option<Text>,
}

impl Header<'_> {
    const NAME: &'static str = " Unrewind  ";

    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
        let room = usize::from(area.width).saturating_sub(Self::NAME.len());
        let lines = match self.live {
            None => [
                Text::of("reading the database …", Role::Faint),
                Text::default(),
            ],
            Some(Err(unseen)) => error(&unseen.reason, room),
            Some(Ok(live)) => [database(live, room), self.status(live, room)],
        };
        let [first, second] = lines;
        let first = Text::of(Self::NAME, Role::Accent).joined(first);
        let second = Text::of(" ".repeat(Self::NAME.len()), Role::Text).joined(second);
        frame.render_widget(
            Paragraph::new(vec![first.line(context.theme), second.line(context.theme)]),
            area,
        );
    }

    fn status(&self, live: &LiveView, room: usize) -> Text {
        let Some(due) = self.due else {
            return Text::default();
        };
        let since = live.since_newest.map(|events| {
            let events = text::counted(events, "event");
            Text::of(format!("{events} since the newest snapshot   "), Role::Text)
        });
        let since = since.unwrap_or_default();
        let start = text::misfit(Fit {
            rewound: live.rows_back,
            ..Fit::default()
        });
        if let (Some(start), None) = (&start, &self.banner) {
            return Text::of(fit(&format!("! {start}"), room), Role::Warning);
        }
        let (sentence, role) = if start.is_some() {
            ("! take a periodic snapshot", Role::Warning)
        } else if due.is_due() {
            ("! periodic snapshot due", Role::Warning)
        } else {
            ("✓ no periodic snapshot due", Role::Faint)
        };
        let whole = format!("{sentence}: {}", text::due_briefly(due));
        if let Some(banner) = &self.banner {
            let with = banner.clone().and("   ", Role::Text).and(sentence, role);
            let banner = if with.width() <= room {
                with
            } else {
                banner.clone()
            };
            return banner;
        }
        let choices = [
            since.clone().and(whole, role),
            since.and(sentence, role),
            Text::of(fit(sentence, room), role),
        ];
        let fits = |choice: &Text| choice.width() <= room;
        choices.into_iter().find(fits).unwrap_or_default()
    }
}

/// Why live cannot be read, in two lines.
fn error(reason: &str, room: usize) -> [Text; 2] {
    let lines = Text::of(format!("✗ {reason}"), Role::Bad).wrapped(room);
    let mut lines = lines.into_iter();
    [(); 2].map(|()| lines.next().unwrap_or_default())
}

/// The database's path, and as many facts as fit.
fn database(live: &LiveView, room: usize) -> Text {
    const LEAST_PATH: usize = 16;
    let path = live.path.display().to_string();
    let least = path.width().min(LEAST_PATH);
    let size = format!("   {}", text::size(live.size));
    let last = live.last_event().map(text::event_id);
    let last = last.map_or_else(String::new, |id| format!("   last event {id}"));
    let mut facts = [format!("{size}{last}"), size].into_iter();
    let facts = facts.find(|facts| facts.len() + least <= room);
    let facts = facts.unwrap_or_default();
    let path = fit_end(&path, room.saturating_sub(facts.len()));
    Text::of(path, Role::Strong).and(facts, Role::Text)
}

/// The keys that work in a context, as many as fit; how to find more and how to
/// leave come last and always.
pub fn footer(place: Context, frame: &mut Frame<'_>, area: Rect, context: DrawContext<'_>) {
    const LAST: [Action; 3] = [Action::Palette, Action::Help, Action::Back];
    let width = usize::from(area.width);
    let here: Vec<&KeyLine> = context.keys.here(place).collect();
    let is_place = place.holds(Context::Everywhere);
    let last = LAST.map(|action| here.iter().find(|line| is_place && line.action == action));
    let last = last.into_iter().flatten().map(|line| key(line));
    let last = last.reduce(Text::joined).unwrap_or_default();
    let first = here
        .iter()
        .filter(|line| !is_place || !LAST.contains(&line.action));
    let mut line = Text::default();
    for next in first.map(|line| key(line)) {
        // The blank after the last key needs no room.
        if line.width() + next.width() + last.width() <= width + 1 {
            line = line.joined(next);
        }
    }
    let gap = width.saturating_sub(line.width() + last.width());
    let line = line.and(" ".repeat(gap), Role::Text).joined(last);
    frame.render_widget(Paragraph::new(line.line(context.theme)), area);
}

fn key(line: &KeyLine) -> Text {
    let key = &line.names[0];
    Text::of(format!(" {key}"), Role::Accent).and(format!(" {} ", line.label), Role::Text)
}
