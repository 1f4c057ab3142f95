//! Where strings end, with the fields of f-strings, in which there are strings again.

use crate::lex::{class, is, Kind, Lexer};

/// How deep strings may be nested in fields of f-strings.
const MAX_NESTING: u32 = 32;

/// What the letters before a quote mean.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prefix {
    pub raw: bool,
    pub bytes: bool,
    pub format: bool,
}

/// Reads the letters before a quote; `None` if they are a name that happens to stand there.
pub fn prefix(letters: &[u8]) -> Option<Prefix> {
    let mut p = Prefix::default();
    let mut unicode = false;
    for c in letters {
        let seen = match c.to_ascii_lowercase() {
            b'r' => &mut p.raw,
            b'b' => &mut p.bytes,
            b'f' | b't' => &mut p.format,
            b'u' => &mut unicode,
            _ => return None,
        };
        if std::mem::replace(seen, true) {
            return None;
        }
    }
    let fits = !(p.bytes && p.format || unicode && letters.len() > 1);
    fits.then_some(p)
}

impl Lexer<'_> {
    /// Reads a string whose quote is at `self.at` and whose prefix begins at `start`.
    pub(crate) fn text(&mut self, start: usize) -> Kind {
        let quote = self.at;
        let p = prefix(&self.source[start..quote]).unwrap_or_default();
        let mut end = self.text_end(quote, p, 0);
        if end.is_none() && p.format && !self.plain {
            self.plain = true;
            end = self.text_end(quote, p, 0);
        }
        match end {
            Some(end) => {
                self.at = end;
                Kind::Text
            }
            None => {
                // A string of one line ends with it, one of many lines with the source.
                self.at = quote + 1;
                let triple = self.source[quote..].starts_with(&[self.source[quote]; 3]);
                self.at = if triple { self.source.len() } else { self.find(self.at, class::LINE, true) };
                Kind::Bad
            }
        }
    }

    /// Where the string ends whose quote is at `at`.
    fn text_end(&self, mut at: usize, p: Prefix, nesting: u32) -> Option<usize> {
        let quote = self.byte(at);
        let triple = self.byte(at + 1) == quote && self.byte(at + 2) == quote;
        let format = p.format && !self.plain;
        at += if triple { 3 } else { 1 };
        loop {
            at = self.find(at, class::STRING, true);
            match *self.source.get(at)? {
                b'\\' if format && self.byte(at + 1) == b'{' => at += 1,
                b'\\' if format && !p.raw && self.byte(at + 1) == b'N' && self.byte(at + 2) == b'{' => at += 3,
                b'\\' if at + 1 < self.source.len() && is(self.byte(at + 1), class::LINE) => at = self.newline_end(at + 1),
                b'\\' => at += 2,
                c if c == quote && !triple => return Some(at + 1),
                c if c == quote && self.byte(at + 1) == quote && self.byte(at + 2) == quote => return Some(at + 3),
                b'\n' | b'\r' if !triple => return None,
                b'{' if format && self.byte(at + 1) == b'{' => at += 2,
                b'{' if format => at = self.field_end(at + 1, quote, nesting)?,
                _ => at += 1,
            }
        }
    }

    /// Where the field of an f-string ends that begins at `at`, after its brace. `quote` is the f-string's.
    fn field_end(&self, mut at: usize, quote: u8, nesting: u32) -> Option<usize> {
        if nesting == MAX_NESTING {
            return None;
        }
        let mut depth = 0;
        let mut spec = false;
        while at < self.source.len() {
            let c = self.byte(at);
            match c {
                b'}' if depth == 0 => return Some(at + 1),
                b'{' if spec => at = self.field_end(at + 1, quote, nesting + 1)?,
                _ if spec && c == quote => return None,
                _ if spec => at += 1,
                b'(' | b'[' | b'{' => {
                    depth += 1;
                    at += 1;
                }
                b')' | b']' | b'}' => {
                    depth -= 1;
                    if depth < 0 {
                        return None;
                    }
                    at += 1;
                }
                b':' if depth == 0 => {
                    spec = true;
                    at += 1;
                }
                b'#' => at = self.find(at, class::LINE, true),
                b'"' | b'\'' => at = self.text_end(at, Prefix::default(), nesting + 1)?,
                c if is(c, class::NAME) => {
                    let start = at;
                    at = self.find(at, class::NAME, false);
                    if let (b'"' | b'\'', Some(p)) = (self.byte(at), prefix(&self.source[start..at])) {
                        at = self.text_end(at, p, nesting + 1)?;
                    }
                }
                _ => at += 1,
            }
        }
        None
    }
}
