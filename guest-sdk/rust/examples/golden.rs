//! Looks for the best value of a flag, by golden-section search: each trial of a batch tries a value that follows from the results of those
//! before it. `guild run train --replicates 8` makes eight such trials.
//!
//! Parameters: `flag`, of which the best value is looked for between `low` and `high`; `scalar`, which says how good it is; and `mode`, `min`
//! (the default) or `max`. Needs the grant `flags.set`.

use guild_hook::{answer, deny, describe, event, flag, hook, info, json, param, params, run, set_flag, Error, Result, Scope, Value};

const ABOUT: &str = r#"{"name":"golden","version":"1.0.0","description":"looks for the best value of a flag, one trial after the other","events":["on_init","batch_strategy","on_flags_composed","on_trial_end","on_batch_end"],"params":{"flag":{"type":"string","help":"the flag"},"low":{"type":"number","help":"its least value"},"high":{"type":"number","help":"its greatest value"},"scalar":{"type":"string","help":"what says how good a value is"},"mode":{"type":"string","choices":["min","max"],"default":"min","help":"which is better"}},"allow":["flags.set"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    batch_strategy => strategy,
    on_flags_composed => ask,
    on_trial_end => tell,
    on_batch_end => best,
}

fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    for name in ["flag", "low", "high", "scalar"] {
        if !param(name).exists() {
            problems.push(["parameter \"", name, "\" is missing"].concat());
        }
    }
    if problems.is_empty() && !(number("low")? < number("high")?) {
        problems.push("parameter \"low\" is not below \"high\"".to_string());
    }
    params::refuse(&problems)
}

fn number(name: &str) -> Result<f64> {
    param(name).float_or(0.0)
}

/// What is to be tried next depends on what became of the last.
fn strategy() -> Result {
    answer([("mode", Value::from("serial"))].into_iter().collect::<Value>())
}

/// Sets the flag of a trial. In a single run it is what it is.
fn ask() -> Result {
    let Some(index) = event("batch.index").int()? else { return Ok(()) };
    let mut results = Vec::new();
    for told in told()?.into_iter().take(index as usize) {
        results.extend(told.map(|t| t.result));
    }
    if (results.len() as i64) < index {
        return deny("a trial needs the results of those before it: trials must be run one after the other");
    }
    set_flag(&param("flag").string_or("")?, next(number("low")?, number("high")?, &results))
}

/// The value that follows: the ends of the interval close in on the better of two values in it, one of which is known.
fn next(mut low: f64, mut high: f64, results: &[f64]) -> f64 {
    const RATIO: f64 = 0.618_033_988_749_894_9;
    let (mut a, mut b) = (high - RATIO * (high - low), low + RATIO * (high - low));
    let mut results = results.iter();
    let Some(mut at_a) = results.next() else { return a };
    let Some(mut at_b) = results.next() else { return b };
    loop {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - RATIO * (high - low);
            match results.next() {
                Some(result) => at_a = result,
                None => return a,
            }
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + RATIO * (high - low);
            match results.next() {
                Some(result) => at_b = result,
                None => return b,
            }
        }
    }
}

/// The key of the batch's state that has a line for each trial that ended: its index, the value and the result.
const TOLD: &str = "told";

/// Remembers what became of a trial. One that failed, or printed no number, is as bad as can be.
fn tell() -> Result {
    let index = Value::from(event("batch.index").int_or(0)?);
    let value = flag(&param("flag").string_or("")?).value()?.unwrap_or(Value::Null);
    let result = match run("status").string()?.as_deref() {
        Some("completed") => event(&["run.scalars.\"", &param("scalar").string_or("")?, "\".last"].concat()).value()?,
        _ => None,
    };
    Scope::Batch.append(TOLD, Value::Array(vec![index, value, result.into()]).to_json()).map(|_| ())
}

/// What a trial tried, and what came of it: the less the better.
struct Told {
    value: Value,
    result: f64,
}

/// Of each trial the last that was told.
fn told() -> Result<Vec<Option<Told>>> {
    let text = Scope::Batch.get(TOLD)?.map_or_else(Vec::new, |(text, _)| text);
    let sign = if is_max()? { -1.0 } else { 1.0 };
    let mut all = Vec::new();
    for line in String::from_utf8_lossy(&text).lines() {
        let Value::Array(parts) = json::parse(line)? else { return Err(Error::new(["state: ", line].concat())) };
        let [index, value, result] = parts.as_slice() else { return Err(Error::new(["state: ", line].concat())) };
        let index = index.as_i64().unwrap_or(0) as usize;
        all.resize_with(all.len().max(index + 1), || None);
        all[index] = Some(Told { value: value.clone(), result: result.as_f64().map_or(f64::INFINITY, |n| n * sign) });
    }
    Ok(all)
}

fn is_max() -> Result<bool> {
    Ok(param("mode").string_or("min")? == "max")
}

fn best() -> Result {
    let told = told()?;
    let Some(best) = told.iter().flatten().min_by(|a, b| a.result.total_cmp(&b.result)) else { return Ok(()) };
    if best.result.is_finite() {
        let result = Value::from(if is_max()? { -best.result } else { best.result });
        let (name, scalar) = (param("flag").string_or("")?, param("scalar").string_or("")?);
        let count = Value::from(told.len() as i64);
        info(["best of ", &count.to_json(), ": ", &name, "=", &best.value.to_json(), " with ", &scalar, "=", &result.to_json()].concat());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::fake::Host;

    /// A batch whose trials have this loss.
    fn search(mode: &str, trials: i64, loss: fn(f64) -> Value) -> (Vec<f64>, Host) {
        let host = Host::new().param("flag", "x").param("low", 0).param("high", 10).param("scalar", "loss").param("mode", mode);
        let mut host = host.flag("x", 0).run("status", "completed");
        let mut tried = Vec::new();
        for index in 0..trials {
            host = host.set("batch.index", index).call(ask);
            assert_eq!((&host.failure, &host.denied), (&None, &None));
            tried.push(host.flags_set[0].1.parse().unwrap());
            let x = tried[tried.len() - 1];
            host =
                host.flag("x", x).run("scalars", json::parse(r#"{"loss":{}}"#).unwrap()).set("run.scalars.loss.last", loss(x)).call(tell);
            assert_eq!(host.failure, None);
        }
        (tried, host.call(best))
    }

    #[test]
    fn closes_in() {
        let (tried, host) = search("min", 20, |x| ((x - 7.0) * (x - 7.0)).into());
        assert_eq!(tried[..2], [3.819660112501051, 6.180339887498949]);
        assert!((tried[19] - 7.0).abs() < 0.01, "{tried:?}");
        assert!(host.logs[0].1.starts_with("best of 20: x=7.0"), "{:?}", host.logs);
        let (tried, host) = search("max", 20, |x| (5.0 - (x - 2.0).abs()).into());
        assert!((tried[19] - 2.0).abs() < 0.01, "{tried:?}");
        assert!(host.logs[0].1.contains(" with loss=4.99"), "{:?}", host.logs);
    }

    #[test]
    fn failures() {
        // What is over 5 fails: the best below is found.
        let (tried, _) = search("min", 12, |x| if x > 5.0 { Value::Null } else { (5.0 - x).into() });
        assert!(tried[11] > 4.5 && tried[11] < 5.1, "{tried:?}");
        let (_, host) = search("min", 3, |_| Value::Null);
        assert!(host.logs.is_empty());
        assert!(search("min", 0, |_| Value::Null).1.logs.is_empty());
    }

    #[test]
    fn order() {
        let host = || Host::new().param("flag", "x").param("low", 0).param("high", 1).param("scalar", "loss").flag("x", 0);
        assert!(host().set("batch.index", 1).call(ask).denied.unwrap().ends_with("one after the other"));
        assert!(host().call(ask).flags_set.is_empty());
        // One that was refused meanwhile does not stand for those before it, and is no end of those after it.
        let refused = host().set("batch.index", 1).run("status", "denied").call(tell);
        assert!(refused.clone().set("batch.index", 2).call(ask).denied.is_some());
        assert_eq!(refused.set("batch.index", 0).call(ask).flags_set.len(), 1);
        assert_eq!(host().call(strategy).answer.unwrap(), r#"{"mode":"serial"}"#);
    }

    #[test]
    fn parameters() {
        let denied = |h: Host| h.call(init).denied.unwrap_or_default();
        assert_eq!(
            denied(Host::new().param("flag", "x").param("low", 1)),
            "parameter \"high\" is missing; parameter \"scalar\" is missing"
        );
        let all = |low: f64| Host::new().param("flag", "x").param("low", low).param("high", 1).param("scalar", "loss");
        assert_eq!(denied(all(1.0)), "parameter \"low\" is not below \"high\"");
        assert_eq!(denied(all(0.0)), "");
    }
}
