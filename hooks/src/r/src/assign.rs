//! Assignments at the top level of a file: `name <- ...` and `name = ...`, as statements of their own.

use crate::lex::{closing, Kind, Token};
use crate::literal::{literal, Literal};

/// One assignment to one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Assignment<'a> {
    pub name: &'a [u8],
    /// Where the statement begins.
    pub start: usize,
    /// What is assigned, if it is a literal.
    pub literal: Option<Literal>,
}

/// Words after which a statement goes on in the next line.
fn goes_on(word: &[u8]) -> bool {
    matches!(word, b"if" | b"else" | b"for" | b"while" | b"repeat" | b"function" | b"in")
}

/// Words that are no names.
fn is_reserved(word: &[u8]) -> bool {
    goes_on(word)
        || matches!(word, b"TRUE" | b"FALSE" | b"NULL" | b"NA" | b"Inf" | b"NaN" | b"next" | b"break" | b"...")
        || matches!(word, b"NA_integer_" | b"NA_real_" | b"NA_character_" | b"NA_complex_")
}

/// All assignments in order.
pub fn assignments<'a>(source: &'a [u8], tokens: &'a [Token]) -> Vec<Assignment<'a>> {
    let mut found = Vec::new();
    let mut statement: Vec<Token> = Vec::new();
    // The open brackets, and whether each is one after which a statement goes on: if (x), function(x).
    let mut open: Vec<(u8, bool)> = Vec::new();
    // Whether a line break would end the statement.
    let mut complete = true;
    for token in tokens {
        let top = open.is_empty();
        let ends = match token.kind {
            Kind::Newline => complete,
            Kind::Op(b';') => top,
            _ => false,
        };
        if ends {
            take(source, &statement, &mut found);
            statement.clear();
            complete = true;
            continue;
        }
        match token.kind {
            Kind::Newline => continue,
            Kind::Name => complete = !goes_on(token.of(source)),
            Kind::Quoted | Kind::Number | Kind::Text | Kind::Bad => complete = true,
            Kind::Op(c) => match closing(c) {
                Some(close) => {
                    let head = statement.last().is_some_and(|before| match before.kind {
                        Kind::Name => matches!(before.of(source), b"if" | b"for" | b"while" | b"function"),
                        before => before == Kind::Op(b'\\'),
                    });
                    open.push((close, head && c == b'('));
                    complete = false;
                }
                None if matches!(c, b')' | b']' | b'}') => {
                    // Brackets that do not fit close all the same: such a file does not run anyhow.
                    let head = open.pop().is_some_and(|(_, head)| head);
                    complete = !head;
                }
                None => complete = false,
            },
            Kind::Assign => complete = false,
        }
        // Of a long statement only the last token matters, to know what a bracket means.
        if statement.len() > 2 * MAX_TOKENS {
            statement.drain(MAX_TOKENS + 1..statement.len() - 1);
        }
        statement.push(*token);
    }
    take(source, &statement, &mut found);
    found
}

/// More tokens than any assignment of a literal has.
const MAX_TOKENS: usize = 16;

fn take<'a>(source: &'a [u8], statement: &[Token], found: &mut Vec<Assignment<'a>>) {
    let [target, operator, value @ ..] = statement else { return };
    if !matches!(operator.kind, Kind::Assign | Kind::Op(b'=')) {
        return;
    }
    let text = target.of(source);
    let name = match target.kind {
        Kind::Name if !is_reserved(text) => text,
        Kind::Quoted if !text.contains(&b'\\') && text.len() > 2 => &text[1..text.len() - 1],
        _ => return,
    };
    let literal = if value.len() > MAX_TOKENS { None } else { literal(source, value) };
    found.push(Assignment { name, start: target.start, literal });
}

/// The assignment that says what a flag is: the first of a literal, or else the first at all.
pub fn first<'a, 'b>(all: &'b [Assignment<'a>], name: &str) -> Option<&'b Assignment<'a>> {
    let of_name = |a: &&Assignment| a.name == name.as_bytes();
    all.iter().filter(of_name).find(|a| a.literal.is_some()).or_else(|| all.iter().find(of_name))
}
