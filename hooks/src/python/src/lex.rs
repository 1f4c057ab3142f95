//! Python source as tokens: as much of the language as it takes to know where a literal, a statement and a
//! line begin and end. Any bytes have tokens; what makes no sense is `Bad`.

use crate::quote::prefix;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Name,
    Number,
    /// A string, with its prefix and quotes.
    Text,
    /// An operator of one byte, or 0 for any that is longer or unknown.
    Op(u8),
    /// The end of a logical line.
    Newline,
    /// A string without an end.
    Bad,
}

/// A piece of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
    /// It begins a logical line, in column 0.
    pub first: bool,
}

impl Token {
    /// The bytes of the token.
    pub fn of<'a>(&self, source: &'a [u8]) -> &'a [u8] {
        &source[self.start..self.end]
    }
}

pub const BOM: &[u8] = b"\xef\xbb\xbf";

/// Splits source into tokens. White space and comments have none.
pub fn lex(source: &[u8]) -> Vec<Token> {
    let at = if source.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lexer = Lexer { source, at, plain: false };
    let mut tokens = Vec::new();
    lexer.run(&mut tokens);
    tokens
}

pub(crate) struct Lexer<'a> {
    pub(crate) source: &'a [u8],
    pub(crate) at: usize,
    /// A field of an f-string had no end: from here on f-strings are read like others, so that broken source costs
    /// one further reading and not one for each brace.
    pub(crate) plain: bool,
}

/// Classes of bytes, one bit each: looking a byte up costs less than comparing it, and this is what is done most.
pub(crate) mod class {
    /// Can be in a name. What is not ASCII is taken for a letter.
    pub const NAME: u8 = 1;
    /// A space or a tab.
    pub const BLANK: u8 = 2;
    /// Breaks a line.
    pub const LINE: u8 = 4;
    /// Means something in a string.
    pub const STRING: u8 = 8;
    /// An operator that can be followed by `=`.
    pub const ASSIGN: u8 = 16;

    pub static OF: [u8; 256] = {
        let mut table = [0; 256];
        let mut c = 0;
        while c < 256 {
            table[c] = match c as u8 {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | 0x80.. => NAME,
                b' ' | b'\t' => BLANK,
                b'\n' | b'\r' => LINE | STRING,
                b'"' | b'\'' | b'\\' | b'{' => STRING,
                b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@' | b':' => ASSIGN,
                _ => 0,
            };
            c += 1;
        }
        table
    };
}

/// Whether a byte is of one of these classes.
pub(crate) fn is(c: u8, classes: u8) -> bool {
    class::OF[c as usize] & classes != 0
}

impl Lexer<'_> {
    /// The byte at `at`, 0 at the end: as good as one that means nothing.
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    /// The first place from `at` on where a byte is, or is not, of these classes.
    pub(crate) fn find(&self, at: usize, classes: u8, wanted: bool) -> usize {
        let rest = self.source.get(at..).unwrap_or_default();
        at + rest.iter().position(|c| is(*c, classes) == wanted).unwrap_or(rest.len())
    }

    /// Where the line break at `at` ends.
    pub(crate) fn newline_end(&self, at: usize) -> usize {
        at + if self.byte(at) == b'\r' && self.byte(at + 1) == b'\n' { 2 } else { 1 }
    }

    fn run(&mut self, tokens: &mut Vec<Token>) {
        let mut depth = 0u32;
        // Of a logical line: nothing of it has been read, it is indented, it went on in another line before it began.
        let (mut fresh, mut indented, mut continued) = (true, false, false);
        while let Some(&c) = self.source.get(self.at) {
            let start = self.at;
            match c {
                b' ' | b'\t' => {
                    indented |= fresh && !continued;
                    self.at = self.find(start + 1, class::BLANK, false);
                }
                // A form feed begins the column anew.
                b'\x0c' => {
                    indented &= !fresh || continued;
                    self.at += 1;
                }
                b'#' => self.at = self.find(start, class::LINE, true),
                b'\\' if is(self.byte(start + 1), class::LINE) => {
                    self.at = self.newline_end(start + 1);
                    continued = true;
                }
                b'\n' | b'\r' => {
                    self.at = self.newline_end(start);
                    if depth == 0 {
                        if !fresh {
                            tokens.push(Token { kind: Kind::Newline, start, end: self.at, first: false });
                        }
                        (fresh, indented, continued) = (true, false, false);
                    }
                }
                c => {
                    let kind = self.token(c);
                    match kind {
                        Kind::Op(b'(' | b'[' | b'{') => depth += 1,
                        Kind::Op(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                    tokens.push(Token { kind, start, end: self.at, first: fresh && !indented });
                    fresh = false;
                }
            }
        }
    }

    /// Reads one token, which begins with `c` and is not blank.
    fn token(&mut self, c: u8) -> Kind {
        let start = self.at;
        match c {
            b'"' | b'\'' => self.text(start),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(start + 1).is_ascii_digit() => self.number(),
            c if is(c, class::NAME) => {
                self.at = self.find(start, class::NAME, false);
                match self.byte(self.at) {
                    b'"' | b'\'' if prefix(&self.source[start..self.at]).is_some() => self.text(start),
                    _ => Kind::Name,
                }
            }
            _ => self.operator(c),
        }
    }

    fn operator(&mut self, c: u8) -> Kind {
        let mut len = 1;
        if is(c, class::ASSIGN) {
            let next = self.byte(self.at + 1);
            if next == c && matches!(c, b'*' | b'/' | b'<' | b'>') || (c, next) == (b'-', b'>') {
                len = 2;
            }
            if self.byte(self.at + len) == b'=' {
                len += 1;
            }
        }
        self.at += len;
        Kind::Op(if len > 1 || c == b'\\' { 0 } else { c })
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let radix = self.byte(start) == b'0' && self.byte(start + 1).is_ascii_alphabetic();
        loop {
            match self.byte(self.at) {
                b'e' | b'E' if !radix && matches!(self.byte(self.at + 1), b'+' | b'-') && self.byte(self.at + 2).is_ascii_digit() => {
                    self.at += 2
                }
                c if is(c, class::NAME) || c == b'.' => self.at += 1,
                _ => return Kind::Number,
            }
        }
    }
}
