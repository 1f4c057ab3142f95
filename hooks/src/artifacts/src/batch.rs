//! Results of a batch by condition, in its directory: `CONDITION/results.json`, and `metadata.json`.

use crate::versions::{self, Made};
use figures::{group, quoted, Names};
use guild_hook::{decimal, event, param, run, stage, trials, Result, Value};

/// What is known of a condition.
#[derive(Default)]
struct Condition {
    trials: i64,
    completed: i64,
    metrics: Names,
    values: Vec<Vec<String>>, // for each metric, for each trial; as JSON
}

impl Condition {
    /// Adds a trial. One that was not completed has no values: its place is null.
    fn add(&mut self, scalars: &[(String, Value)]) {
        for (name, scalar) in scalars {
            let place = self.metrics.place(name.clone());
            if place == self.values.len() {
                self.values.push(vec!["null".to_string(); self.trials as usize]);
            }
            self.values[place].push(scalar.get("last").map_or_else(|| "null".to_string(), Value::to_json));
        }
        self.trials += 1;
        for values in &mut self.values {
            values.resize(self.trials as usize, "null".to_string());
        }
    }

    fn json(&self, name: &str) -> String {
        let mut metrics = String::new();
        for (metric, values) in self.metrics.list.iter().zip(&self.values) {
            let comma = if metrics.is_empty() { "" } else { ", " };
            metrics.push_str(&[comma, &quoted(metric), ": [", &values.join(", "), "]"].concat());
        }
        ["{\"condition\": ", &quoted(name), ", \"metrics\": {", &metrics, "}}\n"].concat()
    }
}

pub fn results() -> Result {
    let over = ["seed".to_string()];
    let (mut names, mut conditions): (Names, Vec<Condition>) = (Names::default(), Vec::new());
    let mut named = true;
    for trial in trials() {
        named &= !trial.condition()?.is_empty();
        let place = names.place(group(&trial, &over)?);
        if place == conditions.len() {
            conditions.push(Condition::default());
        }
        let completed = trial.is_completed()?;
        conditions[place].completed += i64::from(completed);
        conditions[place].add(&if completed { trial.scalars()? } else { Vec::new() });
    }
    let mut folders = Names::default();
    folders.place("metadata.json".to_string());
    let mut list = String::new();
    for (i, (name, condition)) in names.list.iter().zip(&conditions).enumerate() {
        let folder = free(if named { folder(name) } else { ["condition-", &decimal::integer(i as i64)].concat() }, &mut folders);
        stage::write(&[&folder, "/results.json"].concat(), condition.json(name))?;
        let comma = if i == 0 { "" } else { "," };
        let (trials, completed) = (decimal::integer(condition.trials), decimal::integer(condition.completed));
        let parts = [
            comma,
            "\n{\"name\": ",
            &quoted(name),
            ", \"folder\": ",
            &quoted(&folder),
            ", \"trials\": ",
            &trials,
            ", \"completed\": ",
            &completed,
            "}",
        ];
        list.push_str(&parts.concat());
    }
    let (id, op) = (event("batch.id").string_or("")?, run("op").string_or("")?);
    let mut head = ["{\"id\": ", &quoted(&id), ",\n\"name\": ", &quoted(op.trim_end_matches('+')), ",\n"].concat();
    if param("versions").bool_or(true)? {
        head.push_str(&["\"version\": ", &quoted(&versions::add(&op, &id, Made::default())?), ",\n"].concat());
    }
    let replicates = decimal::integer(event("batch.replicates").int_or(1)?);
    stage::write("metadata.json", [&head, "\"replicates\": ", &replicates, ",\n\"conditions\": [", &list, "\n]}\n"].concat())
}

/// The name, or one that is not taken, to a file system that knows no capitals either.
fn free(folder: String, taken: &mut Names) -> String {
    let mut name = folder.clone();
    for n in 2.. {
        let seen = taken.list.len();
        if taken.place(name.to_ascii_lowercase()) == seen {
            break;
        }
        name = [&folder, "-", &decimal::integer(n)].concat();
    }
    name
}

/// A condition's name as that of a directory.
fn folder(name: &str) -> String {
    const MOST: usize = 100;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    let clean: String = name.chars().take(MOST).map(|c| if fits(c) { c } else { '_' }).collect();
    if clean.starts_with('.') || clean.is_empty() {
        return ["_", &clean].concat();
    }
    clean
}
