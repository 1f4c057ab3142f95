//! The source with the values of flags in place of its literals.

use crate::assign::{assignments, first};
use crate::deparse::Writer;
use crate::lex::lex;
use crate::literal::Literal;
use guild_hook::Value;

/// Returns the source with each flag's value assigned, or `None` if it has these values already. Only literals change, and
/// only those of values that differ; every line keeps its number. The errors say which flags cannot be set.
pub fn rewrite(source: &[u8], flags: &[(String, Value)]) -> Result<Option<Vec<u8>>, Vec<String>> {
    let tokens = lex(source);
    let all = assignments(source, &tokens);
    // Asked only where it matters: it takes a look at the whole file.
    let ascii = flags.iter().any(|(_, value)| !value.to_json().is_ascii()) && std::str::from_utf8(source).is_err();
    let mut edits: Vec<(&Literal, String)> = Vec::new();
    let mut problems = Vec::new();
    for (name, value) in flags {
        let mut problem = |what: &str| problems.push(["flag \"", name, "\": ", what].concat());
        match first(&all, name) {
            Some(assignment) => match &assignment.literal {
                Some(literal) if literal.value.is_same(value) => {}
                Some(literal) => match (Writer { style: literal.style, ascii }).literal(value) {
                    Ok(text) => {
                        let at = edits.iter().take_while(|(before, _)| before.start < literal.start).count();
                        edits.insert(at, (literal, keep_lines(source, literal, text)));
                    }
                    Err(why) => problem(why),
                },
                None if value.is_null() => {}
                None => {
                    let line = 1 + source[..assignment.start].iter().filter(|c| **c == b'\n').count();
                    problem(&["line ", &line.to_string(), " assigns no literal to it"].concat());
                }
            },
            None if value.is_null() => {}
            None => problem("no top-level assignment"),
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

/// The new literal with as many line breaks as the old one had, in parentheses, where they mean nothing.
fn keep_lines(source: &[u8], literal: &Literal, text: String) -> String {
    let old = &source[literal.start..literal.end];
    let mut breaks = String::new();
    for (i, c) in old.iter().enumerate() {
        if *c == b'\n' {
            breaks.push_str(if i > 0 && old[i - 1] == b'\r' { "\r\n" } else { "\n" });
        }
    }
    if breaks.is_empty() {
        return text;
    }
    if literal.style.enclosed {
        return text + &breaks;
    }
    ["(", &text, &breaks, ")"].concat()
}
