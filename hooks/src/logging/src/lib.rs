//! The built-in hook `logging`: what Crystallize's logging plugin says of experiments, and Hydra's of jobs, of batches and runs.

mod batch;

use figures::{flags_text, seconds};
use guild_hook::{abi, decimal, describe, error, event, flags, hook, info, param, params, run, warn, Result, Value};

const ABOUT: &str = r#"{"name":"logging","version":"1.0.0","description":"logs how runs and batches begin and end","events":["on_init","on_batch_begin","on_run_skipped","on_run_begin","on_step_begin","on_step_end","on_run_end","on_trial_end","on_batch_end"],"params":{"level":{"type":"string","choices":["debug","info","warning","error"],"default":"info","help":"records below this level are left out"},"verbose":{"type":"bool","default":false,"help":"a line for each trial and step too"},"metric":{"type":"string","help":"the scalar by which the best trial or condition of a batch is named"},"mode":{"type":"string","choices":["min","max"],"default":"min","help":"which value of the metric is the best"},"tail":{"type":"int","min":0,"max":50,"default":10,"help":"how many lines of a failed run's output are shown"}}}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_batch_begin => batch::begin,
    on_run_skipped => skipped,
    on_run_begin => begin,
    on_step_begin => step_begin,
    on_step_end => step_end,
    on_run_end => end,
    on_trial_end => batch::trial,
    on_batch_end => batch::end,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() && param("metric").string()?.is_some_and(|m| !figures::is_name(&m)) {
        problems.push("parameter \"metric\": the name is empty or has quotes".to_string());
    }
    params::refuse(&problems)
}

/// Logs a record, if its level is wanted.
fn say(level: i32, text: &str) -> Result {
    let least = match param("level").string_or("info")?.as_str() {
        "debug" => abi::LEVEL_DEBUG,
        "warning" => abi::LEVEL_WARN,
        "error" => abi::LEVEL_ERROR,
        _ => abi::LEVEL_INFO,
    };
    if level >= least {
        match level {
            abi::LEVEL_ERROR => error(text),
            abi::LEVEL_WARN => warn(text),
            _ => info(text),
        }
    }
    Ok(())
}

fn verbose() -> Result<bool> {
    param("verbose").bool_or(false)
}

/// Whether the run is a trial: then its batch speaks for it.
fn in_batch() -> bool {
    event("batch").exists()
}

pub fn begin() -> Result {
    if in_batch() {
        return Ok(());
    }
    let mut text = ["Started ", &run("op").string_or("")?].concat();
    let flags = flags_text(&flags()?, &[]);
    if !flags.is_empty() {
        text.push_str(&[" ", &flags].concat());
    }
    say(abi::LEVEL_INFO, &text)
}

/// A run that is not made: a denial is told by who denied.
pub fn skipped() -> Result {
    let why = run("stop_reason").string_or("")?;
    if why == "denied" {
        return Ok(());
    }
    if in_batch() {
        // That another run stands for a trial is told at its end.
        if verbose()? && why != "needed" {
            say(abi::LEVEL_INFO, &[&batch::title()?, " was not run", &because(&why)].concat())?;
        }
        return Ok(());
    }
    let matches = event("needed.matches").texts()?;
    let text = match matches.first() {
        Some(id) => ["Skipped: run ", id, " is the same"].concat(),
        None => ["Skipped", &because(&why)].concat(),
    };
    say(abi::LEVEL_INFO, &text)
}

/// A run that did well says so with its scalars; one that failed with the end of its output, in a batch too, where it is kept with the
/// trial.
pub fn end() -> Result {
    let status = run("status").string_or("")?;
    let took = within(run("duration").float()?);
    // A trial is named: many may end at the same time.
    let say = |level, words: &str, rest: &str| match in_batch() {
        true => say(level, &[&batch::title()?, " ", &words.to_ascii_lowercase(), rest].concat()),
        false => say(level, &[words, rest].concat()),
    };
    match status.as_str() {
        "completed" if in_batch() => Ok(()),
        "completed" => {
            let values: Vec<String> = run("scalars").map()?.iter().map(|(name, v)| [name, "=", &last(v)].concat()).collect();
            let with = if values.is_empty() { String::new() } else { [" with ", &values.join(", ")].concat() };
            say(abi::LEVEL_INFO, "Succeeded", &[took, with].concat())
        }
        "terminated" => say(abi::LEVEL_WARN, "Terminated", &[took, because(&run("stop_reason").string_or("")?)].concat()),
        "denied" => say(abi::LEVEL_WARN, "Denied", &because(&run("error").string_or("")?)),
        _ => {
            let code = match run("exit_status").int()? {
                Some(code) => [" with exit status ", &decimal::integer(code)].concat(),
                None => String::new(),
            };
            say(abi::LEVEL_ERROR, "Failed", &[code, took, because(&run("error").string_or("")?), tail()?].concat())
        }
    }
}

fn within(duration: Option<f64>) -> String {
    duration.map_or_else(String::new, |duration| [" in ", &seconds(duration)].concat())
}

fn because(reason: &str) -> String {
    if reason.is_empty() {
        return String::new();
    }
    [": ", reason].concat()
}

fn last(scalar: &Value) -> String {
    scalar.get("last").map_or_else(|| "null".to_string(), Value::to_json)
}

/// The last lines of the output, each indented.
fn tail() -> Result<String> {
    let (output, most) = (run("output_tail").string_or("")?, param("tail").int_or(10)? as usize);
    let lines: Vec<&str> = output.trim_end().split('\n').filter(|l| !l.trim().is_empty()).collect();
    let mut text = String::new();
    for line in &lines[lines.len().saturating_sub(most)..] {
        text.push_str(&["\n  ", line.trim_end()].concat());
    }
    Ok(text)
}

pub fn step_begin() -> Result {
    if verbose()? && !in_batch() {
        say(abi::LEVEL_INFO, &["Step ", &run("step").string_or("")?, " started"].concat())?;
    }
    Ok(())
}

pub fn step_end() -> Result {
    if !verbose()? {
        return Ok(());
    }
    let skipped = run("step_result.skipped").bool_or(false)?;
    let became = if skipped { "skipped".to_string() } else { run("step_result.status").string_or("")? };
    let step = run("step").string_or("")?;
    let text = match (in_batch(), became.as_str()) {
        (true, "completed") => [&batch::title()?, " finished step ", &step].concat(),
        (true, _) => [&batch::title()?, " did not finish step ", &step, &because(&became)].concat(),
        (false, _) => ["Step ", &step, " finished", &because(&became)].concat(),
    };
    say(abi::LEVEL_INFO, &text)
}

#[cfg(test)]
mod tests;
