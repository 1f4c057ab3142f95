//! The built-in hook `early-stop`: ends a running run by a rule on one of its output scalars.

use guild_hook::{describe, event, hook, json, param, params, stop, Expect, Field, Result, Scope, Value};

const ABOUT: &str = r#"{"name":"early-stop","version":"1.0.0","description":"stops a run when a scalar no longer improves, passes a limit or is no number","events":["on_init","on_run_begin","on_run_progress"],"params":{"scalar":{"type":"string","help":"the scalar to look at (required)"},"mode":{"type":"string","choices":["min","max"],"default":"min","help":"which is better"},"patience":{"type":"int","min":1,"help":"stop after so many steps without a better value"},"min_delta":{"type":"number","min":0,"default":0,"help":"a value must be better by more than this"},"above":{"type":"number","help":"stop when the scalar is above this"},"below":{"type":"number","help":"stop when the scalar is below this"},"nan":{"type":"bool","default":false,"help":"stop when the scalar is not a finite number"},"warmup":{"type":"int","min":0,"default":0,"help":"steps before which nothing is stopped"}}}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_run_begin => begin,
    on_run_progress => progress,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        let scalar = param("scalar").string_or("")?;
        if scalar.is_empty() {
            problems.push("parameter \"scalar\" is missing: the name of the scalar to look at".to_string());
        } else if scalar.bytes().any(|c| c == b'"') {
            problems.push(params::invalid("scalar", &scalar.into(), "a name without quotes"));
        }
        if let (Some(above), Some(below)) = (param("above").float()?, param("below").float()?) {
            if above < below {
                problems.push("every value is above \"above\" or below \"below\": no run could go on".to_string());
            }
        }
        let rules = ["patience", "above", "below"].iter().any(|name| param(name).exists());
        if !rules && !param("nan").bool_or(false)? {
            problems.push("there is no rule to stop by: give patience, above, below or nan".to_string());
        }
    }
    params::refuse(&problems)
}

/// The key of what is remembered: the best value so far and its step.
const BEST: &str = "best";

/// A restart begins anew.
pub fn begin() -> Result {
    Scope::Run.put(BEST, "", Expect::Any).map(|_| ())
}

/// One output scalar as it is now.
struct Scalar {
    name: String,
    path: String,
    step: i64,
}

impl Scalar {
    fn read() -> Result<Option<Scalar>> {
        let name = param("scalar").string_or("")?;
        let path = ["run.scalars.\"", &name, "\"."].concat();
        let step = event(&[&path, "step"].concat()).int()?;
        Ok(step.map(|step| Scalar { name, path, step }))
    }

    fn get(&self, what: &str) -> Field {
        event(&[&self.path, what].concat())
    }
}

pub fn progress() -> Result {
    let Some(scalar) = Scalar::read()? else { return Ok(()) }; // it was not printed yet
    if scalar.step < param("warmup").int_or(0)? {
        return Ok(());
    }
    let step = Value::from(scalar.step).to_json();
    let last = scalar.get("last");
    if last.is_null() {
        if param("nan").bool_or(false)? {
            stop([&scalar.name, " is not a finite number at step ", &step].concat())?;
        }
    } else if let Some(value) = last.float()? {
        for (name, sign) in [("above", 1.0), ("below", -1.0)] {
            let limit = param(name);
            if limit.float()?.is_some_and(|limit| (value - limit) * sign > 0.0) {
                let (value, limit) = (last.json()?.unwrap_or_default(), limit.json()?.unwrap_or_default());
                return stop([&scalar.name, "=", value, " is ", name, " ", limit, " at step ", &step].concat());
            }
        }
    }
    match param("patience").int()? {
        Some(patience) => wait(&scalar, patience),
        None => Ok(()),
    }
}

/// Stops when the best value is as old as patience lasts. Between two looks many values may have been printed: the best of them all
/// is known, and counted from when it was first seen.
fn wait(scalar: &Scalar, patience: i64) -> Result {
    let lower = param("mode").string_or("min")? == "min";
    let best = scalar.get(if lower { "min" } else { "max" });
    let Some(value) = (if best.is_null() { None } else { best.float()? }) else { return Ok(()) };
    let remembered = match Scope::Run.get(BEST)? {
        Some((text, _)) if !text.is_empty() => json::parse(&String::from_utf8_lossy(&text))?,
        _ => Value::Null,
    };
    let before = remembered.get("value").and_then(Value::as_f64);
    let since = remembered.get("step").and_then(Value::as_i64).unwrap_or(scalar.step);
    let delta = param("min_delta").float_or(0.0)?;
    let better = before.is_none_or(|before| if lower { before - value > delta } else { value - before > delta });
    let text = best.json()?.unwrap_or_default();
    let step = Value::from(scalar.step).to_json();
    if better {
        Scope::Run.put(BEST, ["{\"value\":", text, ",\"step\":", &step, "}"].concat(), Expect::Any)?;
    } else if scalar.step - since >= patience {
        let was = remembered.get("value").map_or_else(String::new, Value::to_json);
        let (age, since) = (Value::from(scalar.step - since).to_json(), Value::from(since).to_json());
        stop([&scalar.name, " has not been better than ", &was, " (step ", &since, ") for ", &age, " steps"].concat())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::fake::Host;

    fn at(host: Host, step: i64, last: &str, min: &str) -> Host {
        let scalar = format!(r#"{{"loss":{{"last":{last},"min":{min},"max":9,"count":1,"step":{step}}}}}"#);
        let host = host.run("scalars", json::parse(&scalar).unwrap()).call(progress);
        assert_eq!(host.failure, None);
        host
    }

    fn host() -> Host {
        Host::new().param("scalar", "loss")
    }

    #[test]
    fn limits() {
        let one = |h: Host, last: &str| at(h, 4, last, "1").stopped;
        assert_eq!(one(host().param("above", 10), "12.50").unwrap(), "loss=12.50 is above 10 at step 4");
        assert_eq!(one(host().param("above", 10), "10"), None);
        assert_eq!(one(host().param("below", 0.1), "0.05").unwrap(), "loss=0.05 is below 0.1 at step 4");
        assert_eq!(one(host().param("below", 0.1), "0.5"), None);
        assert_eq!(one(host().param("above", 1).param("warmup", 5), "2"), None);
        assert_eq!(one(host().param("nan", true), "null").unwrap(), "loss is not a finite number at step 4");
        assert_eq!(one(host().param("above", 1), "null"), None);
        assert_eq!(host().call(progress).stopped, None);
        let odd = Host::new().param("scalar", "val.loss").param("above", 1);
        let odd = odd.run("scalars", json::parse(r#"{"val.loss":{"last":2,"step":0}}"#).unwrap()).call(progress);
        assert_eq!(odd.stopped.unwrap(), "val.loss=2 is above 1 at step 0");
    }

    #[test]
    fn patience() {
        let mut host = host().param("patience", 3).call(begin);
        for (step, min) in [(0, "1.0"), (1, "0.5"), (2, "0.5"), (3, "0.5")] {
            host = at(host, step, "5", min);
            assert_eq!(host.stopped, None, "step {step}");
        }
        host = at(host, 4, "5", "0.5");
        assert_eq!(host.stopped.as_deref(), Some("loss has not been better than 0.5 (step 1) for 3 steps"));
        // A restart begins anew.
        host = at(host.call(begin), 0, "5", "0.7");
        assert_eq!(at(host, 2, "5", "0.7").stopped, None);
    }

    #[test]
    fn the_higher_the_better() {
        let mut host = host().param("patience", 1).param("mode", "max");
        host = at(host, 0, "5", "null");
        assert_eq!(at(host, 1, "5", "null").stopped.unwrap(), "loss has not been better than 9 (step 0) for 1 steps");
    }

    #[test]
    fn small_steps_do_not_count() {
        let run = |delta: f64| {
            let mut host = host().param("patience", 2).param("min_delta", delta);
            for (step, min) in [(0, "1.0"), (1, "0.95"), (2, "0.9"), (3, "0.85")] {
                host = at(host, step, "5", min);
            }
            host.stopped
        };
        assert_eq!((run(0.0), run(0.5).is_some()), (None, true));
        assert_eq!(run(0.08), None); // 0.9 is better than 1.0 by more than that
    }

    #[test]
    fn parameters() {
        let denied = |h: Host| h.call(init).denied.unwrap_or_default();
        assert_eq!(
            denied(Host::new()),
            "parameter \"scalar\" is missing: the name of the scalar to look at; there is no rule to stop by: give patience, above, below or nan"
        );
        assert_eq!(denied(host().param("patience", 0)), "invalid value 0 for parameter \"patience\": want at least 1");
        assert_eq!(
            denied(host().param("above", 1).param("below", 2)),
            "every value is above \"above\" or below \"below\": no run could go on"
        );
        assert_eq!(denied(host().param("above", 2).param("below", 1)), "");
        assert_eq!(
            denied(Host::new().param("scalar", "a\"b").param("nan", true)),
            "invalid value \"a\\\"b\" for parameter \"scalar\": want a name without quotes"
        );
        assert_eq!(denied(host().param("nan", true)), "");
        assert_eq!(denied(host().param("nan", false)), "there is no rule to stop by: give patience, above, below or nan");
    }
}
