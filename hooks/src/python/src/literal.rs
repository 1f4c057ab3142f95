//! Literals: what a flag can be, read from tokens.

use crate::decode::{decode, json_number};
use crate::lex::{Kind, Token};
use crate::quote::prefix;
use guild_hook::json::Number;
use guild_hook::{decimal, Value};

/// How deep lists may be nested.
const MAX_DEPTH: u32 = 16;

/// A literal and where it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// Numbers that JSON has not are text, as guild writes them: `.inf`, `-.inf`, `.nan`.
    pub value: Value,
    pub start: usize,
    pub end: usize,
    pub style: Style,
}

/// How a literal is written, as far as its replacement follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The quote of the first string, or 0.
    pub quote: u8,
    /// Whether sequences are tuples, a bit for each level.
    pub tuples: u32,
    /// It stands in parentheses of its own, where lines can be broken.
    pub enclosed: bool,
    /// A number that JSON has not.
    pub special: bool,
    /// It is a number of any kind.
    pub number: bool,
}

/// Reads tokens.
pub struct Reader<'a> {
    pub source: &'a [u8],
    pub tokens: &'a [Token],
}

impl<'a> Reader<'a> {
    /// The kind of token `at`; past the end it is a line's end.
    pub fn kind(&self, at: usize) -> Kind {
        self.tokens.get(at).map_or(Kind::Newline, |t| t.kind)
    }

    /// The bytes of token `at`.
    pub fn bytes(&self, at: usize) -> &'a [u8] {
        self.tokens.get(at).map_or(&[], |t| t.of(self.source))
    }

    /// Whether token `at` is this name.
    pub fn is(&self, at: usize, name: &str) -> bool {
        self.kind(at) == Kind::Name && self.bytes(at) == name.as_bytes()
    }

    /// Reads tokens `from..to` as one literal.
    pub fn literal(&self, from: usize, to: usize) -> Option<Literal> {
        let mut style = Style { quote: 0, tuples: 0, enclosed: false, special: false, number: false };
        let (mut first, mut last) = (from, to);
        // Parentheses around it stay where they are.
        let value = loop {
            if last <= first {
                return None;
            }
            if let Some((value, end)) = self.value(first, &mut style, 0) {
                if end == last {
                    break value;
                }
            }
            if self.kind(first) != Kind::Op(b'(') || self.kind(last - 1) != Kind::Op(b')') || first - from == MAX_DEPTH as usize {
                return None;
            }
            (first, last) = (first + 1, last - 1);
            style = Style { quote: 0, tuples: 0, enclosed: true, special: false, number: false };
        };
        style.number = style.special || matches!(value, Value::Number(_));
        Some(Literal { value, start: self.tokens[first].start, end: self.tokens[last - 1].end, style })
    }

    /// Reads a value at a token, and says which token follows it.
    fn value(&self, at: usize, style: &mut Style, depth: u32) -> Option<(Value, usize)> {
        match self.kind(at) {
            Kind::Name => match self.bytes(at) {
                b"None" => Some((Value::Null, at + 1)),
                b"True" => Some((Value::Bool(true), at + 1)),
                b"False" => Some((Value::Bool(false), at + 1)),
                b"float" if depth == 0 => self.special(at, style),
                _ => None,
            },
            Kind::Op(sign @ (b'-' | b'+')) if self.kind(at + 1) == Kind::Number => self.number(at + 1, sign == b'-', style, depth),
            Kind::Number => self.number(at, false, style, depth),
            Kind::Text => self.text(at, style),
            Kind::Op(open @ (b'[' | b'(')) if depth < MAX_DEPTH => self.sequence(at, open, style, depth),
            _ => None,
        }
    }

    fn sequence(&self, open: usize, bracket: u8, style: &mut Style, depth: u32) -> Option<(Value, usize)> {
        let close = Kind::Op(if bracket == b'[' { b']' } else { b')' });
        let outside = *style;
        if bracket == b'(' {
            style.tuples |= 1 << depth;
        }
        let mut items = Vec::new();
        let mut commas = 0;
        let mut at = open + 1;
        while self.kind(at) != close {
            if items.len() > commas {
                return None;
            }
            let (item, next) = self.value(at, style, depth + 1)?;
            items.push(item);
            at = next;
            if self.kind(at) == Kind::Op(b',') {
                commas += 1;
                at += 1;
            }
        }
        // (1) is a number in parentheses, (1,) is a tuple.
        if bracket == b'(' && commas == 0 && !items.is_empty() {
            if depth == 0 {
                return None; // the parentheses are not replaced
            }
            style.tuples = outside.tuples;
            return items.pop().map(|item| (item, at + 1));
        }
        Some((Value::Array(items), at + 1))
    }

    /// `float("inf")` and the like: the only way to write them, and the way they are written here.
    fn special(&self, at: usize, style: &mut Style) -> Option<(Value, usize)> {
        if self.kind(at + 1) != Kind::Op(b'(') || self.kind(at + 2) != Kind::Text || self.kind(at + 3) != Kind::Op(b')') {
            return None;
        }
        let (text, _) = self.text(at + 2, style)?;
        let text = text.as_str()?.to_ascii_lowercase();
        let (negative, word) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(&text)),
        };
        let value = match word {
            "inf" | "infinity" if negative => "-.inf",
            "inf" | "infinity" => ".inf",
            "nan" => ".nan",
            _ => return None,
        };
        style.special = true;
        Some((value.into(), at + 4))
    }

    fn number(&self, at: usize, negative: bool, style: &mut Style, depth: u32) -> Option<(Value, usize)> {
        let text = json_number(self.bytes(at), negative)?;
        if decimal::parse(&text)?.is_infinite() {
            if depth > 0 {
                return None;
            }
            style.special = true;
            return Some((if negative { "-.inf" } else { ".inf" }.into(), at + 1));
        }
        Some((Value::Number(Number::parse(&text)?), at + 1))
    }

    /// Reads strings that stand side by side, which are one.
    fn text(&self, mut at: usize, style: &mut Style) -> Option<(Value, usize)> {
        let mut out = Vec::new();
        while self.kind(at) == Kind::Text {
            let token = self.bytes(at);
            let letters = token.iter().position(|c| matches!(c, b'"' | b'\''))?;
            let p = prefix(&token[..letters])?;
            if p.bytes || p.format {
                return None;
            }
            let quote = token[letters];
            if style.quote == 0 {
                style.quote = quote;
            }
            let quoted = &token[letters..];
            let width = if quoted.len() >= 6 && quoted.starts_with(&[quote; 3]) { 3 } else { 1 };
            decode(&quoted[width..quoted.len() - width], p.raw, &mut out)?;
            at += 1;
        }
        Some((Value::String(String::from_utf8(out).ok()?), at))
    }
}
