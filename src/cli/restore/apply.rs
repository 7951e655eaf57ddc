//! Applies a plan: with --yes until live stops changing, otherwise each time the user agrees.

use crate::{
    cli::output,
    core::Workspace,
    core::{Error, RestorePlan, Restored, Safety},
    text,
};

use super::words::plan_text;

/// Applies a plan, and plans again if live has changed since; returns `None` if the user declines.
pub(super) fn ask_and_apply(
    mut plan: RestorePlan,
    yes: bool,
    safety: Safety,
    headline: &str,
    question: fn(&RestorePlan) -> String,
    workspace: &Workspace,
) -> anyhow::Result<Option<Restored>> {
    let store = &workspace.store;
    if yes {
        if let Some(emptied) = text::emptied(&plan) {
            output::say(&format!("! {emptied}"));
        }
        if let Some(orphans) = text::orphans(&plan.orphans) {
            output::say(&format!("! {}", orphans.sentence));
        }
        let apply_with_retries = output::with_progress(|on| {
            plan.apply_with_retries(store, safety, workspace.clock(), on)
        });
        return Ok(Some(apply_with_retries?));
    }
    loop {
        let recipe = plan.recipe();
        output::say_lines(&plan_text(&plan, safety, headline));
        if !output::ask(&question(&plan))? {
            output::say("nothing was changed");
            return Ok(None);
        }
        match output::with_progress(|on| plan.apply(store, safety, workspace.clock(), on)) {
            Err(Error::Stale { .. }) => {
                output::say(
                    "! the database changed since the plan was made; nothing was done. This is the plan now:",
                );
                plan = output::with_progress(|on| {
                    recipe.plan(on)?.checked(store, workspace.now(), on)
                })?;
            }
            restored => return Ok(Some(restored?)),
        }
    }
}
