//! The built-in hook `notify`: a record in the run's event stream when a run or a batch begins and ends, for whoever follows it.

use guild_hook::{describe, emit, event, hook, param, params, run, trials, Result, Value};

const ABOUT: &str = r#"{"name":"notify","version":"1.0.0","description":"emits records when runs and batches begin and end","events":["on_init","on_batch_begin","on_run_begin","on_run_end","on_trial_end","on_batch_end"],"params":{"on":{"type":"list","items":"string","help":"statuses with which an end is worth a record (default: all)"},"begin":{"type":"bool","default":true,"help":"false: no records of beginnings"},"trials":{"type":"bool","default":true,"help":"false: no records of the trials of a batch"},"topic":{"type":"string","default":"guild","help":"what topics begin with: guild.run.begin, guild.run.end, guild.batch.begin, guild.trial.end, guild.batch.end"}},"allow":["emit"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_batch_begin => batch_begin,
    on_run_begin => run_begin,
    on_run_end => run_end,
    on_trial_end => trial_end,
    on_batch_end => batch_end,
}

const STATUSES: [&str; 4] = ["completed", "error", "terminated", "denied"];

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        for status in param("on").texts()?.iter().filter(|s| !STATUSES.contains(&s.as_str())) {
            problems.push(["parameter \"on\": unknown status \"", status, "\"", &params::advice(status, STATUSES.into_iter())].concat());
        }
        let topic = param("topic").string_or("guild")?;
        let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, b'.' | b'_' | b'-');
        if topic.is_empty() || topic.len() > 48 || !topic.bytes().all(fits) {
            problems.push(params::invalid("topic", &topic.into(), "1 to 48 of a-z, 0-9, \".\", \"_\" and \"-\""));
        }
    }
    params::refuse(&problems)
}

fn send(kind: &str, data: Vec<(&str, Value)>) -> Result {
    let topic = [&param("topic").string_or("guild")?, ".", kind].concat();
    emit(&topic, data.into_iter().collect::<Value>())
}

/// Those of the fields that there are, under their own names.
fn fields<'a>(part: &str, names: &[&'a str]) -> Result<Vec<(&'a str, Value)>> {
    let mut data = Vec::new();
    for name in names {
        if let Some(value) = event(&[part, name].concat()).value()? {
            data.push((*name, value));
        }
    }
    Ok(data)
}

/// Which trial of which batch this is, if it is one.
fn membership(data: &mut Vec<(&str, Value)>) -> Result {
    if let Some(id) = event("batch.id").value()? {
        data.push(("batch", id));
        data.extend(fields("batch.", &["index", "count", "replicate", "condition"])?);
    }
    Ok(())
}

/// The last values of the scalars.
fn scalars() -> Result<Value> {
    let last = |(name, value): (String, Value)| (name, value.get("last").cloned().unwrap_or(Value::Null));
    Ok(run("scalars").map()?.into_iter().map(last).collect())
}

fn begins() -> Result<bool> {
    param("begin").bool_or(true)
}

/// Whether the trials of a batch are told of, if this is one.
fn is_told() -> Result<bool> {
    Ok(!event("batch").exists() || param("trials").bool_or(true)?)
}

/// Whether an end with this status is told.
fn ends(status: &str) -> Result<bool> {
    let on = param("on");
    Ok(!on.exists() || on.texts()?.iter().any(|s| s == status))
}

pub fn run_begin() -> Result {
    if !begins()? || !is_told()? {
        return Ok(());
    }
    let mut data = fields("run.", &["id", "op", "label", "flags", "host"])?;
    membership(&mut data)?;
    send("run.begin", data)
}

pub fn run_end() -> Result {
    if !ends(&run("status").string_or("")?)? || !is_told()? {
        return Ok(());
    }
    let names = ["id", "op", "label", "status", "exit_status", "signal", "stop_reason", "error", "duration", "host"];
    let mut data = fields("run.", &names)?;
    data.push(("scalars", scalars()?));
    membership(&mut data)?;
    send("run.end", data)
}

pub fn trial_end() -> Result {
    if !ends(&run("status").string_or("")?)? || !param("trials").bool_or(true)? {
        return Ok(());
    }
    let mut data = fields("run.", &["id", "status", "exit_status", "stop_reason", "error", "duration"])?;
    membership(&mut data)?;
    send("trial.end", data)
}

pub fn batch_begin() -> Result {
    if !begins()? {
        return Ok(());
    }
    let mut data = fields("run.", &["op"])?;
    data.extend(fields("batch.", &["id", "count", "replicates", "conditions"])?);
    send("batch.begin", data)
}

/// A batch in which one trial failed is told as `error`.
pub fn batch_end() -> Result {
    let mut counts: Vec<(String, i64)> = Vec::new();
    for trial in trials() {
        let status = trial.status()?;
        let status = if status.is_empty() { "not run".to_string() } else { status };
        match counts.iter_mut().find(|c| c.0 == status) {
            Some(count) => count.1 += 1,
            None => counts.push((status, 1)),
        }
    }
    let mut status = run("status").string_or("completed")?;
    if status == "completed" && counts.iter().any(|(s, _)| s != "completed") {
        status = "error".to_string();
    }
    if !ends(&status)? {
        return Ok(());
    }
    let mut data = fields("batch.", &["id", "count"])?;
    data.push(("status", status.into()));
    data.extend(fields("run.", &["op", "duration", "stop_reason"])?);
    data.push(("trials", counts.into_iter().map(|(s, n)| (s, Value::from(n))).collect()));
    send("batch.end", data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::{fake::Host, json};

    fn emitted(host: Host, handler: fn() -> Result) -> Vec<String> {
        let host = host.call(handler);
        assert_eq!(host.failure, None);
        host.emitted.into_iter().map(|(topic, data)| format!("{topic} {data}")).collect()
    }

    fn host() -> Host {
        let scalars = json::parse(r#"{"loss":{"last":0.5,"min":0.1},"bad":{"last":null}}"#).unwrap();
        Host::new().run("id", "aaa").run("op", "train").run("status", "error").run("exit_status", 3).run("scalars", scalars).flag("lr", 0.1)
    }

    #[test]
    fn runs() {
        assert_eq!(emitted(host(), run_begin), [r#"guild.run.begin {"id":"aaa","op":"train","flags":{"lr":0.1}}"#]);
        assert_eq!(
            emitted(host(), run_end),
            [r#"guild.run.end {"id":"aaa","op":"train","status":"error","exit_status":3,"scalars":{"loss":0.5,"bad":null}}"#]
        );
        assert_eq!(emitted(host().param("begin", false), run_begin), [] as [&str; 0]);
        assert_eq!(emitted(host().param("on", vec!["completed"]), run_end), [] as [&str; 0]);
        assert_eq!(emitted(host().param("on", vec!["error"]).param("topic", "ci"), run_end)[0].split(' ').next(), Some("ci.run.end"));
    }

    #[test]
    fn members() {
        let trial = || host().set("batch.id", "bbb").set("batch.index", 2).set("batch.count", 3);
        assert!(emitted(trial(), run_begin)[0].ends_with(r#""batch":"bbb","index":2,"count":3}"#));
        assert_eq!(
            emitted(trial(), trial_end),
            [r#"guild.trial.end {"id":"aaa","status":"error","exit_status":3,"batch":"bbb","index":2,"count":3}"#]
        );
        for handler in [run_begin as fn() -> Result, run_end, trial_end] {
            assert_eq!(emitted(trial().param("trials", false), handler), [] as [&str; 0]);
        }
        assert_eq!(emitted(trial().param("on", vec!["terminated"]), trial_end), [] as [&str; 0]);
    }

    #[test]
    fn batches() {
        let list = |text: &str| json::parse(text).unwrap();
        let batch = || Host::new().run("op", "train").run("status", "completed").set("batch.id", "bbb").set("batch.count", 3);
        assert_eq!(emitted(batch(), batch_begin), [r#"guild.batch.begin {"op":"train","id":"bbb","count":3}"#]);
        assert_eq!(emitted(batch().param("begin", false), batch_begin), [] as [&str; 0]);
        let good = || batch().set("batch.trials", list(r#"[{"index":0,"status":"completed"},{"index":1,"status":"completed"}]"#));
        assert_eq!(
            emitted(good(), batch_end),
            [r#"guild.batch.end {"id":"bbb","count":3,"status":"completed","op":"train","trials":{"completed":2}}"#]
        );
        let bad = || batch().set("batch.trials", list(r#"[{"index":0,"status":"error"},{"index":1}]"#));
        assert_eq!(
            emitted(bad(), batch_end),
            [r#"guild.batch.end {"id":"bbb","count":3,"status":"error","op":"train","trials":{"error":1,"not run":1}}"#]
        );
        assert_eq!(emitted(bad().param("on", vec!["completed"]), batch_end), [] as [&str; 0]);
    }

    #[test]
    fn parameters() {
        let denied = |h: Host| h.call(init).denied.unwrap_or_default();
        assert_eq!(denied(Host::new().param("on", vec!["eror"])), "parameter \"on\": unknown status \"eror\" (did you mean \"error\"?)");
        assert_eq!(
            denied(Host::new().param("topic", "A b")),
            "invalid value \"A b\" for parameter \"topic\": want 1 to 48 of a-z, 0-9, \".\", \"_\" and \"-\""
        );
        assert_eq!(denied(Host::new().param("topic", "my-runs.1").param("on", vec!["denied"])), "");
    }
}
