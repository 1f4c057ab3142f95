//! From text to values.

use super::{Number, Value};
use crate::abi::MAX_JSON_DEPTH;
use std::fmt;

/// Why a text is not JSON, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseError {
    /// The byte it stopped at.
    pub at: usize,
    what: &'static str,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: {}", self.at, self.what)
    }
}

impl From<ParseError> for crate::Error {
    fn from(e: ParseError) -> crate::Error {
        crate::Error::new(e.to_string())
    }
}

/// Reads one JSON text (RFC 8259), at most 64 levels deep.
pub fn parse(text: &str) -> Result<Value, ParseError> {
    let mut r = Reader::new(text);
    let v = r.value(MAX_JSON_DEPTH)?;
    r.space();
    if !r.at_end() {
        return Err(r.error("more than one value"));
    }
    Ok(v)
}

pub(super) struct Reader<'a> {
    // The same twice: what is cut from the one need not be looked at again to be text.
    whole: &'a str,
    text: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Reader { whole: text, text: text.as_bytes(), at: 0 }
    }

    pub(super) fn at_end(&self) -> bool {
        self.at == self.text.len()
    }

    fn error(&self, what: &'static str) -> ParseError {
        ParseError { at: self.at, what }
    }

    fn peek(&self) -> u8 {
        // NUL is in no JSON text outside of strings, where it is refused as well, so it can stand for the end.
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn space(&mut self) {
        self.skip(|c| matches!(c, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn word(&mut self, word: &str, v: Value) -> Result<Value, ParseError> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(v);
        }
        Err(self.error("not a value"))
    }

    fn value(&mut self, depth: usize) -> Result<Value, ParseError> {
        self.space();
        match self.peek() {
            b'n' => self.word("null", Value::Null),
            b't' => self.word("true", Value::Bool(true)),
            b'f' => self.word("false", Value::Bool(false)),
            b'"' => self.string().map(Value::String),
            b'-' | b'0'..=b'9' => self.number().map(Value::Number),
            b'[' | b'{' if depth == 0 => Err(self.error("nested too deep")),
            b'[' => self.array(depth - 1),
            b'{' => self.object(depth - 1),
            _ => Err(self.error("not a value")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut items = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == b']' {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth)?);
            if self.next(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, ParseError> {
        let mut members = Vec::new();
        self.at += 1;
        self.space();
        if self.peek() == b'}' {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            self.space();
            if self.peek() != b'"' {
                return Err(self.error("not a name"));
            }
            let name = self.string()?;
            self.space();
            if self.peek() != b':' {
                return Err(self.error("no colon after a name"));
            }
            self.at += 1;
            members.push((name, self.value(depth)?));
            if self.next(b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    /// After an element: a comma, or the end.
    fn next(&mut self, end: u8) -> Result<bool, ParseError> {
        self.space();
        let c = self.peek();
        if c == b',' || c == end {
            self.at += 1;
            return Ok(c == end);
        }
        Err(self.error("neither a comma nor the end"))
    }

    /// Goes on to the first byte that is none of these.
    fn skip(&mut self, these: impl Fn(u8) -> bool) {
        let rest = &self.text[self.at..];
        self.at += rest.iter().position(|c| !these(*c)).unwrap_or(rest.len());
    }

    /// The text from a place to here. Both are at the ends of characters; an index that could panic is 6 KB bigger.
    fn since(&self, start: usize) -> &'a str {
        self.whole.get(start..self.at).unwrap_or_default()
    }

    fn digits(&mut self) -> Result<(), ParseError> {
        if !self.peek().is_ascii_digit() {
            return Err(self.error("not a digit"));
        }
        self.skip(|c| c.is_ascii_digit());
        Ok(())
    }

    pub(super) fn number(&mut self) -> Result<Number, ParseError> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        if self.peek() == b'0' {
            self.at += 1;
        } else {
            self.digits()?;
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), b'e' | b'E') {
            self.at += 1;
            if matches!(self.peek(), b'+' | b'-') {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Number(self.since(start).to_string()))
    }

    fn string(&mut self) -> Result<String, ParseError> {
        let mut out = String::new();
        self.at += 1;
        loop {
            let start = self.at;
            self.skip(|c| !matches!(c, b'"' | b'\\' | 0..=0x1f));
            out.push_str(self.since(start));
            match self.peek() {
                b'"' => {
                    self.at += 1;
                    return Ok(out);
                }
                b'\\' => out.push(self.escape()?),
                _ if self.at >= self.text.len() => return Err(self.error("text does not end")),
                _ => return Err(self.error("control character in text")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, ParseError> {
        self.at += 1;
        let c = self.peek();
        self.at += 1;
        Ok(match c {
            b'"' | b'\\' | b'/' => c as char,
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.hex4()?;
                if (0xd800..0xdc00).contains(&high) && self.text[self.at..].starts_with(b"\\u") {
                    let back = self.at;
                    self.at += 2;
                    let low = self.hex4()?;
                    if (0xdc00..0xe000).contains(&low) {
                        let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                        return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                    self.at = back;
                }
                // Half a pair is no character.
                char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => {
                self.at -= 1;
                return Err(self.error("not an escape"));
            }
        })
    }

    fn hex4(&mut self) -> Result<u32, ParseError> {
        let mut n = 0;
        for _ in 0..4 {
            let Some(d) = (self.peek() as char).to_digit(16) else {
                return Err(self.error("not a hexadecimal digit"));
            };
            n = n << 4 | d;
            self.at += 1;
        }
        Ok(n)
    }
}
