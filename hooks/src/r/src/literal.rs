//! Literals: what a flag can be, read from tokens.

use crate::decode::{decode, number};
use crate::lex::{raw_start, Kind, Token};
use guild_hook::json::Number;
use guild_hook::{decimal, Value};

/// A literal and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// Numbers that JSON has not are text, as guild writes them: `.inf`, `-.inf`, `.nan`. `NA` is null, as is `NULL`.
    pub value: Value,
    pub start: usize,
    pub end: usize,
    pub style: Style,
}

/// How a literal is written, as far as its replacement follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// The quote of a string, or 0.
    pub quote: u8,
    /// An integer: `1L`.
    pub integer: bool,
    /// It stands in parentheses of its own, where lines can be broken.
    pub enclosed: bool,
    /// A number that JSON has not.
    pub special: bool,
    /// It is a number of any kind.
    pub number: bool,
}

/// Reads tokens as one literal.
pub fn literal(source: &[u8], mut tokens: &[Token]) -> Option<Literal> {
    let mut style = Style::default();
    // Parentheses around it stay where they are.
    while let [first, inner @ .., last] = tokens {
        if (first.kind, last.kind) != (Kind::Op(b'('), Kind::Op(b')')) {
            break;
        }
        tokens = inner;
        style.enclosed = true;
    }
    let (sign, token) = match tokens {
        [token] => (None, token),
        [sign, token] => match sign.kind {
            Kind::Op(c @ (b'-' | b'+')) => (Some(c), token),
            _ => return None,
        },
        _ => return None,
    };
    let value = value(token.of(source), token.kind, sign, &mut style)?;
    style.number = style.special || matches!(value, Value::Number(_));
    if sign.is_some() && !style.number {
        return None;
    }
    Some(Literal { value, start: tokens[0].start, end: token.end, style })
}

fn value(text: &[u8], kind: Kind, sign: Option<u8>, style: &mut Style) -> Option<Value> {
    let negative = sign == Some(b'-');
    let infinite = if negative { "-.inf" } else { ".inf" };
    let special = match kind {
        Kind::Name => match text {
            b"TRUE" => return Some(Value::Bool(true)),
            b"FALSE" => return Some(Value::Bool(false)),
            b"NULL" | b"NA" | b"NA_integer_" | b"NA_real_" | b"NA_character_" => return Some(Value::Null),
            b"Inf" => infinite,
            b"NaN" => ".nan",
            _ => return None,
        },
        Kind::Number => {
            let (json, integer) = number(text, negative)?;
            if decimal::parse(&json)?.is_finite() {
                style.integer = integer;
                return Number::parse(&json).map(Value::Number);
            }
            infinite
        }
        Kind::Text => {
            let mut out = Vec::new();
            if matches!(text[0], b'r' | b'R') {
                let (quote, dashes, _) = raw_start(&text[1..])?;
                style.quote = quote;
                decode(&text[3 + dashes..text.len() - dashes - 2], true, &mut out)?;
            } else {
                style.quote = text[0];
                decode(&text[1..text.len() - 1], false, &mut out)?;
            }
            return String::from_utf8(out).ok().map(Value::String);
        }
        _ => return None,
    };
    style.special = true;
    Some(special.into())
}
