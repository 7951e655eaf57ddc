//! Offers the tables that a refused choice lacks, as a command.

use super::Args;
use crate::{cli::output, core::Error, text};

impl Args {
    /// Adds to the error of a refused choice the command that also restores the missing tables.
    pub(super) fn offering(&self, error: anyhow::Error) -> anyhow::Error {
        match error.downcast_ref::<Error>() {
            Some(Error::TableChoice { what, missing }) if !missing.is_empty() => {
                let (command, tables) = (self.also_restoring(missing), text::list(missing));
                let hint = text::runnable(&format!("also restore {tables}: `{command}`"));
                output::Hinted::new(what.clone(), vec![hint]).into()
            }
            _ => error,
        }
    }

    /// Returns the command that also restores these tables.
    fn also_restoring(&self, missing: &[String]) -> String {
        let tables: Vec<&str> = self
            .tables
            .iter()
            .chain(missing)
            .map(|name| &**name)
            .collect();
        let tables = tables.join(",");
        let mut words = vec!["unrewind", "restore"];
        words.extend(self.snapshot.as_deref());
        for (flag, value) in [("--at", &self.at), ("--from", &self.from)] {
            words.extend(value.as_deref().into_iter().flat_map(|value| [flag, value]));
        }
        if !tables.is_empty() {
            words.extend(["--tables", &*tables]);
        }
        words.extend(self.rows.words());
        let into = self.into.as_ref().map(|path| path.to_string_lossy());
        if let Some(path) = &into {
            words.extend(["--into", &**path]);
        }
        let flags = [
            (self.concessions.drop_missing, "--drop-missing"),
            (self.concessions.keep_dangling, "--keep-dangling"),
            (self.concessions.skip_unwritable, "--skip-unwritable"),
            (self.newer.keep_newer, "--keep-newer"),
            (self.manner.no_safety_snapshot, "--no-safety-snapshot"),
            (self.manner.no_checkpoint, "--no-checkpoint"),
        ];
        words.extend(
            flags
                .iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, flag)| *flag),
        );
        let words: Vec<String> = words
            .into_iter()
            .map(|word| text::quoted(word.as_ref()))
            .collect();
        words.join(" ")
    }
}
