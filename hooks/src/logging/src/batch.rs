//! What is said of a batch.

use crate::{because, say, verbose, within};
use figures::{flags_text, mean, number, seconds, Names};
use guild_hook::{abi, decimal, event, flags, now, param, run, trials, Expect, Result, Scope};

/// The key under which the batch's state has when it began, in nanoseconds.
const BEGAN: &str = "began";

pub fn begin() -> Result {
    Scope::Batch.put(BEGAN, decimal::integer(now()), Expect::Any)?;
    let (count, replicates) = (event("batch.count").int_or(0)?, event("batch.replicates").int_or(1)?.max(1));
    let conditions = match event("batch.conditions").list()?.len() as i64 {
        0 => count / replicates, // they have no names: each setting of the flags is one
        named => named,
    };
    let seed = match event("batch.random_seed").json()? {
        Some(seed) => [" (seed=", seed, ")"].concat(),
        None => String::new(),
    };
    let [count, replicates, conditions] = [count, replicates, conditions].map(decimal::integer);
    say(abi::LEVEL_INFO, &["Experiment: ", &replicates, " replicates, ", &conditions, " conditions, ", &count, " trials", &seed].concat())
}

/// Which trial this is: `Rep 1/3 wide`. Replicates count from 1.
pub fn title() -> Result<String> {
    let replicate = decimal::integer(event("batch.replicate").int_or(0)? + 1);
    let replicates = decimal::integer(event("batch.replicates").int_or(1)?.max(1));
    let condition = event("batch.condition").string_or("")?;
    let name = if condition.is_empty() { flags_text(&flags()?, &[]) } else { condition };
    let space = if name.is_empty() { "" } else { " " };
    Ok(["Rep ", &replicate, "/", &replicates, space, &name].concat())
}

/// The end of a trial, where that is asked for.
pub fn trial() -> Result {
    if !verbose()? {
        return Ok(());
    }
    let (status, why) = (run("status").string_or("")?, run("stop_reason").string_or("")?);
    let became = match (status.as_str(), run("duration").float()?) {
        ("", _) => ["was not run", &because(&why)].concat(),
        (_, _) if why == "needed" => "was not run: needed".to_string(),
        ("completed", took) => {
            let step = if run("cmd").exists() { "step " } else { "" }; // a pipeline has no command: its steps have said so themselves
            ["finished ", step, &run("op").string_or("")?, &within(took)].concat()
        }
        (_, took) => ["did not finish", &within(took), &because(&status)].concat(),
    };
    say(abi::LEVEL_INFO, &[&title()?, " ", &became].concat())
}

pub fn end() -> Result {
    let mut errors = 0;
    for trial in trials() {
        errors += i64::from(!trial.is_completed()?);
    }
    let began = Scope::Batch.get(BEGAN)?.and_then(|(text, _)| String::from_utf8_lossy(&text).parse::<i64>().ok());
    let took = match began {
        Some(began) => [" in ", &seconds((now() - began) as f64 / 1e9)].concat(),
        None => String::new(),
    };
    let best = match param("metric").string()? {
        Some(metric) => best(&metric)?,
        None => String::new(),
    };
    let level = if errors > 0 { abi::LEVEL_WARN } else { abi::LEVEL_INFO };
    say(level, &["Completed", &took, &best, "; ", &decimal::integer(errors), " errors"].concat())
}

/// The condition with the best mean of a metric; where conditions have no names, the best trial.
fn best(metric: &str) -> Result<String> {
    let (mut names, mut values): (Names, Vec<Vec<f64>>) = (Names::default(), Vec::new());
    for trial in trials() {
        let Some(value) = Some(trial.scalar(metric)).filter(|s| trial.is_completed().unwrap_or(false) && !s.is_null()).map(|s| s.float())
        else {
            continue;
        };
        let Some(value) = value? else { continue };
        let condition = trial.condition()?;
        let name = if condition.is_empty() {
            ["trial ", &trial.number(), " (", &flags_text(&trial.flags()?, &[]), ")"].concat()
        } else {
            condition
        };
        let place = names.place(name);
        if place == values.len() {
            values.push(Vec::new());
        }
        values[place].push(value);
    }
    let highest = param("mode").string_or("min")? == "max";
    let mut best: Option<(f64, &str)> = None;
    for (name, values) in names.list.iter().zip(&values) {
        let Some(mean) = mean(values) else { continue };
        if best.is_none_or(|(than, _)| if highest { mean > than } else { mean < than }) {
            best = Some((mean, name));
        }
    }
    Ok(best.map_or_else(String::new, |(mean, name)| ["; Best ", metric, ": '", name, "' (", &number(mean), ")"].concat()))
}
