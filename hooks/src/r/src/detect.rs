//! The flags of a file: the literals it assigns at its top level.

use crate::assign::assignments;
use crate::lex::lex;
use guild_hook::Value;

/// The answer to `on_flags_detect`.
pub fn detect(source: &[u8]) -> Value {
    let tokens = lex(source);
    let mut flags: Vec<(String, Value)> = Vec::new();
    for assignment in assignments(source, &tokens) {
        let (Some(literal), Ok(name)) = (assignment.literal, std::str::from_utf8(assignment.name)) else { continue };
        // Names with a dot in front are hidden; those with spaces cannot be typed as a flag.
        let hidden = name.starts_with('.') || name.chars().any(|c| c <= ' ' || c == '=' || c == '"');
        if hidden || literal.style.special || !fits(&literal.value) || flags.iter().any(|(n, _)| n == name) {
            continue;
        }
        let kind = match literal.value {
            Value::Bool(_) => Some("bool"),
            Value::Number(_) => Some("number"),
            Value::String(_) => Some("string"),
            _ => None,
        };
        let mut flag = vec![("default".to_string(), literal.value)];
        if let Some(kind) = kind {
            flag.push(("type".to_string(), kind.into()));
        }
        flags.push((name.to_string(), Value::Object(flag)));
    }
    [("dest", "globals".into()), ("flags", Value::Object(flags))].into_iter().collect()
}

/// Whether guild can carry a value: its integers have 64 bits.
fn fits(value: &Value) -> bool {
    match value {
        Value::Number(n) => !n.is_integer() || value.as_i64().is_some(),
        _ => true,
    }
}
