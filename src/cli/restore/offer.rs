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
        let mut words = vec!["unrewind restore".to_owned()];
        words.extend(self.snapshot.iter().map(|name| text::quoted(name.as_ref())));
        for (flag, value) in [("--at", &self.at), ("--from", &self.from)] {
            words.extend(value.iter().map(|value| text::option(flag, value.as_ref())));
        }
        if !tables.is_empty() {
            words.push(text::option("--tables", tables.as_ref()));
        }
        words.extend(self.rows.words());
        words.extend(self.merge.words());
        let into = self.into.iter();
        words.extend(into.map(|path| text::option("--into", path.as_os_str())));
        let flags = [
            (self.concessions.drop_missing, "--drop-missing"),
            (self.concessions.keep_dangling, "--keep-dangling"),
            (self.concessions.skip_unwritable, "--skip-unwritable"),
            (self.manner.no_safety_snapshot, "--no-safety-snapshot"),
            (self.manner.no_checkpoint, "--no-checkpoint"),
        ];
        words.extend(
            flags
                .iter()
                .filter(|(is_set, _)| *is_set)
                .map(|(_, flag)| (*flag).to_owned()),
        );
        words.join(" ")
    }
}
