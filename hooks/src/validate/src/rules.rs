//! What is demanded of flags.

use guild_hook::{event, param, Result, Value};

/// The demands, as the parameters have them.
pub struct Rules {
    required: Vec<String>,
    types: Vec<(String, Value)>,
    ranges: Vec<(String, Value)>,
    choices: Vec<(String, Value)>,
}

/// The flags that are looked at.
pub struct Flags<'a>(pub &'a [(String, Value)]);

/// The ends of a range: their names, what a value beyond one is, and whether the end itself is beyond.
pub const ENDS: [(&str, &str, bool); 4] = [
    ("min", "below the minimum of", false),
    ("max", "over the maximum of", false),
    ("above", "not above", true),
    ("below", "not below", true),
];

impl Rules {
    pub fn read() -> Result<Rules> {
        Ok(Rules {
            required: param("required").texts()?,
            types: param("types").map()?,
            ranges: param("ranges").map()?,
            choices: param("choices").map()?,
        })
    }

    /// All that is wrong. Required names may also be paths of the event document.
    pub fn problems(&self, flags: &Flags) -> Vec<String> {
        let mut problems = Vec::new();
        for name in &self.required {
            match flags.find(name) {
                Some(Value::Null) => problems.push([name.as_str(), " is null, and must have a value"].concat()),
                Some(_) => {}
                None if is_path(name) && event(name).exists() => {}
                None => problems.push([name.as_str(), " is missing"].concat()),
            }
        }
        // Null is no value: whether there must be one is said by `required`.
        let given = |name: &str| flags.find(name).filter(|v| !v.is_null());
        for (name, kind) in &self.types {
            if let (Some(value), Some(kind)) = (given(name), kind.as_str()) {
                if !is(kind, &value) {
                    problems.push([&equals(name, &value), " is not ", with_article(kind)].concat());
                }
            }
        }
        for (name, range) in &self.ranges {
            if let Some(value) = given(name) {
                let problem = outside(&equals(name, &value), &value, range);
                problems.extend(problem.filter(|p| !problems.contains(p))); // that it is no number may have been said
            }
        }
        for (name, choices) in &self.choices {
            if let (Some(value), Value::Array(choices)) = (given(name), choices) {
                if !choices.iter().any(|c| c.is_same(&value)) {
                    let words: Vec<String> = choices.iter().map(Value::to_json).collect();
                    problems.push([&equals(name, &value), " is not one of ", &words.join(", ")].concat());
                }
            }
        }
        problems
    }
}

fn equals(name: &str, value: &Value) -> String {
    [name, "=", &value.to_json()].concat()
}

/// What a value is beyond.
fn outside(value_text: &str, value: &Value, range: &Value) -> Option<String> {
    let Some(number) = value.as_f64() else {
        return Some([value_text, " is not a number"].concat());
    };
    for (name, words, open) in ENDS {
        let Some(end) = range.get(name) else { continue };
        // Integers that no float has are told apart.
        let order = match (value.as_i64(), end.as_i64()) {
            (Some(a), Some(b)) => Some(a.cmp(&b)),
            _ => number.partial_cmp(&end.as_f64()?),
        }?;
        let beyond = if matches!(name, "min" | "above") { order.is_lt() } else { order.is_gt() };
        if beyond || open && order.is_eq() {
            return Some([value_text, " is ", words, " ", &end.to_json()].concat());
        }
    }
    None
}

impl Flags<'_> {
    /// The value of a flag, or of a key within one: `database.port` is the flag of that name, or `port` in the flag `database`.
    fn find(&self, name: &str) -> Option<Value> {
        if let Some((_, value)) = self.0.iter().find(|(n, _)| n == name) {
            return Some(value.clone());
        }
        self.0.iter().find_map(|(n, value)| {
            let path = name.strip_prefix(n.as_str())?.strip_prefix('.')?;
            path.split('.').try_fold(value, |v, key| v.get(key)).cloned()
        })
    }
}

fn is_path(name: &str) -> bool {
    ["run.", "project.", "batch."].iter().any(|part| name.starts_with(part))
}

/// The types that can be demanded.
pub const TYPES: [&str; 7] = ["int", "float", "number", "string", "bool", "list", "map"];

fn is(kind: &str, value: &Value) -> bool {
    match (kind, value) {
        ("int", value) => value.as_i64().is_some(),
        ("float" | "number", value) => matches!(value, Value::Number(_)), // 1 is a float to guild
        ("string", Value::String(_)) | ("bool", Value::Bool(_)) | ("list", Value::Array(_)) | ("map", Value::Object(_)) => true,
        _ => false,
    }
}

fn with_article(kind: &str) -> &'static str {
    match kind {
        "int" => "an integer",
        "float" | "number" => "a number",
        "string" => "text",
        "bool" => "a bool",
        "list" => "a list",
        _ => "a map",
    }
}
