//! What the parts of an operation cost, through the public interface, on a database of 20,000 events.

mod data;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use chrono::{DateTime, TimeDelta, Utc};
use divan::{Bencher, counter::BytesCount};
use tempfile::TempDir;
use unrewind::{
    config::Config,
    core::{
        Access, Cache, Contents, Counts, Database, Kind, Profile, RestorePlan, Scope, Snapshot,
        Stamp, Store, take, unattended,
    },
};

/// The number of events in the database, and by how many live differs from the snapshot.
const EVENTS: u32 = 20_000;
const AWAY: u32 = 100;
/// The snapshots of the list.
const MANY: i64 = 1_000;

static SITE: OnceLock<Site> = OnceLock::new();

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    SITE.set(Site::build(folder.path())?)
        .expect("it is set once");
    divan::main();
    Ok(())
}

fn site() -> &'static Site {
    SITE.get().expect("main has set it")
}

/// What the parts work on.
#[derive(Debug)]
struct Site {
    profile: Profile,
    live: PathBuf,
    store: Store,
    many: Store,
}

impl Site {
    fn build(folder: &Path) -> anyhow::Result<Self> {
        let site = Self {
            profile: Config::defaults()?.profile,
            live: folder.join("live.db"),
            store: Store::new(folder),
            many: Store::new(&folder.join("many")),
        };
        data::build(&site.live, EVENTS)?;
        site.take(&site.store)?;
        data::advance(&site.live, AWAY)?;
        site.build_many()?;
        Ok(site)
    }

    /// The beginning of the snapshot, under many names.
    fn build_many(&self) -> anyhow::Result<()> {
        let folder = self.many.root().join(Kind::Rewind.name());
        fs::create_dir_all(&folder)?;
        let snapshot = fs::read(self.snapshot().path)?;
        for minute in 0..MANY {
            let stamp = Stamp::at(DateTime::UNIX_EPOCH + TimeDelta::minutes(minute));
            fs::write(folder.join(format!("{stamp}.json")), &snapshot[..16_384])?;
        }
        Ok(())
    }

    fn database(&self) -> Database {
        Database::open(&self.live, Access::Read, self.profile.busy_timeout)
            .expect("the database is there")
    }

    fn snapshot(&self) -> Snapshot {
        self.store.find("latest").expect("a snapshot was taken")
    }

    fn take(&self, store: &Store) -> unrewind::core::Result<Snapshot> {
        let now = DateTime::UNIX_EPOCH;
        let taken = take(
            &self.database(),
            &self.profile,
            store,
            Kind::Rewind,
            now,
            &mut unattended,
        )?;
        Ok(taken.snapshot)
    }
}

#[divan::bench]
fn list(bencher: Bencher) {
    let store = &site().many;
    bencher.bench(|| store.list(&Kind::ALL));
}

#[divan::bench]
fn open_contents(bencher: Bencher) {
    let snapshot = site().snapshot();
    bencher
        .counter(BytesCount::new(snapshot.size))
        .bench(|| Contents::open(&snapshot.path, &mut unattended));
}

#[divan::bench]
fn count_live(bencher: Bencher) {
    let database = site().database();
    bencher
        .bench_local(|| Counts::of_live(&database, &site().profile, &Cache::default(), Utc::now()));
}

#[divan::bench]
fn take_snapshot(bencher: Bencher) {
    bencher
        .with_inputs(|| tempfile::tempdir().expect("there is room"))
        .counter(BytesCount::new(site().snapshot().size))
        .bench_values(|folder: TempDir| {
            let taken = site().take(&Store::new(folder.path()));
            taken.expect("nothing is in the way");
            folder
        });
}

#[divan::bench(args = [Scope::Tables, Scope::Full])]
fn plan_restore(bencher: Bencher, scope: Scope) {
    bencher
        .with_inputs(|| (site().database(), site().snapshot()))
        .bench_values(|(database, snapshot)| {
            RestorePlan::compute(database, &site().profile, snapshot, scope, &mut unattended)
        });
}
