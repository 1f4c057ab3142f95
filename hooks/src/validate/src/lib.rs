//! The built-in hook `validate`: refuses flags that are missing, of the wrong type or out of range, all of them in one message.

mod rules;
mod setup;

use guild_hook::{describe, flags, hook, params, run, trials, Result};
use rules::{Flags, Rules};

const ABOUT: &str = r#"{"name":"validate","version":"1.0.0","description":"refuses flags that are missing, of the wrong type or out of range","events":["on_init","on_flags_composed","on_batch_plan"],"params":{"required":{"type":"list","items":"string","help":"names of flags, or dotted paths, that must have a value"},"types":{"type":"map","items":"string","help":"flag to type: int, float, number, string, bool, list, map"},"ranges":{"type":"map","items":"map","help":"flag to min, max (may be), above, below (must not be)"},"choices":{"type":"map","items":"list","help":"flag to the values it may have"}}}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_flags_composed => check,
    on_batch_plan => check_trials,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        problems = setup::problems()?;
    }
    params::refuse(&problems)
}

/// The flags of a single run, or of a trial. Those of a batch may be lists of what its trials will have.
pub fn check() -> Result {
    if run("is_batch").bool_or(false)? {
        return Ok(());
    }
    params::refuse(&Rules::read()?.problems(&Flags(&flags()?)))
}

/// The flags of all trials, before the first one is begun.
pub fn check_trials() -> Result {
    const MOST: usize = 20;
    let rules = Rules::read()?;
    let mut problems = Vec::new();
    let mut more = 0;
    for trial in trials() {
        for problem in rules.problems(&Flags(&trial.flags()?)) {
            if problems.len() < MOST {
                problems.push(["trial ", &trial.number(), ": ", &problem].concat());
            } else {
                more += 1;
            }
        }
    }
    if more > 0 {
        problems.push(["and ", &more.to_string(), " more"].concat());
    }
    params::refuse(&problems)
}

#[cfg(test)]
mod tests;
