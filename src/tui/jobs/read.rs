//! What screens read: each read is plain and synchronous, and its result is news.

use crate::{
    core::{Contents, Database, Difference, OnProgress, Result, Side},
    tui::msg::{News, Origin, Read},
    workplace::Workplace,
};

/// Reads what a screen shows.
pub(super) fn read(read: Read, workplace: &Workplace, on: OnProgress<'_>) -> News {
    match read {
        Read::Difference(from, to) => News::Compared(compare(&from, &to, workplace, on)),
    }
}

fn compare(
    from: &Origin,
    to: &Origin,
    workplace: &Workplace,
    on: OnProgress<'_>,
) -> Result<Difference> {
    let (from, to) = (
        Opened::of(from, workplace, on)?,
        Opened::of(to, workplace, on)?,
    );
    // Between two snapshots live only tells which columns are keys, and may be missing.
    let keyed = workplace.database().ok();
    let profile = &workplace.profile;
    Difference::compute(from.side(), to.side(), profile, keyed.as_ref(), &[], on)
}

/// Whose rows are read, opened.
enum Opened {
    Live(Database),
    Snapshot(Contents),
}

impl Opened {
    fn of(origin: &Origin, workplace: &Workplace, on: OnProgress<'_>) -> Result<Self> {
        match origin {
            Origin::Live => workplace.database().map(Self::Live),
            Origin::Snapshot(snapshot) => Contents::open(&snapshot.path, on).map(Self::Snapshot),
        }
    }

    fn side(&self) -> Side<'_> {
        match self {
            Self::Live(database) => Side::Live(database),
            Self::Snapshot(contents) => Side::Snapshot(contents),
        }
    }
}
