//! The source with the values of flags in place of its literals.

use crate::assign::{assignments, first};
use crate::lex::{lex, BOM};
use crate::literal::Literal;
use crate::repr::Writer;
use guild_hook::Value;

/// Returns the source with each flag's value assigned, or `None` if it has these values already. Only literals change, and
/// only those of values that differ; every line keeps its number. The errors say which flags cannot be set.
pub fn rewrite(source: &[u8], flags: &[(String, Value)]) -> Result<Option<Vec<u8>>, Vec<String>> {
    let tokens = lex(source);
    let all = assignments(source, &tokens);
    // Asked only where it matters: it takes a look at the whole file.
    let ascii = flags.iter().any(|(_, value)| !value.to_json().is_ascii()) && !is_utf8(source);
    let mut edits: Vec<(&Literal, String)> = Vec::new();
    let mut problems = Vec::new();
    for (name, value) in flags {
        match first(&all, name) {
            Some(assignment) => match &assignment.literal {
                Some(literal) if literal.value.is_same(value) => {}
                Some(_) if has_map(value) => problems.push(["flag \"", name, "\": a map is no literal that could be set"].concat()),
                Some(literal) => {
                    let at = edits.iter().take_while(|(before, _)| before.start < literal.start).count();
                    edits.insert(at, (literal, replacement(source, literal, value, ascii)));
                }
                None if value.is_null() => {}
                None => {
                    let line = 1 + line_breaks(&source[..assignment.start]).len();
                    problems.push(["flag \"", name, "\": line ", &line.to_string(), " assigns no literal to it"].concat());
                }
            },
            None if value.is_null() => {}
            None => problems.push(["flag \"", name, "\": no top-level assignment"].concat()),
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(source.len() + 64);
    let mut at = 0;
    for (literal, text) in edits {
        out.extend_from_slice(&source[at..literal.start]);
        out.extend_from_slice(text.as_bytes());
        at = literal.end;
    }
    out.extend_from_slice(&source[at..]);
    Ok(Some(out))
}

/// The new literal, with as many line breaks as the old one had.
fn replacement(source: &[u8], literal: &Literal, value: &Value, ascii: bool) -> String {
    let mut text = Writer { style: literal.style, ascii }.repr(value);
    let mut breaks = String::new();
    line_breaks(&source[literal.start..literal.end]).into_iter().for_each(|b| breaks.push_str(b));
    if breaks.is_empty() {
        return text;
    }
    let close = text.pop().unwrap_or(' ');
    match close {
        // Within brackets a line break means nothing.
        ')' | ']' | '}' => text.push_str(&breaks),
        _ => {
            text.push(close);
            if literal.style.enclosed {
                text.push_str(&breaks);
                return text;
            }
            return ["(", &text, &breaks, ")"].concat();
        }
    }
    text.push(close);
    text
}

/// The line breaks in a piece of source.
fn line_breaks(source: &[u8]) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (i, c) in source.iter().enumerate() {
        match c {
            b'\n' if i > 0 && source[i - 1] == b'\r' => {}
            b'\n' => found.push("\n"),
            b'\r' if source.get(i + 1) == Some(&b'\n') => found.push("\r\n"),
            b'\r' => found.push("\r"),
            _ => {}
        }
    }
    found
}

fn has_map(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(has_map),
        value => matches!(value, Value::Object(_)),
    }
}

/// Whether text that is not ASCII can be written as UTF-8: the file says nothing else in its first two lines, and is.
fn is_utf8(source: &[u8]) -> bool {
    if source.starts_with(BOM) {
        return true;
    }
    let lines = source.split(|c| *c == b'\n' || *c == b'\r').filter(|l| !l.is_empty()).take(2);
    for line in lines {
        if let Some(coding) = coding(&line[..line.len().min(MAX_CODING)]) {
            let name: Vec<u8> = coding.iter().filter(|c| c.is_ascii_alphanumeric()).map(u8::to_ascii_lowercase).collect();
            return name.starts_with(b"utf8");
        }
    }
    std::str::from_utf8(source).is_ok()
}

/// Where in a line a coding is looked for.
const MAX_CODING: usize = 1024;

/// The name of the coding that a comment declares.
fn coding(line: &[u8]) -> Option<&[u8]> {
    let start = line.iter().position(|c| !matches!(c, b' ' | b'\t' | b'\x0c'))?;
    if line[start] != b'#' {
        return None;
    }
    let at = line.windows(7).position(|w| w.starts_with(b"coding") && matches!(w[6], b':' | b'='))? + 7;
    let rest = &line[at..];
    let from = rest.iter().position(|c| !matches!(c, b' ' | b'\t'))?;
    let rest = &rest[from..];
    let to = rest.iter().position(|c| !(c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))).unwrap_or(rest.len());
    Some(&rest[..to])
}
