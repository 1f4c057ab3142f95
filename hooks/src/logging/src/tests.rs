use super::*;
use guild_hook::{fake::Host, json};

fn logged(host: Host, handler: fn() -> Result) -> Vec<String> {
    let host = host.call(handler);
    assert_eq!(host.failure, None);
    host.logs.into_iter().map(|(level, text)| format!("{} {text}", ["debug", "info", "warning", "error"][(level + 1) as usize])).collect()
}

fn one(host: Host, handler: fn() -> Result) -> String {
    let mut all = logged(host, handler);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

const NONE: [&str; 0] = [];

fn ended(status: &str) -> Host {
    Host::new().run("op", "train").run("status", status).run("duration", 1.26)
}

#[test]
fn single_runs() {
    assert_eq!(one(Host::new().run("op", "train").flag("lr", 0.1).flag("name", "x"), begin), "info Started train lr=0.1 name=x");
    assert_eq!(one(Host::new().run("op", "train"), begin), "info Started train");
    assert_eq!(one(ended("completed"), end), "info Succeeded in 1.3s");
    let scalars = json::parse(r#"{"loss":{"last":0.50},"bad":{"last":null}}"#).unwrap();
    assert_eq!(one(ended("completed").run("scalars", scalars), end), "info Succeeded in 1.3s with loss=0.50, bad=null");
    let failed = || ended("error").run("exit_status", 3).run("output_tail", "one\n\n  two  \nthree\n");
    assert_eq!(one(failed(), end), "error Failed with exit status 3 in 1.3s\n  one\n    two\n  three");
    assert_eq!(one(failed().param("tail", 1), end), "error Failed with exit status 3 in 1.3s\n  three");
    assert_eq!(one(failed().param("tail", 0), end), "error Failed with exit status 3 in 1.3s");
    assert_eq!(one(ended("error").run("error", "no such program"), end), "error Failed in 1.3s: no such program");
    assert_eq!(one(ended("terminated").run("stop_reason", "signal SIGINT"), end), "warning Terminated in 1.3s: signal SIGINT");
    assert_eq!(one(Host::new().run("status", "denied").run("error", "no"), end), "warning Denied: no");
    assert_eq!(logged(Host::new().run("stop_reason", "denied"), skipped), NONE);
    assert_eq!(one(Host::new().run("stop_reason", "stopped"), skipped), "info Skipped: stopped");
    assert_eq!(one(Host::new().set("needed.matches", vec!["abc"]), skipped), "info Skipped: run abc is the same");
}

#[test]
fn levels() {
    for (level, info, warning, error) in [("debug", 1, 1, 1), ("info", 1, 1, 1), ("warning", 0, 1, 1), ("error", 0, 0, 1)] {
        let count = |status: &str| logged(ended(status).param("level", level), end).len();
        assert_eq!((count("completed"), count("terminated"), count("error")), (info, warning, error), "{level}");
    }
    for (metric, want) in [("loss", None), ("", Some("parameter \"metric\": the name is empty or has quotes"))] {
        assert_eq!(Host::new().param("metric", metric).call(init).denied.as_deref(), want);
    }
    let denied = Host::new().param("level", "INVALID").call(init).denied.unwrap();
    assert_eq!(denied, "invalid value \"INVALID\" for parameter \"level\": want one of debug, info, warning, error");
}

#[test]
fn batches() {
    let batch = || Host::new().set("batch.count", 6).set("batch.replicates", 3).set("batch.random_seed", 42).time(1_000_000_000);
    assert_eq!(one(batch(), batch::begin), "info Experiment: 3 replicates, 2 conditions, 6 trials (seed=42)");
    assert_eq!(one(Host::new().set("batch.count", 4), batch::begin), "info Experiment: 1 replicates, 4 conditions, 4 trials");
    let named = batch().set("batch.conditions", vec!["a", "b", "c"]);
    assert_eq!(one(named, batch::begin), "info Experiment: 3 replicates, 3 conditions, 6 trials (seed=42)");

    let list = r#"[{"index":0,"status":"completed","flags":{"lr":1},"scalars":{"loss":{"last":0.5}}},{"index":1,"status":"completed","flags":{"lr":2},"scalars":{"loss":{"last":0.25}}},
        {"index":2,"status":"error","flags":{"lr":3},"scalars":{"loss":{"last":0}}},{"index":3,"status":"completed","flags":{"lr":4},"scalars":{"loss":{"last":null}}}]"#;
    let end = || batch().call(batch::begin).time(13_340_000_000).set("batch.trials", json::parse(list).unwrap());
    assert_eq!(one(end(), batch::end), "warning Completed in 12.3s; 1 errors");
    assert_eq!(one(end().param("metric", "loss"), batch::end), "warning Completed in 12.3s; Best loss: 'trial 2 (lr=2)' (0.25); 1 errors");
    assert_eq!(
        one(end().param("metric", "loss").param("mode", "max"), batch::end),
        "warning Completed in 12.3s; Best loss: 'trial 1 (lr=1)' (0.5); 1 errors"
    );
    assert_eq!(one(end().param("metric", "gone"), batch::end), "warning Completed in 12.3s; 1 errors");
    assert_eq!(one(Host::new(), batch::end), "info Completed; 0 errors");

    let list = r#"[{"index":0,"status":"completed","condition":"a","scalars":{"loss":{"last":1}}},{"index":1,"status":"completed","condition":"b","scalars":{"loss":{"last":2}}},
        {"index":2,"status":"completed","condition":"a","scalars":{"loss":{"last":2}}},{"index":3,"status":"completed","condition":"b","scalars":{"loss":{"last":0.5}}}]"#;
    let named = Host::new().set("batch.trials", json::parse(list).unwrap()).param("metric", "loss");
    assert_eq!(one(named, batch::end), "info Completed; Best loss: 'b' (1.25); 0 errors");
}

#[test]
fn trials() {
    let trial = |status: &str| {
        let batch = ended(status).set("batch.index", 1).set("batch.count", 6).set("batch.replicate", 0).set("batch.replicates", 3);
        batch.flag("lr", 1).run("cmd", vec!["python3", "train.py"])
    };
    assert_eq!(logged(trial("completed"), batch::trial), NONE);
    let verbose = |status: &str| trial(status).param("verbose", true);
    assert_eq!(one(verbose("completed"), batch::trial), "info Rep 1/3 lr=1 finished step train in 1.3s");
    assert_eq!(one(verbose("error").set("batch.condition", "wide"), batch::trial), "info Rep 1/3 wide did not finish in 1.3s: error");
    let skipped_trial = Host::new().run("stop_reason", "stopped").set("batch.count", 2).param("verbose", true);
    assert_eq!(one(skipped_trial, batch::trial), "info Rep 1/1 was not run: stopped");
    assert_eq!(one(verbose("completed").run("stop_reason", "needed"), batch::trial), "info Rep 1/3 lr=1 was not run: needed");
    // Beginning and success are the batch's to tell; a failure is told with the trial and its output, where it is kept.
    assert_eq!(logged(trial("running"), begin), NONE);
    assert_eq!(logged(trial("completed"), end), NONE);
    assert_eq!(one(trial("error").run("exit_status", 2), end), "error Rep 1/3 lr=1 failed with exit status 2 in 1.3s");
    assert_eq!(one(trial("terminated").run("stop_reason", "signal SIGINT"), end), "warning Rep 1/3 lr=1 terminated in 1.3s: signal SIGINT");
    assert_eq!(one(trial("denied").set("batch.condition", "wide"), end), "warning Rep 1/3 wide denied");
    assert_eq!(logged(trial("").run("stop_reason", "needed"), skipped), NONE);
    assert_eq!(logged(verbose("").run("stop_reason", "needed"), skipped), NONE);
    assert_eq!(one(verbose("").run("stop_reason", "stopped"), skipped), "info Rep 1/3 lr=1 was not run: stopped");
}

#[test]
fn steps() {
    let step = || Host::new().run("step", "prepare");
    assert_eq!(logged(step(), step_begin), NONE);
    assert_eq!(one(step().param("verbose", true), step_begin), "info Step prepare started");
    let done = || step().param("verbose", true).run("step_result.status", "error");
    assert_eq!(one(done(), step_end), "info Step prepare finished: error");
    assert_eq!(one(done().run("step_result.skipped", true), step_end), "info Step prepare finished: skipped");
    // In an experiment a step is one of a replicate.
    let of_trial = || done().set("batch.replicate", 1).set("batch.replicates", 2).set("batch.condition", "wide");
    assert_eq!(logged(of_trial(), step_begin), NONE);
    assert_eq!(one(of_trial(), step_end), "info Rep 2/2 wide did not finish step prepare: error");
    assert_eq!(one(of_trial().run("step_result.status", "completed"), step_end), "info Rep 2/2 wide finished step prepare");
    // The pipeline as a whole is no step.
    let whole = Host::new().run("op", "experiment").run("status", "completed").set("batch.condition", "wide").param("verbose", true);
    assert_eq!(one(whole, batch::trial), "info Rep 1/1 wide finished experiment");
}

#[test]
fn odd_values() {
    // A flag's name and value are as they are, a scalar that is no number is null, and no output is none.
    let host = Host::new().run("op", "träin").flag("größe", "ein Wort").flag("n", i64::MAX);
    assert_eq!(one(host, begin), "info Started träin größe=ein Wort n=9223372036854775807");
    assert_eq!(one(ended("error").run("output_tail", "\n \n"), end), "error Failed in 1.3s");
    assert_eq!(one(ended("completed").run("duration", 1e12), end), "info Succeeded in 277777777h 46m");
    let none = Host::new().set("batch.trials", json::parse("[]").unwrap()).param("metric", "loss");
    assert_eq!(one(none, batch::end), "info Completed; 0 errors");
}
