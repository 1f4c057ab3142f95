//! Versions of what an operation made: v0, v1, …, in the project's state, for as long as their runs are not deleted.

use crate::advice;
use guild_hook::{event, json, run, Error, Expect, Result, Scope, Value};

/// How many versions are remembered; more than `retention` may be.
const MOST: usize = 200;

/// What a version has that is worth a word when it grows old.
#[derive(Default)]
pub struct Made {
    pub big: Vec<String>,
    pub metrics: Vec<(String, Value)>,
}

/// One version, as it is kept.
pub struct Version(Value);

impl Version {
    fn new(number: i64, run: &str) -> Version {
        Version([("number", Value::from(number)), ("run", run.into())].into_iter().collect())
    }

    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.0.set(name, value);
    }

    /// Leaves out what is of no use any more.
    pub fn forget(&mut self, name: &str) {
        if let Value::Object(members) = &mut self.0 {
            members.retain(|(n, _)| n != name);
        }
    }

    fn number(&self) -> i64 {
        self.get("number").and_then(Value::as_i64).unwrap_or(0)
    }

    pub fn name(&self) -> String {
        ["v", &Value::from(self.number()).to_json()].concat()
    }

    pub fn run(&self) -> &str {
        self.get("run").and_then(Value::as_str).unwrap_or("")
    }

    /// Whether its run was deleted.
    pub fn is_gone(&self) -> bool {
        self.get("gone").is_some()
    }
}

fn read(op: &str) -> Result<Vec<Version>> {
    let Some((text, _)) = Scope::Project.get(op)? else { return Ok(Vec::new()) };
    match json::parse(&String::from_utf8_lossy(&text))? {
        Value::Array(all) => Ok(all.into_iter().map(Version).collect()),
        _ => Err(Error::new("the state of versions is not a list")),
    }
}

fn write(op: &str, mut all: Vec<Version>) -> Result {
    let kept: Vec<Value> = all.split_off(all.len().saturating_sub(MOST)).into_iter().map(|v| v.0).collect();
    Scope::Project.put(op, Value::Array(kept).to_json(), Expect::Any).map(|_| ())
}

/// Gives a run the next version of its operation, or the one it has already, and advises on those that are older.
pub fn add(op: &str, id: &str, made: Made) -> Result<String> {
    let mut all = read(op)?;
    let place = all.iter().position(|v| v.run() == id).unwrap_or_else(|| {
        let next = all.last().map_or(0, |v| v.number() + 1);
        all.push(Version::new(next, id));
        all.len() - 1
    });
    let version = &mut all[place];
    // What was said of it before was about other files.
    ["big", "metrics", "advised", "gone"].iter().for_each(|name| version.forget(name));
    if !made.big.is_empty() {
        version.set("big", made.big);
    }
    if !made.metrics.is_empty() {
        version.set("metrics", made.metrics.into_iter().collect::<Value>());
    }
    let name = version.name();
    advice::give(&mut all)?;
    write(op, all)?;
    Ok(name)
}

/// A version that was deleted is no reason to delete others.
pub fn deleted() -> Result {
    if event("batch").exists() && !run("is_batch").bool_or(false)? {
        return Ok(()); // a trial: the version is its batch
    }
    let (op, id) = (run("op").string_or("")?, run("id").string_or("")?);
    let mut all = read(&op)?;
    match all.iter_mut().find(|v| v.run() == id && !v.is_gone()) {
        Some(version) => {
            ["big", "metrics", "advised"].iter().for_each(|name| version.forget(name));
            version.set("gone", true);
        }
        None => return Ok(()),
    }
    write(&op, all)
}
