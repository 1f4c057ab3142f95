//! Checking the hook's parameters against its own description, so that a typing slip in guild.toml is an error and not a
//! default.

use crate::action::deny;
use crate::error::{Error, Result};
use crate::field::param;
use crate::json::{self, Value};

/// For `on_init`: refuses parameters that the description does not know or that are not what it wants, all in one message.
///
/// The description is the text that [`describe!`](crate::describe) puts into the module. Of each of its `params` are read: `type`
/// (`string`, `int`, `number`, `bool`, `list`, `map`; without it anything goes), `choices`, `min`, `max` and, of a list or a map, the type of
/// its `items`.
///
/// ```
/// use guild_hook::{describe, fake::Host, hook, params, Result};
///
/// const ABOUT: &str = r#"{"name": "lr-guard", "params": {"max": {"type": "number", "min": 0, "help": "the limit"}}}"#;
/// describe!(ABOUT);
///
/// fn init() -> Result {
///     params::check(ABOUT)
/// }
///
/// let host = Host::new().param("mx", 1).param("max", -1).call(init);
/// assert_eq!(host.denied.unwrap(), "invalid value -1 for parameter \"max\": want at least 0; unknown parameter \"mx\" (did you mean \"max\"?)");
/// ```
pub fn check(description: &str) -> Result {
    refuse(&problems(description)?)
}

/// Denies with all problems in one message; does nothing if there are none.
pub fn refuse(problems: &[String]) -> Result {
    if problems.is_empty() {
        return Ok(());
    }
    deny(problems.join("; "))
}

/// What [`check`] would refuse, for a hook that has more to say about its parameters.
pub fn problems(description: &str) -> Result<Vec<String>> {
    let description = json::parse(description).map_err(|e| Error::new(["description of the hook: ", &e.to_string()].concat()))?;
    let known = match description.get("params") {
        Some(Value::Object(known)) => known.as_slice(),
        _ => &[],
    };
    let mut problems = Vec::new();
    for (name, value) in &param("").map()? {
        let wrong = match known.iter().find(|(k, _)| k == name) {
            Some((_, about)) => wrong(about, value).map(|want| invalid(name, value, &want)),
            None => Some(["unknown parameter \"", name, "\"", &advice(name, known.iter().map(|(k, _)| k.as_str()))].concat()),
        };
        problems.extend(wrong);
    }
    Ok(problems)
}

/// The words for a parameter's value that cannot be.
pub fn invalid(name: &str, value: &Value, want: &str) -> String {
    ["invalid value ", &value.to_json(), " for parameter \"", name, "\": want ", want].concat()
}

/// ` (did you mean "lr"?)` for a name that is like one of those that are known, or else ` (there are lr, seed)`.
pub fn advice<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return [" (did you mean \"", near, "\"?)"].concat();
    }
    let names: Vec<&str> = known.collect();
    if names.is_empty() {
        return " (there are none)".to_string();
    }
    [" (there are ", &names.join(", "), ")"].concat()
}

/// What a value should be, if it is not.
fn wrong(about: &Value, value: &Value) -> Option<String> {
    let kind = about.get("type").and_then(Value::as_str).unwrap_or("");
    if !is(kind, value) {
        return Some(kind_name(kind).to_string());
    }
    if let Some(items) = about.get("items").and_then(Value::as_str) {
        let fits = match value {
            Value::Array(list) => list.iter().all(|v| is(items, v)),
            Value::Object(map) => map.iter().all(|(_, v)| is(items, v)),
            _ => true,
        };
        if !fits {
            return Some([kind_name(kind), ", each of it ", kind_name(items)].concat());
        }
    }
    if let Some(Value::Array(choices)) = about.get("choices") {
        if !choices.iter().any(|c| c.is_same(value)) {
            let words: Vec<String> = choices.iter().map(|c| c.as_str().map_or_else(|| c.to_json(), str::to_string)).collect();
            return Some(["one of ", &words.join(", ")].concat());
        }
    }
    let (number, min, max) = (value.as_f64(), about.get("min"), about.get("max"));
    match (number, min.and_then(Value::as_f64), max.and_then(Value::as_f64)) {
        (Some(n), Some(least), _) if n < least => Some(["at least ", &min?.to_json()].concat()),
        (Some(n), _, Some(most)) if n > most => Some(["at most ", &max?.to_json()].concat()),
        _ => None,
    }
}

/// Whether a value is of a type.
fn is(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("string", Value::String(_)) | ("bool", Value::Bool(_)) | ("list", Value::Array(_)) | ("map", Value::Object(_)) => true,
        ("number" | "float", Value::Number(_)) => true,
        ("int", value) => value.as_i64().is_some(),
        ("string" | "bool" | "list" | "map" | "number" | "float", _) => false,
        _ => true,
    }
}

fn kind_name(kind: &str) -> &'static str {
    match kind {
        "string" => "text",
        "int" => "an integer",
        "number" | "float" => "a number",
        "bool" => "true or false",
        "list" => "a list",
        "map" => "a table",
        _ => "another value",
    }
}

/// The name that a misspelt one was probably meant to be, as guild itself finds it.
pub fn nearest<'a>(typed: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let (mut best, mut limit) = (None, (typed.len() / 3).max(1));
    for name in names {
        let d = distance(typed, name);
        if d < limit || d == limit && best.is_none() {
            (best, limit) = (Some(name), d);
        }
    }
    best
}

/// How many letters to insert, delete, replace or swap with a neighbour.
fn distance(a: &str, b: &str) -> usize {
    let fold = |s: &str| s.chars().map(|c| c.to_ascii_lowercase()).collect::<Vec<char>>();
    let (x, y) = (fold(a), fold(b));
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=y.len()).collect());
    for i in 1..=x.len() {
        let mut row = vec![i; y.len() + 1];
        for j in 1..=y.len() {
            let cost = usize::from(x[i - 1] != y[j - 1]);
            row[j] = (row[j - 1] + 1).min(last[j] + 1).min(last[j - 1] + cost);
            if i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[y.len()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Host;

    const ABOUT: &str = r#"{"params":{"level":{"type":"string","choices":["low","high"]},"bits":{"type":"int","choices":[31,32]},
        "rate":{"type":"number","min":0,"max":1.5},"on":{"type":"bool"},"names":{"type":"list","items":"string"},
        "each":{"type":"map","items":"int"},"any":{}}}"#;

    fn refused(name: &str, value: &str) -> Option<String> {
        Host::new().param(name, json::parse(value).unwrap()).call(|| check(ABOUT)).denied
    }

    #[test]
    fn accepts() {
        for (name, value) in
            [("level", "\"low\""), ("bits", "32"), ("rate", "0"), ("rate", "1.5"), ("on", "false"), ("names", "[]"), ("names", "[\"a\"]")]
        {
            assert_eq!(refused(name, value), None, "{name}={value}");
        }
        assert_eq!(refused("each", "{\"a\":1}"), None);
        assert_eq!(refused("any", "null"), None);
        assert_eq!(Host::new().call(|| check(ABOUT)).denied, None);
        assert_eq!(Host::new().call(|| check("{}")).denied, None);
    }

    #[test]
    fn refuses() {
        for (name, value, want) in [
            ("level", "\"loud\"", "one of low, high"),
            ("level", "1", "text"),
            ("bits", "31.5", "an integer"),
            ("bits", "16", "one of 31, 32"),
            ("rate", "-0.1", "at least 0"),
            ("rate", "2", "at most 1.5"),
            ("rate", "\"2\"", "a number"),
            ("on", "null", "true or false"),
            ("names", "[1]", "a list, each of it text"),
            ("names", "{}", "a list"),
            ("each", "{\"a\":1.5}", "a table, each of it an integer"),
        ] {
            let want = format!("invalid value {value} for parameter \"{name}\": want {want}");
            assert_eq!(refused(name, value), Some(want));
        }
        assert_eq!(refused("leve1", "1").unwrap(), "unknown parameter \"leve1\" (did you mean \"level\"?)");
        assert_eq!(refused("zzz", "1").unwrap(), "unknown parameter \"zzz\" (there are level, bits, rate, on, names, each, any)");
        let none = Host::new().param("x", 1).call(|| check("{}"));
        assert_eq!(none.denied.unwrap(), "unknown parameter \"x\" (there are none)");
        assert_eq!(Host::new().call(|| check("{")).failure.unwrap(), "description of the hook: byte 1: not a name");
    }

    #[test]
    fn distances() {
        for (a, b, want) in
            [("", "", 0), ("abc", "abc", 0), ("abc", "ABD", 1), ("abcd", "abdc", 1), ("", "ab", 2), ("kitten", "sitting", 3)]
        {
            assert_eq!((distance(a, b), distance(b, a)), (want, want), "{a} {b}");
        }
        assert_eq!(nearest("x", ["y", "z"].into_iter()), Some("y"));
        assert_eq!(nearest("lr", ["momentum"].into_iter()), None);
    }
}
