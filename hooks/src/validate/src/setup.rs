//! Whether the demands make sense.

use crate::rules::{ENDS, TYPES};
use guild_hook::{param, params, Result, Value};

/// What is wrong with the parameters beyond their types.
pub fn problems() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    if param("required").texts()?.iter().any(String::is_empty) {
        problems.push("parameter \"required\": a name is empty".to_string());
    }
    if let Some(Value::Object(types)) = param("types").value()? {
        for (flag, kind) in &types {
            let kind = kind.as_str().unwrap_or("");
            if !TYPES.contains(&kind) {
                problems.push(
                    ["parameter \"types\": ", flag, ": unknown type \"", kind, "\"", &params::advice(kind, TYPES.into_iter())].concat(),
                );
            }
        }
    }
    if let Some(Value::Object(ranges)) = param("ranges").value()? {
        for (flag, range) in &ranges {
            problems.extend(range_problem(range).map(|p| ["parameter \"ranges\": ", flag, ": ", &p].concat()));
        }
    }
    if let Some(Value::Object(choices)) = param("choices").value()? {
        for (flag, _) in choices.iter().filter(|(_, list)| *list == Value::Array(Vec::new())) {
            problems.push(["parameter \"choices\": ", flag, ": no choice is left"].concat());
        }
    }
    Ok(problems)
}

fn range_problem(range: &Value) -> Option<String> {
    let Value::Object(ends) = range else { return None };
    for (name, end) in ends {
        if !ENDS.iter().any(|(n, _, _)| n == name) {
            return Some(["unknown key \"", name, "\"", &params::advice(name, ENDS.iter().map(|e| e.0))].concat());
        }
        if end.as_f64().is_none() {
            return Some([name, " is ", &end.to_json(), ", not a number"].concat());
        }
    }
    let end = |a, b| range.get(a).or_else(|| range.get(b)).and_then(Value::as_f64);
    match (end("min", "above"), end("max", "below")) {
        (Some(low), Some(high)) if low > high => Some("no number is in this range".to_string()),
        _ => None,
    }
}
