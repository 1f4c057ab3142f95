//! Literals: what a flag can be, read from tokens.

use crate::lex::{prefix, Kind, Token};
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
            return None;
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

/// A number of Python's as one of JSON's.
fn json_number(token: &[u8], negative: bool) -> Option<String> {
    let mut text: Vec<u8> = Vec::with_capacity(token.len() + 2);
    for (i, c) in token.iter().enumerate() {
        if *c != b'_' {
            text.push(c.to_ascii_lowercase());
        } else if i == 0 || !token[i - 1].is_ascii_alphanumeric() || !token.get(i + 1)?.is_ascii_alphanumeric() {
            return None; // between digits, and after 0x
        }
    }
    let mut out = String::from(if negative { "-" } else { "" });
    let radix = match text.get(1) {
        Some(b'x') => 16,
        Some(b'o') => 8,
        Some(b'b') => 2,
        _ => 10,
    };
    if radix != 10 {
        if text[0] != b'0' || text.len() < 3 {
            return None;
        }
        let mut n = 0i64;
        for c in &text[2..] {
            let digit = (*c as char).to_digit(radix)?;
            n = n.checked_mul(radix.into())?.checked_add(digit.into())?;
        }
        out.push_str(&n.to_string());
        return Some(out);
    }
    let whole = text.iter().position(|c| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, mut rest) = text.split_at(whole);
    let zeros = digits.iter().take_while(|c| **c == b'0').count();
    let significant = &digits[zeros..];
    if rest.is_empty() && zeros > 0 && !significant.is_empty() {
        return None; // 007 is an error
    }
    push(&mut out, if significant.is_empty() { b"0" } else { significant });
    if rest.first() == Some(&b'.') {
        let n = rest[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if n == 0 && digits.is_empty() {
            return None;
        }
        out.push('.');
        push(&mut out, if n == 0 { b"0" } else { &rest[1..=n] });
        rest = &rest[n + 1..];
    }
    // What is left is an exponent, or makes it no number: 1j, 1if. JSON's reader tells.
    push(&mut out, rest);
    Number::parse(&out).map(|_| out)
}

fn push(out: &mut String, ascii: &[u8]) {
    out.extend(ascii.iter().map(|c| *c as char));
}

/// What is between the quotes, as the program would see it. `None` when JSON cannot have it, or when it is not known.
fn decode(body: &[u8], raw: bool, out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while at < body.len() {
        let c = body[at];
        at += 1;
        match c {
            b'\r' => {
                // Python reads every line break as a line feed.
                out.push(b'\n');
                at += usize::from(body.get(at) == Some(&b'\n'));
            }
            b'\\' if !raw => at += escape(&body[at..], out)?,
            c => out.push(c),
        }
    }
    Some(())
}

/// Reads an escape after its backslash, and says how long it is.
fn escape(text: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let c = *text.first()?;
    let simple = match c {
        b'\n' => return Some(1),
        b'\r' => return Some(1 + usize::from(text.get(1) == Some(&b'\n'))),
        b'\\' | b'\'' | b'"' => c,
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        b'0'..=b'7' => {
            let n = text.iter().take(3).take_while(|c| matches!(c, b'0'..=b'7')).count();
            let code = text[..n].iter().fold(0, |v, c| v * 8 + u32::from(c - b'0'));
            return character(code, n, out);
        }
        b'x' => return hex(text, 2, out),
        b'u' => return hex(text, 4, out),
        b'U' => return hex(text, 8, out),
        b'N' => return None, // the names of all characters are not here
        _ => {
            out.extend([b'\\', c]);
            return Some(1);
        }
    };
    out.push(simple);
    Some(1)
}

fn hex(text: &[u8], digits: usize, out: &mut Vec<u8>) -> Option<usize> {
    let mut code = 0u32;
    for c in text.get(1..=digits)? {
        code = code << 4 | (*c as char).to_digit(16)?;
    }
    character(code, digits + 1, out)
}

/// Half of a surrogate pair is a character to Python, but not to JSON.
fn character(code: u32, len: usize, out: &mut Vec<u8>) -> Option<usize> {
    let c = char::from_u32(code)?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Some(len)
}
