//! Finds an archived snapshot by the name that a person writes.

use super::{Archive, ArchivedSnapshot};
use crate::core::{
    base::{
        error::{Error, Result},
        progress::OnProgress,
    },
    file::snapshot::{Id, Latest},
};

impl Archive {
    /// Finds an archived snapshot by its name, the beginning of its stamp, `latest` or `latest:kind`.
    ///
    /// # Errors
    ///
    /// [`Error::Selection`] if none or several fit.
    pub fn find(&self, name: &str, on: OnProgress<'_>) -> Result<ArchivedSnapshot> {
        let all = self.list(on)?;
        if let Some(latest) = Latest::parse(name) {
            let found = all.into_iter().find(|one| latest.means(one.id));
            let what = format!(
                "there is no such snapshot in the archive {}",
                self.location()
            );
            return found.ok_or(Error::Selection { what });
        }
        let exact = name.parse::<Id>().ok();
        let fits = |one: &&ArchivedSnapshot| {
            exact.map_or_else(
                || {
                    let stem = name.strip_prefix(one.id.kind.name());
                    let stem = stem
                        .and_then(|stem| stem.strip_prefix(std::path::is_separator))
                        .unwrap_or(name);
                    one.id.name().starts_with(stem)
                },
                |id| one.id == id,
            )
        };
        let mut found: Vec<&ArchivedSnapshot> = all.iter().filter(fits).collect();
        // Of a snapshot that was added again, the newest copy is meant.
        found.dedup_by_key(|one| one.id);
        match found[..] {
            _ if name.is_empty() => Err(Error::Selection {
                what: "the snapshot's name is empty".to_owned(),
            }),
            [one] => Ok(one.clone()),
            [] => Err(Error::Selection {
                what: format!(
                    "there is no snapshot {name} in the archive {}",
                    self.location()
                ),
            }),
            _ => {
                let names: Vec<String> =
                    found.iter().take(5).map(|one| one.id.to_string()).collect();
                let more = if found.len() > names.len() {
                    ", …"
                } else {
                    ""
                };
                let (count, names) = (found.len(), names.join(", "));
                Err(Error::Selection {
                    what: format!("{count} archived snapshots begin with {name}: {names}{more}"),
                })
            }
        }
    }
}
