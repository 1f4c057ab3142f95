//! The built-in hook `seed`: one seed for a single run, and for the replicates of a batch seeds that follow from it, the same for all
//! conditions of a replicate. What it computes is what Crystallize's seed plugin does.

use guild_hook::{decimal, describe, event, flag, hook, json, param, params, run, set_env, set_flag, set_plan_json, trials, warn, Result};

const ABOUT: &str = r#"{"name":"seed","version":"1.0.0","description":"seeds runs, and the replicates of a batch by (seed + replicate * stride) mod 2^32","events":["on_init","on_flags_composed","on_batch_plan","on_run_begin"],"params":{"seed":{"type":"int","min":0,"max":4294967295,"help":"what all seeds follow from (default: the random seed of the run or batch)"},"auto_seed":{"type":"bool","default":true,"help":"false: the same seed for all replicates"},"stride":{"type":"int","min":0,"max":4294967295,"default":31337,"help":"how far the seeds of two replicates are apart"},"flag":{"type":"string","default":"seed","help":"the flag that takes the seed, if the operation has it and the user did not type it"},"bits":{"type":"int","choices":[31,32],"default":32,"help":"31: seeds below 2^31, as R wants them"}},"allow":["flags.set","env.set","plan.set"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_flags_composed => set_seed_flag,
    on_batch_plan => plan,
    on_run_begin => environment,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        let name = flag_name()?;
        if name.is_empty() || name.bytes().any(|c| c == b'"') {
            problems.push("parameter \"flag\": the name is empty or has quotes".to_string());
        }
    }
    params::refuse(&problems)
}

/// How the seeds of replicates follow from a base.
struct Rule {
    auto: bool,
    stride: u64,
    mask: u64,
}

impl Rule {
    fn read() -> Result<Rule> {
        let bits = param("bits").int_or(32)?;
        Ok(Rule { auto: param("auto_seed").bool_or(true)?, stride: param("stride").int_or(31337)? as u64, mask: (1 << bits) - 1 })
    }

    /// `(base + replicate * stride) mod 2^32`, of which 31 bits may be wanted.
    fn seed(&self, base: i64, replicate: i64) -> i64 {
        let steps = if self.auto { replicate as u64 } else { 0 };
        ((base as u64).wrapping_add(steps.wrapping_mul(self.stride)) & self.mask) as i64
    }
}

fn flag_name() -> Result<String> {
    param("flag").string_or("seed")
}

/// The seed that all others follow from: the parameter, or that of the batch, or of the run.
fn base() -> Result<Option<i64>> {
    for field in [param("seed"), event("batch.random_seed"), run("random_seed")] {
        if let Some(seed) = field.int()? {
            return Ok(Some(seed));
        }
    }
    Ok(None)
}

fn is_typed(name: &str) -> Result<bool> {
    Ok(run("flags_set").texts()?.iter().any(|typed| typed == name))
}

/// A single run is replicate 0. Trials have their seeds from the plan.
pub fn set_seed_flag() -> Result {
    let name = flag_name()?;
    if event("batch").exists() || !flag(&name).exists() || is_typed(&name)? {
        return Ok(());
    }
    match base()? {
        Some(base) => set_flag(&name, Rule::read()?.seed(base, 0)),
        None => Ok(()), // nothing is known yet but that the run will have some seed: see environment
    }
}

/// A plan in which only the seeds are new: of a trial that is there, what is not said stays.
pub fn plan() -> Result {
    let (rule, name) = (Rule::read()?, flag_name()?);
    let Some(base) = base()? else {
        warn("no seed is known to begin with: give the parameter seed");
        return Ok(());
    };
    let typed = is_typed(&name)?;
    let has_flag = trials().next().is_some_and(|first| first.flag(&name).exists()); // then all have it: they are of one operation
    let mut quoted = String::new();
    json::quote(&mut quoted, &name);
    let mut plan = String::from("[");
    // Each trial is asked for the little that is needed of it, and the text is made here: there may be many thousands.
    for trial in trials() {
        let id = trial.field("id");
        let Some(id) = id.json()? else { continue };
        let mut seed = rule.seed(base, trial.replicate()?);
        if has_flag && typed {
            // A seed that the user typed is the trial's seed in all respects.
            seed = trial.flag(&name).int().ok().flatten().filter(is_seed).unwrap_or(seed);
        }
        let seed = decimal::integer(seed);
        let comma = if plan.len() > 1 { "," } else { "" };
        push(&mut plan, &[comma, "{\"id\":", id, ",\"random_seed\":", &seed]);
        if has_flag && !typed {
            push(&mut plan, &[",\"flags\":{", &quoted, ":", &seed, "}"]);
        }
        plan.push('}');
    }
    plan.push(']');
    set_plan_json(&plan)
}

fn push(text: &mut String, parts: &[&str]) {
    parts.iter().for_each(|part| text.push_str(part));
}

fn is_seed(n: &i64) -> bool {
    (0..1 << 32).contains(n)
}

/// Tells the process its seed, whatever it reads it from.
pub fn environment() -> Result {
    let rule = Rule::read()?;
    let of_flag = flag(&flag_name()?).value()?.and_then(|v| v.as_i64()).filter(is_seed);
    let seed = match (of_flag, param("seed").int()?) {
        (Some(seed), _) => Some(seed),
        (None, Some(base)) => Some(rule.seed(base, event("batch.replicate").int_or(0)?)),
        // That of a trial is the plan's.
        (None, None) => run("random_seed").int()?.map(|seed| rule.seed(seed, 0)),
    };
    let Some(seed) = seed else { return Ok(()) };
    let text = seed.to_string();
    set_env("GUILD_RANDOM_SEED", &text)?;
    set_env("PYTHONHASHSEED", &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::{fake::Host, Value};

    #[test]
    fn vectors() {
        let rule = Rule { auto: true, stride: 31337, mask: (1 << 32) - 1 };
        let seeds = |base, n| (0..n).map(|r| rule.seed(base, r)).collect::<Vec<i64>>();
        assert_eq!(seeds(123, 3), [123, 31460, 62797]);
        assert_eq!(seeds(42, 2), [42, 31379]);
        assert_eq!(seeds(4294967295, 2), [4294967295, 31336]);
        // As with integers of any size: 7 + 1000000007 * 4294967295.
        let far = Rule { auto: true, stride: 4294967295, mask: (1 << 32) - 1 };
        assert_eq!(far.seed(7, 1_000_000_007), 3294967296);
        let small = Rule { auto: true, stride: 31337, mask: (1 << 31) - 1 };
        assert_eq!((small.seed(4294967295, 0), small.seed(4294967295, 1), small.seed(123, 2)), (2147483647, 31336, 62797));
        let same = Rule { auto: false, stride: 31337, mask: (1 << 32) - 1 };
        assert_eq!((same.seed(123, 0), same.seed(123, 2)), (123, 123));
    }

    #[test]
    fn single_runs() {
        let set = |h: Host| h.call(set_seed_flag).flags_set;
        let one = |text: &str| vec![("seed".to_string(), text.to_string())];
        let host = || Host::new().flag("seed", 1).param("seed", 42);
        assert_eq!(set(host()), one("42"));
        assert_eq!(set(host().run("flags_set", vec!["lr"])), one("42"));
        assert_eq!(set(host().run("flags_set", vec!["lr", "seed"])), []);
        assert_eq!(set(Host::new().param("seed", 42)), []);
        assert_eq!(set(Host::new().flag("seed", 1)), []);
        assert_eq!(set(Host::new().flag("seed", Value::Null).run("random_seed", 9)), one("9"));
        assert_eq!(set(host().set("batch.index", 0)), []);
        let other = host().param("flag", "random.state").flag("random.state", 0).param("bits", 31).param("seed", 4294967295i64);
        assert_eq!(set(other), [("random.state".to_string(), "2147483647".to_string())]);
    }

    #[test]
    fn plans() {
        let list = r#"[{"flags":{"lr":1,"seed":0},"id":"a","index":0,"replicate":0},{"flags":{"lr":2,"seed":0},"id":"b","index":1,"replicate":0},
            {"flags":{"lr":1,"seed":"x"},"id":"c","index":2,"replicate":1}]"#;
        let bare = || Host::new().set("batch.trials", json::parse(list).unwrap());
        let host = || bare().param("seed", 123);
        let plan_of = |h: Host| h.call(plan).plan.unwrap();
        assert_eq!(
            plan_of(host()),
            r#"[{"id":"a","random_seed":123,"flags":{"seed":123}},{"id":"b","random_seed":123,"flags":{"seed":123}},{"id":"c","random_seed":31460,"flags":{"seed":31460}}]"#
        );
        assert_eq!(
            plan_of(host().run("flags_set", vec!["seed"])),
            r#"[{"id":"a","random_seed":0},{"id":"b","random_seed":0},{"id":"c","random_seed":31460}]"#
        );
        assert!(!plan_of(host().param("flag", "random_state")).contains("flags"));
        assert_eq!(plan_of(host().param("auto_seed", false)).matches("\"random_seed\":123").count(), 3);
        // Without the parameter: of the batch, or else of the run.
        assert!(plan_of(bare().set("batch.random_seed", 4294967295i64).run("random_seed", 1)).contains("\"random_seed\":31336"));
        assert!(plan_of(bare().run("random_seed", 1)).contains("\"random_seed\":31338"));
        let none = bare().call(plan);
        assert_eq!((none.plan, none.logs[0].1.as_str()), (None, "no seed is known to begin with: give the parameter seed"));
    }

    #[test]
    fn environments() {
        let env = |h: Host| {
            let env = h.call(environment).env;
            assert!(
                env.is_empty() || env[0].0 == "GUILD_RANDOM_SEED" && env[1] == ("PYTHONHASHSEED".to_string(), env[0].1.clone()),
                "{env:?}"
            );
            env.first().map(|e| e.1.clone())
        };
        let host = || Host::new().run("random_seed", 77);
        assert_eq!(env(host()).as_deref(), Some("77"));
        assert_eq!(env(host().flag("seed", 5).param("seed", 42)).as_deref(), Some("5"));
        assert_eq!(env(host().flag("seed", -5).param("seed", 42)).as_deref(), Some("42"));
        assert_eq!(env(host().flag("seed", "five")).as_deref(), Some("77"));
        assert_eq!(env(host().param("seed", 42).set("batch.replicate", 1)).as_deref(), Some("31379"));
        assert_eq!(env(host().set("batch.replicate", 1)).as_deref(), Some("77"));
        assert_eq!(env(Host::new()), None);
    }

    #[test]
    fn parameters() {
        assert_eq!(Host::new().param("flag", "").call(init).denied.unwrap(), "parameter \"flag\": the name is empty or has quotes");
        assert_eq!(Host::new().param("seed", 0).param("stride", 0).call(init).denied, None);
        let host = Host::new().param("sed", 1).param("bits", 16).param("seed", -1).call(init);
        assert_eq!(
            host.denied.unwrap(),
            "invalid value 16 for parameter \"bits\": want one of 31, 32; unknown parameter \"sed\" (did you mean \"seed\"?); invalid value -1 for parameter \"seed\": want at least 0"
        );
    }
}
