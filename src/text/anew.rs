//! Making live anew, in words.

use chrono::{DateTime, Utc};

use super::{Zone, list, one_line, path, time};
use crate::core::{AnewPlan, MadeAnew, Remade, Snapshot};

/// What making live anew will do, a sentence each.
pub fn anew(plan: &AnewPlan) -> Vec<String> {
    let mut says = vec![format!(
        "{} is restored into a new database, {}",
        one_line(&plan.snapshot.name()),
        path(&plan.database)
    )];
    says.push(match &plan.moved[..] {
        [] => "there is no file of that name now".to_owned(),
        moved => {
            let names: Vec<String> = moved
                .iter()
                .map(|file| path(file.file_name().unwrap_or_default().as_ref()))
                .collect();
            format!(
                "what is there is moved aside, beside it; nothing is deleted: {}",
                names.join(", ")
            )
        }
    });
    says.push("the new database gets the schema that is kept with the snapshots".to_owned());
    says.push(if plan.starts_from_snapshots {
        "a periodic snapshot lets the application start from it".to_owned()
    } else {
        "a periodic snapshot of it is written".to_owned()
    });
    says
}

/// What became of live when it was made anew, a sentence each.
pub fn made_anew(made: &MadeAnew, zone: Zone) -> Vec<String> {
    let mut says = Vec::new();
    match &made.aside[..] {
        [old, ..] if old.extension() == Some("bak".as_ref()) => {
            says.push(format!("moved aside: the old database is {}", path(old)));
        }
        rest => says.extend(rest.iter().map(|old| format!("moved aside: {}", path(old)))),
    }
    if let Some(checkpoint) = &made.checkpoint {
        let is_start = made.remade.restored.starts_from_checkpoint;
        says.push(self::checkpoint(checkpoint, is_start));
    }
    says.extend(remade(&made.remade, zone));
    says
}

/// Says what a checkpoint is for: to start from it, where the application does that.
pub fn checkpoint(checkpoint: &Snapshot, is_start: bool) -> String {
    let is = if is_start {
        "is where the application starts from"
    } else {
        "is a periodic snapshot of the restored state"
    };
    format!("checkpoint: {} {is}", checkpoint.name())
}

/// What a database is that was made of a kept schema, a sentence each.
pub fn remade(remade: &Remade, zone: Zone) -> Vec<String> {
    let seen = time(DateTime::<Utc>::from(remade.schema_seen), zone);
    let mut says = vec![format!("schema: as the database had it on {seen}")];
    if !remade.empty.is_empty() {
        let tables = list(&remade.empty);
        says.push(format!(
            "! empty, because the snapshot does not hold them: {tables}"
        ));
    }
    let left_out = remade.left_out.iter();
    says.extend(left_out.map(|part| format!("! not made: {}", one_line(part))));
    says
}
