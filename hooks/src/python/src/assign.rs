//! Assignments at the top level of a file: `name = ...` and `name: type = ...`, in column 0.

use crate::lex::{Kind, Token};
use crate::literal::{Literal, Reader};

/// One assignment to one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment<'a> {
    pub name: &'a [u8],
    /// Where the statement begins.
    pub start: usize,
    /// What is assigned, if it is a literal.
    pub literal: Option<Literal>,
}

/// Whether a word begins a statement with statements in it, perhaps on the same line.
fn is_compound(word: &[u8]) -> bool {
    matches!(word, b"if" | b"elif" | b"else" | b"for" | b"while" | b"with" | b"try" | b"except" | b"finally" | b"def" | b"class" | b"async")
}

/// All assignments in order.
pub fn assignments<'a>(source: &'a [u8], tokens: &'a [Token]) -> Vec<Assignment<'a>> {
    let reader = Reader { source, tokens };
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let rest = &tokens[at..];
        let end = at + rest.iter().position(|t| t.kind == Kind::Newline).unwrap_or(rest.len());
        if tokens[at].first {
            line(&reader, at, end, &mut found);
        }
        at = end + 1;
    }
    found
}

/// Takes the statements of one logical line.
fn line<'a>(reader: &Reader<'a>, mut at: usize, end: usize, found: &mut Vec<Assignment<'a>>) {
    while at < end {
        if reader.kind(at) == Kind::Name && is_compound(reader.bytes(at)) {
            return; // what follows on this line belongs to it
        }
        let stop = at + reader.tokens[at..end].iter().position(|t| t.kind == Kind::Op(b';')).unwrap_or(end - at);
        if let Some(value) = value_at(reader, at, stop) {
            let literal = reader.literal(value, stop);
            found.push(Assignment { name: reader.bytes(at), start: reader.tokens[at].start, literal });
        }
        at = stop + 1;
    }
}

/// Where the value of an assignment to a name begins.
fn value_at(reader: &Reader, at: usize, stop: usize) -> Option<usize> {
    if reader.kind(at) != Kind::Name {
        return None;
    }
    match reader.kind(at + 1) {
        Kind::Op(b'=') => Some(at + 2),
        Kind::Op(b':') => {
            let mut depth = 0i32;
            for i in at + 2..stop {
                match reader.kind(i) {
                    Kind::Op(b'(' | b'[' | b'{') => depth += 1,
                    Kind::Op(b')' | b']' | b'}') => depth -= 1,
                    Kind::Op(b'=') if depth == 0 => return Some(i + 1),
                    _ => {}
                }
            }
            None
        }
        _ => None,
    }
}

/// The assignment that says what a flag is: the first of a literal, or else the first at all.
pub fn first<'a, 'b>(all: &'b [Assignment<'a>], name: &str) -> Option<&'b Assignment<'a>> {
    let of_name = |a: &&Assignment| a.name == name.as_bytes();
    all.iter().filter(of_name).find(|a| a.literal.is_some()).or_else(|| all.iter().find(of_name))
}
