//! The flags of a file: options of `argparse`, or else the literals it assigns at its top level.

use crate::argparse;
use crate::assign::assignments;
use crate::lex::lex;
use crate::literal::Reader;
use guild_hook::Value;

/// The answer to `on_flags_detect`.
pub fn detect(source: &[u8]) -> Value {
    let tokens = lex(source);
    let reader = Reader { source, tokens: &tokens };
    let (dest, flags) = match argparse::options(&reader) {
        Some(flags) => ("args", flags),
        None => ("globals", globals(&reader)),
    };
    [("dest", dest.into()), ("flags", Value::Object(flags))].into_iter().collect()
}

/// The literals that a file assigns at its top level, as flags.
pub fn globals(reader: &Reader) -> Vec<(String, Value)> {
    let mut flags: Vec<(String, Value)> = Vec::new();
    for assignment in assignments(reader.source, reader.tokens) {
        let (Some(literal), Ok(name)) = (assignment.literal, std::str::from_utf8(assignment.name)) else { continue };
        if literal.style.special || name.starts_with('_') || !fits(&literal.value) || flags.iter().any(|(n, _)| n == name) {
            continue;
        }
        let mut flag = Vec::new();
        if let Some(kind) = type_of(&literal.value) {
            flag.push(("type".to_string(), kind.into()));
        }
        flag.insert(0, ("default".to_string(), literal.value));
        flags.push((name.to_string(), Value::Object(flag)));
    }
    flags
}

/// The type of a flag with this default.
pub fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Bool(_) => Some("bool"),
        Value::Number(_) => Some("number"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("list"),
        _ => None,
    }
}

/// Whether guild can carry a value: its integers have 64 bits.
pub fn fits(value: &Value) -> bool {
    match value {
        Value::Number(n) => !n.is_integer() || value.as_i64().is_some(),
        Value::Array(items) => items.iter().all(fits),
        _ => true,
    }
}
