//! Versions of what an operation made: v0, v1, …, in the project's state. Which of them need not be kept is said once, as advice: what
//! is to be removed is for people to say, and never touched in a run that is locked.

use guild_hook::{emit, info, json, param, Error, Expect, Result, Scope, Value};

/// How many versions are remembered.
const MOST: usize = 200;

/// How far a version was advised to be pruned.
const WHOLE: i64 = 2;
const BIG: i64 = 1;

/// Gives a run the next version of its operation, or the one it has already, and advises on those that are older.
pub fn add(op: &str, id: &str, big: Vec<String>) -> Result<String> {
    let mut all = match Scope::Project.get(op)? {
        None => Vec::new(),
        Some((text, _)) => match json::parse(&String::from_utf8_lossy(&text))? {
            Value::Array(all) => all,
            _ => return Err(Error::new("the state of versions is not a list")),
        },
    };
    let number = |entry: &Value| entry.get("number").and_then(Value::as_i64).unwrap_or(0);
    let version = match all.iter_mut().find(|entry| entry.get("run").and_then(Value::as_str) == Some(id)) {
        Some(entry) => {
            entry.set("big", big);
            number(entry)
        }
        None => {
            let next = all.last().map_or(0, |entry| number(entry) + 1);
            let entry = [("number", Value::from(next)), ("run", id.into()), ("big", big.into()), ("advised", 0.into())];
            all.push(entry.into_iter().collect());
            next
        }
    };
    advise(&mut all)?;
    let kept = all.split_off(all.len().saturating_sub(MOST));
    Scope::Project.put(op, Value::Array(kept).to_json(), Expect::Any)?;
    Ok(name(version))
}

fn name(number: i64) -> String {
    ["v", &Value::from(number).to_json()].concat()
}

fn advise(all: &mut [Value]) -> Result {
    let retention = param("retention").int_or(3)?;
    let count = all.len();
    for (i, entry) in all.iter_mut().enumerate() {
        let advised = entry.get("advised").and_then(Value::as_i64).unwrap_or(0);
        let newer = (count - 1 - i) as i64;
        let has_big = matches!(entry.get("big"), Some(Value::Array(files)) if !files.is_empty());
        let old = retention > 0 && newer >= retention;
        let (level, why) = match (old, newer > 0 && has_big) {
            (true, _) => (WHOLE, ["there are ", &Value::from(retention).to_json(), " newer versions"].concat()),
            (false, true) => (BIG, "big files of a version that is not the newest".to_string()),
            (false, false) => continue,
        };
        if advised >= level {
            continue;
        }
        entry.set("advised", level);
        let run = entry.get("run").cloned().unwrap_or(Value::Null);
        let version = name(entry.get("number").and_then(Value::as_i64).unwrap_or(0));
        let files = if level == BIG { entry.get("big").cloned() } else { None };
        let what = if level == BIG { "the big files of " } else { "" };
        info(["prune advised: ", what, &version, " (run ", run.as_str().unwrap_or(""), "): ", &why].concat());
        let data = [("run", run), ("version", version.into()), ("why", why.into())];
        emit("prune", data.into_iter().chain(files.map(|f| ("files", f))).collect::<Value>())?;
    }
    Ok(())
}
