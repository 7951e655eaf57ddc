//! The bars above and below the screen: the database and its status, and the keys that work now.

use ratatui::{Frame, layout::Rect, widgets::Paragraph};
use unicode_width::UnicodeWidthStr;

use super::{
    keymap::{Action, Context, KeyLine, Keymap},
    live::{LiveView, Unseen},
    screen::DrawContext,
    theme::{Role, Theme},
    widget::{Text, fit, fit_end},
};
use crate::{core::Due, text};

/// The header.
pub struct Header<'a> {
    /// Live, or why it cannot be read; `None` before the first reply.
    pub live: Option<&'a Result<LiveView, Unseen>>,
    /// Whether a periodic snapshot is due.
    pub due: Option<Due>,
    /// The warnings, which come first, the most urgent one before the others.
    pub warnings: Vec<HeaderWarning>,
}

/// Something about live that the user must see.
pub struct HeaderWarning {
    pub sentence: String,
    pub briefly: String,
    /// All of it, among the messages.
    pub explained: Vec<String>,
}

impl HeaderWarning {
    pub fn of(sentence: String, briefly: impl Into<String>) -> Self {
        Self {
            explained: vec![sentence.clone()],
            sentence,
            briefly: briefly.into(),
        }
    }
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
            Some(Ok(live)) => [
                database(live, room, context),
                self.status(live, room, context),
            ],
        };
        let [first, second] = lines;
        // Of one line, a warning is worth more than the path.
        let [first, second] = match (area.height, self.warnings.is_empty()) {
            (1, false) => [second, first],
            _ => [first, second],
        };
        let first = Text::of(Self::NAME, Role::Accent).joined(first);
        let second = Text::of(" ".repeat(Self::NAME.len()), Role::Text).joined(second);
        frame.render_widget(
            Paragraph::new(vec![first.line(context.theme), second.line(context.theme)]),
            area,
        );
    }

    fn status(&self, live: &LiveView, room: usize, context: DrawContext<'_>) -> Text {
        let Some(due) = self.due else {
            return Text::default();
        };
        let since = live.since_newest.map(|events| {
            let events = text::counted(events, "event");
            Text::of(format!("{events} since the newest snapshot   "), Role::Text)
        });
        let since = since.unwrap_or_default();
        let (sentence, role) = if due.is_due() {
            ("! periodic snapshot due", Role::Warning)
        } else {
            ("✓ no periodic snapshot due", Role::Faint)
        };
        if !self.warnings.is_empty() {
            let line = self.warned(room, context);
            // Without warnings of the next start, there is nothing that this would contradict.
            let due = Text::of("   ", Role::Text).and(sentence, role);
            let fits = line.width() + due.width() <= room && live.rows_back == 0;
            return if fits { line.joined(due) } else { line };
        }
        let whole = format!("{sentence}: {}", text::due_briefly(due));
        let choices = [
            since.clone().and(whole, role),
            since.and(sentence, role),
            Text::of(fit(sentence, room), role),
        ];
        let fits = |choice: &Text| choice.width() <= room;
        choices.into_iter().find(fits).unwrap_or_default()
    }
}

impl Header<'_> {
    /// The warnings, whole or as briefly as they fit.
    fn warned(&self, room: usize, context: DrawContext<'_>) -> Text {
        let (first, rest) = self.warnings.split_at(1);
        let key = context.keys.key(Context::Everywhere, Action::Messages);
        let whole = |some: &[HeaderWarning]| some.iter().map(|one| one.sentence.clone()).collect();
        let briefly = |some: &[HeaderWarning]| some.iter().map(|one| one.briefly.clone()).collect();
        let line = |parts: [Vec<String>; 2], end: &str| {
            let parts: Vec<String> = parts
                .concat()
                .iter()
                .map(|part| format!("! {part}"))
                .collect();
            format!("{}{end}", parts.join("   "))
        };
        let more = vec![format!("{} more", rest.len())];
        let explains = format!("   {key} explains");
        let choices = [
            line([whole(first), whole(rest)], ""),
            line([whole(first), briefly(rest)], &explains),
            line([briefly(first), briefly(rest)], &explains),
            line([whole(first), more.clone()], &explains),
            line([briefly(first), more], &explains),
        ];
        let fits = |choice: &String| choice.width() <= room;
        let line = choices.into_iter().find(fits);
        let line = line.unwrap_or_else(|| fit(&format!("! {}", first[0].sentence), room));
        Text::of(line, Role::Warning)
    }
}

/// Why live cannot be read, in two lines.
fn error(reason: &str, room: usize) -> [Text; 2] {
    let lines = Text::of(format!("✗ {reason}"), Role::Bad).wrapped(room);
    let mut lines = lines.into_iter();
    [(); 2].map(|()| lines.next().unwrap_or_default())
}

/// The database's path, as many facts as fit, and how many rows are marked.
fn database(live: &LiveView, room: usize, context: DrawContext<'_>) -> Text {
    const LEAST_PATH: usize = 16;
    let path = live.path.display().to_string();
    let least = path.width().min(LEAST_PATH);
    let size = format!("   {}", text::size(live.size));
    let last = live.last_event().filter(|id| *id != 0).map(text::event_id);
    let last = last.map_or_else(String::new, |id| format!("   last event {id}"));
    let marked = context.marks.sentence().map_or_else(String::new, |marked| {
        let key = context.keys.key(Context::Everywhere, Action::Marks);
        format!("   ● {marked}: {key} shows them")
    });
    let room = room.saturating_sub(marked.width());
    let mut facts = [format!("{size}{last}"), size].into_iter();
    let facts = facts.find(|facts| facts.len() + least <= room);
    let facts = facts.unwrap_or_default();
    let path = fit_end(&path, room.saturating_sub(facts.len()));
    Text::of(path, Role::Strong)
        .and(facts, Role::Text)
        .and(marked, Role::Warning)
}

/// The keys that work in a context, as many as fit; how to find more and how to
/// leave come last and always.
pub struct Footer<'a> {
    /// Stands in their place.
    pub sentence: Option<&'a str>,
    pub place: Context,
    /// Actions that would do nothing now; their keys are left out.
    pub idle: &'a [Action],
    pub keys: &'a Keymap,
}

impl<'a> Footer<'a> {
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let width = usize::from(area.width);
        let line = if let Some(sentence) = self.sentence {
            Text::of(fit(&format!(" {sentence}"), width), Role::Strong)
        } else {
            let [left, right] = self.shown(width).map(|lines| {
                let keys = lines.into_iter().map(key);
                keys.reduce(Text::joined).unwrap_or_default()
            });
            let gap = width.saturating_sub(left.width() + right.width());
            left.and(" ".repeat(gap), Role::Text).joined(right)
        };
        frame.render_widget(Paragraph::new(line.line(theme)), area);
    }

    /// The action of the key that is shown at a column of a footer of this width.
    pub fn action_at(&self, column: u16, width: u16) -> Option<Action> {
        if self.sentence.is_some() {
            return None;
        }
        let (column, width) = (usize::from(column), usize::from(width));
        let [left, right] = self.shown(width);
        let taken: usize = right.iter().map(|line| key(line).width()).sum();
        for (lines, from) in [(left, 0), (right, width.saturating_sub(taken))] {
            let mut end = from;
            for line in lines {
                let begin = end;
                end += key(line).width();
                if (begin..end).contains(&column) {
                    return Some(line.action);
                }
            }
        }
        None
    }

    /// The keys at the left and at the right end.
    fn shown(&self, width: usize) -> [Vec<&'a KeyLine>; 2] {
        const LAST: [Action; 3] = [Action::Palette, Action::Help, Action::Back];
        let here = self.keys.here(self.place);
        let here: Vec<&KeyLine> = here
            .filter(|line| !self.idle.contains(&line.action))
            .collect();
        let is_place = self.place.holds(Context::Everywhere);
        let last = LAST.map(|action| here.iter().find(|line| is_place && line.action == action));
        let last: Vec<&KeyLine> = last.into_iter().flatten().copied().collect();
        let first = here
            .into_iter()
            .filter(|line| !is_place || !LAST.contains(&line.action));
        let (moving, doing): (Vec<&KeyLine>, Vec<_>) = first.partition(|line| line.moves());
        // The blank after the last key needs no room.
        let mut room = width + 1;
        room = room.saturating_sub(last.iter().map(|line| key(line).width()).sum());
        let mut fits = |line: &&KeyLine| {
            let left = room.checked_sub(key(line).width());
            room = left.unwrap_or(room);
            left.is_some()
        };
        // Moving is what a user tries anyway: it is shown only beside everything that can be done.
        let all = doing.len();
        let mut shown: Vec<&KeyLine> = doing.into_iter().filter(&mut fits).collect();
        if shown.len() == all {
            shown.extend(moving.into_iter().filter(fits));
        }
        [shown, last]
    }
}

fn key(line: &KeyLine) -> Text {
    let key = &line.names[0];
    Text::of(format!(" {key}"), Role::Accent).and(format!(" {} ", line.label), Role::Text)
}
