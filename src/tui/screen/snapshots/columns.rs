//! The list's columns: which fit, and what each shows of a snapshot.

use unicode_width::UnicodeWidthStr;

use super::{
    EventLog,
    abouts::Abouts,
    order::{ListOrder, SortKey},
};
use crate::{
    core::{Damage, Kind, LogStanding, Snapshot},
    text,
    tui::{
        screen::DrawContext,
        theme::Role,
        widget::{Align, Text, cell},
    },
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListColumn {
    Kind,
    /// Whether it is verified, and whether it is pinned, in a glyph each.
    Marks,
    Taken,
    /// Without the year.
    TakenBrief,
    /// Without the seconds, too.
    TakenShort,
    Age,
    Size,
    LastEvent,
    /// The same with a shorter heading.
    Event,
    /// How its log compares to live's.
    Standing,
    /// Whether the archive holds it.
    Where,
    /// This wide.
    Label(usize),
    /// Its last sentence, this wide.
    Sentence(usize),
    /// Its label, or without one its last sentence, this wide.
    LabelOrSentence(usize),
}

impl ListColumn {
    pub(super) fn width(self) -> usize {
        match self {
            Self::Kind | Self::Size => 8,
            Self::Marks => 2,
            Self::Taken => 19,
            Self::TakenBrief => 14,
            Self::TakenShort => 11,
            Self::Age => 6,
            Self::Where => 7,
            Self::LastEvent => 10,
            Self::Event => 9,
            Self::Standing => 18,
            Self::Label(width) | Self::Sentence(width) | Self::LabelOrSentence(width) => width,
        }
    }

    pub(super) fn align(self) -> Align {
        match self {
            Self::Kind
            | Self::Marks
            | Self::Taken
            | Self::TakenBrief
            | Self::TakenShort
            | Self::Standing
            | Self::Where
            | Self::Label(_)
            | Self::Sentence(_)
            | Self::LabelOrSentence(_) => Align::Left,
            Self::Age | Self::Size | Self::LastEvent | Self::Event => Align::Right,
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Kind => "KIND",
            Self::Marks => "✓◆",
            Self::Standing => "COMPARED TO LIVE",
            Self::Where => "WHERE",
            Self::Sentence(_) => "LAST SENTENCE",
            Self::LabelOrSentence(_) => "LABEL, SENTENCE",
            Self::Taken | Self::TakenBrief | Self::TakenShort => "TAKEN",
            Self::Age => "AGE",
            Self::Size => "SIZE",
            Self::LastEvent => "LAST EVENT",
            Self::Event => "EVENT",
            Self::Label(_) => "LABEL",
        }
    }

    /// The key that sorts by this column, if there is one.
    pub(super) fn sort_key(self) -> Option<SortKey> {
        match self {
            Self::Kind => Some(SortKey::Kind),
            Self::Taken | Self::TakenBrief | Self::TakenShort | Self::Age => Some(SortKey::Taken),
            Self::Size => Some(SortKey::Size),
            Self::LastEvent | Self::Event => Some(SortKey::LastEvent),
            Self::Marks
            | Self::Standing
            | Self::Where
            | Self::Label(_)
            | Self::Sentence(_)
            | Self::LabelOrSentence(_) => None,
        }
    }

    pub(super) fn cell(
        self,
        snapshot: &Snapshot,
        abouts: &Abouts,
        context: DrawContext<'_>,
    ) -> (String, Role) {
        match self {
            Self::Kind => {
                let safety = if snapshot.is_safety_snapshot() {
                    " ↩"
                } else {
                    ""
                };
                (
                    format!("{}{safety}", snapshot.kind().map_or("", Kind::name)),
                    Role::Strong,
                )
            }
            Self::Marks => marks(snapshot),
            Self::Standing => self.standing(snapshot, abouts),
            Self::Where => (text::stored_in(snapshot).to_owned(), Role::Faint),
            Self::LabelOrSentence(width) => {
                let column = match snapshot.note.label {
                    Some(_) => Self::Label(width),
                    None => Self::Sentence(width),
                };
                column.cell(snapshot, abouts, context)
            }
            Self::Sentence(_) => {
                let sentence = abouts.sentence(snapshot).unwrap_or_default();
                (sentence.to_owned(), Role::Text)
            }
            Self::Label(_) => {
                let label = snapshot.note.label.as_ref();
                (
                    label.map_or(String::new(), ToString::to_string),
                    Role::Strong,
                )
            }
            Self::Taken | Self::TakenBrief | Self::TakenShort => (
                text::time_within(snapshot.taken_at(), context.zone, self.width()),
                Role::Text,
            ),
            Self::Age => (text::age(snapshot.taken_at(), context.now), Role::Text),
            Self::Size => (text::size(snapshot.size), Role::Text),
            Self::LastEvent | Self::Event => match &snapshot.damage {
                Some(Damage::Bytes(_)) => ("✗ damaged".to_owned(), Role::Bad),
                Some(Damage::Unread { .. }) if self == Self::Event => {
                    ("not read".to_owned(), Role::Bad)
                }
                Some(Damage::Unread { .. }) => ("unreadable".to_owned(), Role::Bad),
                None => (text::last_event(snapshot), Role::Text),
            },
        }
    }
}

impl ListColumn {
    /// How its log compares to live's, and how many identical ones are folded into it.
    fn standing(self, snapshot: &Snapshot, abouts: &Abouts) -> (String, Role) {
        let identical = abouts.identical(snapshot);
        let (words, role) = match (abouts.standing(snapshot), identical) {
            (Some(standing @ LogStanding::Lost(_)), _) => {
                let words = text::against_live(standing);
                let brief = words.replacen(" you lost", " lost", 1);
                let fits = words.width() <= self.width();
                (if fits { words } else { brief }, Role::Strong)
            }
            (Some(standing), _) => (text::against_live(standing), Role::Faint),
            (None, Some(identical)) => return (format!("+{identical} identical"), Role::Faint),
            (None, None) if snapshot.is_only_archived() => {
                ("in the archive".to_owned(), Role::Faint)
            }
            (None, None) => (String::new(), Role::Faint),
        };
        let counted = identical.map(|identical| format!("{words} +{identical}"));
        let counted = counted.filter(|counted| counted.width() <= self.width());
        (counted.unwrap_or(words), role)
    }
}

/// The columns that fit a width.
pub(super) struct ListColumns {
    pub(super) shown: Vec<ListColumn>,
    /// The width that is left over.
    pub(super) spare: usize,
}

/// What some of the snapshots have.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    /// Some are labelled.
    pub(super) are_labelled: bool,
    /// Some are in the archive.
    pub(super) are_archived: bool,
}

/// A glyph for the result of its verification, and one for a pin.
fn marks(snapshot: &Snapshot) -> (String, Role) {
    let problem = snapshot.verified().map(|found| &found.problem);
    let (verified, role) = match problem {
        None => (' ', Role::Accent),
        Some(None) => ('✓', Role::Added),
        Some(Some(_)) => ('✗', Role::Bad),
    };
    let pin = if snapshot.pinned { '◆' } else { ' ' };
    (format!("{verified}{pin}"), role)
}

impl ListColumns {
    const LEAST_LABEL: usize = 8;
    const LEAST_SENTENCE: usize = 16;
    /// With the gap before it.
    const SENTENCE: usize = Self::LEAST_SENTENCE + 2;
    /// The most for a label beside a sentence, and for one alone.
    const MOST_LABEL: [usize; 2] = [24, 60];

    /// With labels if there are any, with what is known of the event log if there is one, as far as they
    /// fit.
    pub(super) fn within(width: usize, beside: Beside, log: EventLog, order: ListOrder) -> Self {
        use ListColumn::{
            Age, Event, Kind, LastEvent, Marks, Size, Standing, Taken, TakenBrief, TakenShort,
        };
        let choices: [&[ListColumn]; 11] = [
            &[Kind, Taken, Age, Size, LastEvent, Marks, Standing],
            &[Kind, Taken, Age, LastEvent, Marks, Standing],
            &[Kind, TakenBrief, Age, Event, Marks, Standing],
            &[Kind, TakenShort, Age, LastEvent, Marks, Standing],
            &[Kind, Taken, Age, Size, LastEvent, Marks],
            &[Kind, TakenBrief, Age, Size, LastEvent, Marks],
            &[Kind, TakenShort, Age, Size, LastEvent, Marks],
            &[Kind, TakenShort, Age, LastEvent, Marks],
            &[Kind, Age, LastEvent, Marks],
            &[Kind, Age, LastEvent],
            &[Kind, Age],
        ];
        // Three for the marks, two between columns.
        let taken = |columns: &[ListColumn]| {
            let widths = columns.iter().map(|column| column.width() + 2);
            widths.sum::<usize>() + 1
        };
        // The size comes after the sentence, unless the list is sorted by it.
        let is_sized = order.is_by(SortKey::Size);
        let has_room = |columns: &&&[ListColumn]| {
            let has = |column| columns.contains(&column);
            let is_known = log == EventLog::Kept || !has(Standing);
            let sentence = if has(Standing) && has(Size) && !is_sized {
                Self::SENTENCE
            } else {
                0
            };
            let is_right = is_known && (has(Size) || !has(Standing) || !is_sized);
            is_right && taken(columns) + sentence <= width
        };
        let shown = choices.iter().find(has_room).unwrap_or(&choices[10]);
        let (mut shown, mut spare) = (shown.to_vec(), width.saturating_sub(taken(shown)));
        let has_sentence = shown.contains(&Standing) && spare >= Self::SENTENCE;
        let place = ListColumn::Where;
        // The preview says it, too, so the sentence comes first.
        let least = if has_sentence { Self::SENTENCE } else { 0 };
        if beside.are_archived && spare >= place.width() + 2 + least {
            shown.push(place);
            spare -= place.width() + 2;
        }
        let has_both = spare >= Self::LEAST_LABEL + 2 + Self::SENTENCE;
        if has_sentence && beside.are_labelled && !has_both {
            shown.push(ListColumn::LabelOrSentence(spare - 2));
            return Self { shown, spare: 0 };
        }
        if beside.are_labelled && spare >= Self::LEAST_LABEL + 2 {
            let [beside, alone] = Self::MOST_LABEL;
            let label = if has_sentence {
                (spare - 2 - Self::SENTENCE).min(beside)
            } else {
                (spare - 2).min(alone)
            };
            shown.push(ListColumn::Label(label));
            spare -= label + 2;
        }
        if has_sentence {
            shown.push(ListColumn::Sentence(spare - 2));
            spare = 0;
        }
        Self { shown, spare }
    }

    pub(super) fn heading(&self, order: ListOrder) -> Text {
        let cells = self.shown.iter().map(|column| {
            // TAKEN and AGE share a sort key; only TAKEN shows the glyph.
            let key = column.sort_key().filter(|_| *column != ListColumn::Age);
            let heading = match key.and_then(|key| order.glyph(key)) {
                Some(glyph) if *column == ListColumn::LastEvent => format!("EVENT {glyph}"),
                Some(glyph) => format!("{} {glyph}", column.heading()),
                None => column.heading().to_owned(),
            };
            cell(&heading, column.width(), column.align())
        });
        Text::of(
            format!("   {}", cells.collect::<Vec<_>>().join("  ")),
            Role::Faint,
        )
    }

    /// The column at a distance from the left edge.
    pub(super) fn at(&self, x: usize) -> Option<ListColumn> {
        let mut right = 3;
        self.shown.iter().copied().find(|column| {
            right += column.width() + 2;
            x < right
        })
    }
}
