//! Whether a snapshot holds active events that live has rewound, hidden or lost. Of many snapshots,
//! only those rows are decoded that neither live nor an earlier one has.

use crate::core::{
    base::{
        error::Result,
        event::{EventIdentity, EventStatus},
        profile::{Log, Profile},
        progress::{OnProgress, Stage, Throttle, report},
        row::{Key, Table},
    },
    compare::{
        known_rows::{KnownRows, arranged, hash_of, seed_of},
        schema_diff::Shape,
    },
    db::{Database, Schema},
    file::{
        json::{FilteredRow, KnownParts, Recalled, RowFilter},
        snapshot::{Contents, Snapshot},
    },
};

/// The rows that are known to hold no lost event.
pub(super) struct LostEvents<'a> {
    database: &'a Database,
    log: &'a Log,
    schema: Schema,
    known: KnownRows,
    parts: KnownParts<()>,
}

impl<'a> LostEvents<'a> {
    /// Reads the rows of live; `None` if live does not find events by id quickly.
    pub(super) fn beside(
        database: &'a Database,
        profile: &'a Profile,
        log: &'a Log,
        on: OnProgress<'_>,
    ) -> Result<Option<Self>> {
        database.reading(|| {
            let schema = database.schema(profile)?;
            let is_keyed = |table: &Table| {
                let id = table.column(&log.id);
                matches!((&table.key[..], id), ([key], Some(id)) if *key == id)
            };
            if !schema.log.as_ref().is_some_and(is_keyed) {
                return Ok(None);
            }
            let mut go_on = |_| report(on, Stage::Comparing, 0, 0);
            let throttle = &mut Throttle::new(&mut go_on);
            let known = KnownRows::of_live(database, profile, &schema, throttle)?;
            Ok(Some(Self {
                database,
                log,
                schema,
                known,
                parts: KnownParts::default(),
            }))
        })
    }

    /// Returns whether a snapshot may hold such events. Fails if it is damaged.
    pub(super) fn may_be_in(&mut self, snapshot: &Snapshot, on: OnProgress<'_>) -> Result<bool> {
        let mut search = LostEventSearch {
            lost: self,
            log: None,
            seed: 0,
            hash: 0,
            is_found: false,
            size: snapshot.size,
            on,
        };
        Contents::filter_rows(&snapshot.path, &mut search)?;
        Ok(search.is_found)
    }
}

/// The search of one snapshot.
struct LostEventSearch<'s, 'a> {
    lost: &'s mut LostEvents<'a>,
    /// The log in the columns that both sides have, once a row of it was decoded.
    log: Option<(Table, EventIdentity)>,
    seed: u64,
    /// The hash of the current row's bytes.
    hash: u64,
    is_found: bool,
    size: u64,
    on: OnProgress<'s>,
}

impl LostEventSearch<'_, '_> {
    /// Returns whether live has lost the event in a row of the log.
    fn is_lost(&mut self, row: FilteredRow<'_>) -> Result<bool> {
        let LostEvents {
            database,
            log,
            schema,
            ..
        } = &*self.lost;
        let (table, identity) = self.log.get_or_insert_with(|| {
            let live = schema.log.as_ref().expect("it was found before");
            let shape = Shape::to_compare(&live.name, row.columns, &live.columns, Some(live));
            let identity = EventIdentity::of(&shape.table, log, &shape.schema_diff.only_from);
            (shape.table, identity)
        });
        let event = arranged(row.values, row.columns, table);
        if EventStatus::of(&event, table, log) != EventStatus::Active {
            return Ok(false);
        }
        if !Key::of(&event, table).is_unique() {
            return Ok(true);
        }
        let found = database.row(table, &event)?;
        Ok(found.is_none_or(|found| {
            EventStatus::of(&found, table, log) != EventStatus::Active
                || !identity.is_same(
                    |column| event.value_ref(column),
                    |column| found.value_ref(column),
                )
        }))
    }
}

impl RowFilter for LostEventSearch<'_, '_> {
    type Found = ();

    fn enters(&mut self, table: &str) -> bool {
        self.seed = seed_of(table);
        true
    }

    fn find(&self, _: &[u8]) -> Option<usize> {
        Some(0)
    }

    fn known_parts(&self) -> Option<(&KnownParts<()>, u64)> {
        Some((&self.lost.parts, self.seed))
    }

    fn recall(&mut self, bytes: &[u8]) -> Recalled<()> {
        self.hash = hash_of(self.seed, bytes);
        if self.lost.known.has(self.hash) {
            Recalled::Nothing
        } else {
            Recalled::Unknown
        }
    }

    fn take(&mut self, row: FilteredRow<'_>) -> Result<Option<()>> {
        let is_log = self.lost.log.table.eq_ignore_ascii_case(row.table);
        if is_log && self.is_lost(row)? {
            self.is_found = true;
            return Ok(Some(()));
        }
        self.lost.known.add(self.hash);
        Ok(None)
    }

    fn repeat(&mut self, _: u64, (): ()) -> Result<()> {
        self.is_found = true;
        Ok(())
    }

    fn pass(&mut self, offset: u64) -> Result<()> {
        report(self.on, Stage::Comparing, offset, self.size)
    }
}
