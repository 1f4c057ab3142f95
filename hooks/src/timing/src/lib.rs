//! The built-in hook `timing`: how long runs take. It remembers the durations of an operation's completed runs, and says at the next
//! one's beginning what it usually takes.

use figures::{count, number, seconds};
use guild_hook::{
    decimal, describe, event, hook, info, json, param, params, run, set_attr, stage, trials, warn, Expect, Result, Scope, Value,
};

const ABOUT: &str = r#"{"name":"timing","version":"1.0.0","description":"keeps how long runs take, and says what a run usually takes","events":["on_init","on_batch_begin","on_run_begin","on_run_end","on_batch_end"],"params":{"history":{"type":"int","min":1,"max":1000,"default":20,"help":"how many durations of an operation are remembered"},"least":{"type":"int","min":1,"default":3,"help":"how many must be known before an estimate is made"},"file":{"type":"string","default":"","help":"file in the batch's directory for the durations of its trials, such as timing.json (default: none)"}},"allow":["stage.write:timing*","attrs.set"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_batch_begin => batch_begin,
    on_run_begin => begin,
    on_run_end => end,
    on_batch_end => batch_end,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        let (least, history) = (param("least").int_or(3)?, param("history").int_or(20)?);
        if least > history {
            let parts = ["parameter \"least\": ", &decimal::integer(least), " are never known: history is ", &decimal::integer(history)];
            problems.push(parts.concat());
        }
        let file = param("file").string_or("")?;
        if !file.is_empty() && !figures::is_path(&file) {
            problems.push(params::invalid("file", &Value::from(file), "a path in the batch's directory"));
        }
    }
    params::refuse(&problems)
}

/// The durations of an operation's completed runs, oldest first, as they are kept in the project's state.
struct History {
    key: String,
    durations: Vec<Value>,
}

impl History {
    fn read() -> Result<History> {
        // A batch is named after the operation of its trials: train+.
        let op = run("op").string_or("")?;
        let key = if run("is_batch").bool_or(false)? { op.trim_end_matches('+').to_string() } else { op };
        let durations = match Scope::Project.get(&key)?.map(|(text, _)| json::parse(&String::from_utf8_lossy(&text))) {
            Some(Ok(Value::Array(durations))) => durations,
            None => Vec::new(),
            Some(_) => {
                warn(["the history of ", &key, " cannot be read, and begins anew"].concat()); // no reason not to run
                Vec::new()
            }
        };
        Ok(History { key, durations })
    }

    fn add(mut self, duration: Value) -> Result {
        self.durations.push(duration);
        let most = param("history").int_or(20)? as usize;
        let from = self.durations.len().saturating_sub(most);
        let kept = Value::Array(self.durations.split_off(from)).to_json();
        Scope::Project.put(&self.key, kept, Expect::Any).map(|_| ())
    }

    /// The median, if enough is known: one run that hung says nothing of the others.
    fn usual(&self) -> Result<Option<f64>> {
        let mut times: Vec<f64> = self.durations.iter().filter_map(Value::as_f64).collect();
        if (times.len() as i64) < param("least").int_or(3)? {
            return Ok(None);
        }
        Ok(median(&mut times))
    }
}

fn median(times: &mut [f64]) -> Option<f64> {
    times.sort_unstable_by(f64::total_cmp);
    let middle = times.len() / 2;
    let upper = *times.get(middle)?;
    Some(if times.len() % 2 == 1 { upper } else { (times[middle - 1] + upper) / 2.0 })
}

/// Single runs only: a batch has said it for all its trials.
pub fn begin() -> Result {
    if event("batch").exists() {
        return Ok(());
    }
    if let Some(usual) = History::read()?.usual()? {
        info(["usually takes ", &seconds(usual)].concat());
    }
    Ok(())
}

pub fn batch_begin() -> Result {
    let (history, trials) = (History::read()?, event("batch.count").int_or(0)?);
    match (history.usual()?, trials) {
        (None, _) | (_, 0) => {}
        (Some(usual), 1) => info(["1 trial usually takes ", &seconds(usual)].concat()),
        (Some(usual), n) => {
            let all = seconds(usual * n as f64);
            info([&count(n, "trial"), " usually take ", &seconds(usual), " each, one after the other ", &all].concat());
        }
    }
    Ok(())
}

/// A run that was not begun has no duration, and one that failed says nothing of how long the next will take.
pub fn end() -> Result {
    let Some(duration) = run("duration").value()? else { return Ok(()) };
    set_attr("seconds", duration.clone())?;
    if run("status").string()?.as_deref() == Some("completed") {
        History::read()?.add(duration)?;
    }
    Ok(())
}

/// Which trial took how long.
struct Timed {
    index: String,
    number: String,
    status: String,
    seconds: f64,
}

pub fn batch_end() -> Result {
    let mut all = Vec::new();
    let (mut failed, mut skipped) = (0i64, 0i64);
    for trial in trials() {
        let status = trial.status()?;
        // Those that another run stands for took no time of this batch.
        match trial.duration()? {
            Some(seconds) if !trial.field("skipped").exists() => {
                failed += i64::from(status != "completed");
                all.push(Timed { index: trial.index().to_string(), number: trial.number(), status, seconds });
            }
            _ => skipped += 1,
        }
    }
    let took = run("duration").float()?.map_or_else(String::new, |took| [" in ", &seconds(took)].concat());
    summary(&all, &took, failed, skipped);
    let file = param("file").string_or("")?;
    if !file.is_empty() {
        stage::write(&file, table(&all))?;
    }
    Ok(())
}

fn summary(all: &[Timed], took: &str, failed: i64, skipped: i64) {
    let completed: Vec<&Timed> = all.iter().filter(|t| t.status == "completed").collect();
    let mut times: Vec<f64> = completed.iter().map(|t| t.seconds).collect();
    let mut text = [&count(completed.len() as i64, "trial"), " completed", took].concat();
    if let Some(mean) = figures::mean(&times) {
        let middle = median(&mut times).unwrap_or_default();
        let (fast, slow) = (times[0], times[times.len() - 1]);
        let slowest = completed.iter().find(|t| t.seconds == slow).map_or("", |t| &t.number);
        let parts = [
            ": mean ",
            &seconds(mean),
            ", median ",
            &seconds(middle),
            ", ",
            &seconds(fast),
            " to ",
            &seconds(slow),
            " (trial ",
            slowest,
            ")",
        ];
        text.push_str(&parts.concat());
    }
    for (n, what) in [(failed, " failed"), (skipped, " not run")] {
        if n > 0 {
            text.push_str(&["; ", &Value::from(n).to_json(), what].concat());
        }
    }
    info(text);
}

fn table(all: &[Timed]) -> String {
    let mut out = String::from("[");
    for (i, t) in all.iter().enumerate() {
        let comma = if i == 0 { "\n" } else { ",\n" };
        let seconds = number(t.seconds);
        out.push_str(&[comma, "{\"index\":", &t.index, ",\"status\":\"", &t.status, "\",\"seconds\":", &seconds, "}"].concat());
    }
    out.push_str("\n]\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::fake::Host;

    fn ended(host: Host, status: &str, duration: f64) -> Host {
        let host = host.run("op", "train").run("status", status).run("duration", duration).call(end);
        assert_eq!(host.failure, None);
        host
    }

    fn logs(host: Host, handler: fn() -> Result) -> Vec<String> {
        host.call(handler).logs.into_iter().map(|l| l.1).collect()
    }

    #[test]
    fn history() {
        let mut host = Host::new();
        for (status, duration) in [("completed", 1.0), ("error", 100.0), ("terminated", 100.0), ("completed", 3.0)] {
            host = ended(host, status, duration);
            assert_eq!(host.attrs, [("seconds".to_string(), Value::from(duration).to_json())]);
        }
        assert_eq!(logs(host.clone(), begin), [] as [&str; 0]);
        host = ended(host, "completed", 60.04);
        assert_eq!(logs(host.clone(), begin), ["usually takes 3.0s"]);
        assert_eq!(logs(host.clone().param("least", 4), begin), [] as [&str; 0]);
        assert_eq!(logs(host.clone().run("op", "other"), begin), [] as [&str; 0]);
        assert_eq!(logs(host.clone().set("batch.index", 1), begin), [] as [&str; 0]);
        let batch = host.clone().set("batch.count", 12).run("op", "train+").run("is_batch", true);
        assert_eq!(logs(batch.clone(), batch_begin), ["12 trials usually take 3.0s each, one after the other 36.0s"]);
        assert_eq!(logs(batch.clone().set("batch.count", 1), batch_begin), ["1 trial usually takes 3.0s"]);
        assert_eq!(logs(batch.set("batch.count", 0), batch_begin), [] as [&str; 0]);
        // Only so many are remembered.
        let mut host = host.param("history", 2).param("least", 1);
        host = ended(host, "completed", 4.0);
        assert_eq!(logs(host, begin), ["usually takes 32.0s"]);
        // Denied at its beginning: nothing ran.
        let none = Host::new().run("op", "train").run("status", "denied").call(end);
        assert_eq!((none.failure, none.attrs.len()), (None, 0));
    }

    #[test]
    fn batches() {
        let list = r#"[{"index":0,"status":"completed","duration":1.25},{"index":1,"status":"error","duration":9},
            {"index":2,"status":"completed","duration":2.5},{"index":3},{"index":4,"status":"completed","skipped":"needed","duration":50}]"#;
        let host = Host::new().set("batch.trials", json::parse(list).unwrap());
        let done = host.clone().call(batch_end);
        assert_eq!(done.logs[0].1, "2 trials completed: mean 1.9s, median 1.9s, 1.3s to 2.5s (trial 3); 1 failed; 2 not run");
        assert!(done.touched.is_empty());
        assert_eq!(
            host.param("file", "timing.json").call(batch_end).text("timing.json"),
            "[\n{\"index\":0,\"status\":\"completed\",\"seconds\":1.25},\n{\"index\":1,\"status\":\"error\",\"seconds\":9},\n{\"index\":2,\"status\":\"completed\",\"seconds\":2.5}\n]\n"
        );
        assert_eq!(logs(Host::new(), batch_end), ["0 trials completed"]);
        assert_eq!(logs(Host::new().run("duration", 61.25), batch_end), ["0 trials completed in 61.3s"]);
    }

    #[test]
    fn parameters() {
        assert_eq!(
            Host::new().param("history", 0).call(init).denied.unwrap(),
            "invalid value 0 for parameter \"history\": want at least 1"
        );
        let denied = |h: Host| h.call(init).denied.unwrap_or_default();
        assert_eq!(denied(Host::new().param("history", 2)), "parameter \"least\": 3 are never known: history is 2");
        assert_eq!(
            denied(Host::new().param("file", "../timing.json")),
            "invalid value \"../timing.json\" for parameter \"file\": want a path in the batch's directory"
        );
        assert_eq!(denied(Host::new().param("history", 2).param("least", 2).param("file", "timing.json")), "");
    }

    #[test]
    fn unreadable_history() {
        let spoil: fn() -> Result = || Scope::Project.put("train", "[1, 2", Expect::Any).map(|_| ());
        let host = Host::new().run("op", "train").call(spoil).call(begin);
        assert_eq!((host.failure.as_deref(), host.logs[0].1.as_str()), (None, "the history of train cannot be read, and begins anew"));
        let host = ended(host, "completed", 2.0).param("least", 1);
        assert_eq!(logs(host, begin), ["usually takes 2.0s"]);
    }
}
