//! The rows of one table that differ, a line each, and the selected one whole:
//!
//! ```text
//! ╭ memories  5 rows differ ──────────────────╮╭ id = 1408 ────────────╮
//! │▌- id = 1408  “The harbour light …”        ││ text  The harbour …   │
//! ╰ + only in live  ~ changed  - only in … ───╯╰───────────────────────╯
//! ```
//!
//! Only the rows in sight are ever read, so memory does not grow with the difference.

mod detail;
mod drawing;
mod words;

use crossterm::event::KeyEvent;
use ratatui::layout::Rect;

use super::Ask;
use crate::{
    core::{ChangeKind, Progress, RestoreOptions, Snapshot, TableDiff},
    tui::{
        keymap::{Action, Context},
        msg::{ChangePage, Differing, Direction, News, Read},
        widget::{Input, Text, Window},
    },
};
use drawing::ChangesPanes;

/// The rows of one table that differ.
#[derive(Debug)]
pub struct Changes {
    rows: Box<Differing>,
    /// The sides in a word or two.
    sides: (&'static str, &'static str),
    restores: Option<(Box<Snapshot>, RestoreOptions)>,
    window: Window,
    page: ChangePage,
    /// The selected row, in lines as wide as its pane.
    detail: Vec<Text>,
    focus: ChangesFocus,
    finding: FindLine,
    area: Rect,
    failed: Option<String>,
}

/// What the keys that move move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChangesFocus {
    Rows,
    /// So many lines of the selected row are above those in sight.
    Detail(usize),
}

/// A text that is looked for.
#[derive(Debug, Default)]
struct FindLine {
    text: String,
    typing: Option<Input>,
    state: FindResult,
}

#[derive(Debug, Default)]
enum FindResult {
    #[default]
    Idle,
    Looking(Option<Progress>),
    Nowhere,
}

impl Changes {
    /// The rows that differ in a table, and what `r` would restore of it.
    pub(super) fn new(
        diff: TableDiff,
        sides: (&'static str, &'static str),
        restores: Option<(Box<Snapshot>, RestoreOptions)>,
    ) -> Self {
        Self {
            rows: Box::new(Differing { diff, kind: None }),
            sides,
            restores,
            window: Window::default(),
            page: ChangePage::default(),
            detail: Vec::new(),
            focus: ChangesFocus::Rows,
            finding: FindLine::default(),
            area: Rect::default(),
            failed: None,
        }
    }

    pub(super) fn context(&self) -> Context {
        match (&self.finding.typing, self.focus) {
            (Some(_), _) => Context::Input,
            (None, ChangesFocus::Rows) => Context::Changes,
            (None, ChangesFocus::Detail(_)) => Context::Detail,
        }
    }

    pub(super) fn resize(&mut self, area: Rect) {
        self.area = area;
        let rows = ChangesPanes::of(area).rows;
        self.window
            .resize(usize::from(rows.height.saturating_sub(2)));
        self.show_detail();
    }

    pub(super) fn load(&mut self) -> Ask {
        self.window.set_len(self.count());
        self.read()
    }

    fn count(&self) -> usize {
        usize::try_from(self.rows.count()).unwrap_or(usize::MAX)
    }

    /// Reads what is in sight, and a screenful more on either side.
    fn read(&self) -> Ask {
        let rows = self.window.rows();
        let more = rows.len();
        let places = rows.start.saturating_sub(more)..rows.end.saturating_add(more);
        let places = places.start as u64..places.end as u64;
        let whole = self.window.selected() as u64;
        Ask::Read(Read::Changes(self.rows.clone(), places, whole))
    }

    pub(super) fn act(&mut self, action: Action) -> Option<Ask> {
        if let ChangesFocus::Detail(_) = self.focus {
            return self.act_in_detail(action);
        }
        if self.window.act(action) {
            return Some(self.read());
        }
        match (action, self.finding.typing.take()) {
            (Action::Answer, Some(input)) => {
                self.finding.text = input.text();
                return self.find(Direction::Forward);
            }
            (Action::Open, None) => self.focus = ChangesFocus::Detail(0),
            (Action::Reload, None) => return Some(self.read()),
            (Action::NextKinds, None) => return Some(self.next_kind()),
            (Action::Find, None) => self.finding.typing = Some(Input::default()),
            (Action::FindNext, None) => return self.find(Direction::Forward),
            (Action::FindPrevious, None) => return self.find(Direction::Backward),
            (Action::Restore, None) => {
                let (snapshot, options) = self.restores.clone()?;
                return Some(Ask::Restore(snapshot, options));
            }
            (Action::Back, None) => return Some(Ask::Close),
            _ => {}
        }
        None
    }

    fn act_in_detail(&mut self, action: Action) -> Option<Ask> {
        let height = usize::from(ChangesPanes::of(self.area).detail.height.saturating_sub(2));
        let ChangesFocus::Detail(scroll) = &mut self.focus else {
            return None;
        };
        let last = self.detail.len().saturating_sub(height);
        *scroll = match action {
            Action::Up => scroll.saturating_sub(1),
            Action::Down => *scroll + 1,
            Action::PageUp => scroll.saturating_sub(height),
            Action::PageDown => *scroll + height,
            Action::First => 0,
            Action::Last => last,
            _ => *scroll,
        }
        .min(last);
        if matches!(action, Action::Back | Action::Open) {
            self.focus = ChangesFocus::Rows;
        }
        None
    }

    pub(super) fn type_key(&mut self, key: KeyEvent) {
        if let Some(input) = &mut self.finding.typing {
            input.key(key);
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(input) = &mut self.finding.typing {
            input.paste(text);
        }
    }

    fn next_kind(&mut self) -> Ask {
        let kinds = [
            None,
            Some(ChangeKind::Added),
            Some(ChangeKind::Changed),
            Some(ChangeKind::Removed),
        ];
        let place = kinds.iter().position(|kind| *kind == self.rows.kind);
        let others = kinds.iter().cycle().skip(place.unwrap_or(0) + 1);
        let shown = |kind: &&Option<ChangeKind>| self.rows.diff.count(**kind) > 0;
        self.rows.kind = others.take(4).find(shown).copied().flatten();
        self.page = ChangePage::default();
        self.window.set_len(self.count());
        self.window.select(0);
        self.read()
    }

    fn find(&mut self, direction: Direction) -> Option<Ask> {
        if self.finding.text.is_empty() || self.count() == 0 {
            return None;
        }
        self.finding.state = FindResult::Looking(None);
        let (text, from) = (self.finding.text.clone(), self.window.selected() as u64);
        let find = Read::FindChange(self.rows.clone(), text, from, direction);
        Some(Ask::Read(find))
    }

    pub(super) fn hear(&mut self, news: News) -> Option<Ask> {
        match news {
            News::Progress(progress) => {
                if let FindResult::Looking(known) = &mut self.finding.state {
                    *known = Some(progress);
                }
            }
            News::Changes(Ok(page)) => {
                self.failed = None;
                self.page = page;
                self.show_detail();
            }
            News::FoundChange(Ok(Some(place))) => {
                self.failed = None;
                self.finding.state = FindResult::Idle;
                self.window
                    .select(usize::try_from(place).unwrap_or(usize::MAX));
                return Some(self.read());
            }
            News::FoundChange(Ok(None)) => {
                self.failed = None;
                self.finding.state = FindResult::Nowhere;
            }
            News::Changes(Err(error)) | News::FoundChange(Err(error)) => {
                self.finding.state = FindResult::Idle;
                self.failed = Some(error.to_string());
            }
            _ => {}
        }
        None
    }

    fn show_detail(&mut self) {
        let Some((_, change)) = &self.page.whole else {
            return;
        };
        let width = usize::from(ChangesPanes::of(self.area).detail.width.saturating_sub(4));
        let lines = detail::lines(change, &self.rows.diff.table);
        self.detail = lines
            .iter()
            .flat_map(|line| line.wrapped(width.max(1)))
            .collect();
        if let ChangesFocus::Detail(scroll) = &mut self.focus {
            *scroll = (*scroll).min(self.detail.len().saturating_sub(1));
        }
    }
}
