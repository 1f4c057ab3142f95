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

/// Whether a byte can be in a name. What is not ASCII is taken for a letter.
pub fn is_name(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80
}

pub(crate) fn is_newline(c: u8) -> bool {
    c == b'\n' || c == b'\r'
}

impl Lexer<'_> {
    /// The byte at `at`, 0 at the end: as good as one that means nothing.
    pub(crate) fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    /// Where the line break at `at` ends.
    pub(crate) fn newline_end(&self, at: usize) -> usize {
        at + if self.byte(at) == b'\r' && self.byte(at + 1) == b'\n' { 2 } else { 1 }
    }

    fn run(&mut self, tokens: &mut Vec<Token>) {
        let mut depth = 0u32;
        let (mut fresh, mut indented) = (true, false);
        while self.at < self.source.len() {
            let start = self.at;
            let c = self.byte(start);
            match c {
                b' ' | b'\t' => {
                    indented |= fresh;
                    self.at += 1;
                    continue;
                }
                // A form feed begins the column anew.
                b'\x0c' => {
                    indented &= !fresh;
                    self.at += 1;
                    continue;
                }
                b'#' => {
                    while self.at < self.source.len() && !is_newline(self.byte(self.at)) {
                        self.at += 1;
                    }
                    continue;
                }
                b'\\' if is_newline(self.byte(start + 1)) => {
                    self.at = self.newline_end(start + 1);
                    // The line went on: spaces in front of what follows are no indentation, and none is no dedent.
                    let first = fresh && !indented;
                    self.skip_blank();
                    if fresh && self.at < self.source.len() && !is_newline(self.byte(self.at)) {
                        fresh = false;
                        let at = tokens.len();
                        self.token(tokens, &mut depth);
                        if let Some(t) = tokens.get_mut(at) {
                            t.first = first;
                        }
                    }
                    continue;
                }
                b'\n' | b'\r' => {
                    self.at = self.newline_end(start);
                    if depth == 0 {
                        if !fresh {
                            tokens.push(Token { kind: Kind::Newline, start, end: self.at, first: false });
                        }
                        (fresh, indented) = (true, false);
                    }
                    continue;
                }
                _ => {}
            }
            let at = tokens.len();
            self.token(tokens, &mut depth);
            tokens[at].first = fresh && !indented;
            fresh = false;
        }
    }

    fn skip_blank(&mut self) {
        while matches!(self.byte(self.at), b' ' | b'\t' | b'\x0c') {
            self.at += 1;
        }
    }

    /// Reads one token that is not blank.
    fn token(&mut self, tokens: &mut Vec<Token>, depth: &mut u32) {
        let start = self.at;
        let c = self.byte(start);
        let kind = match c {
            b'"' | b'\'' => self.text(start),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(start + 1).is_ascii_digit() => self.number(),
            c if is_name(c) => {
                while is_name(self.byte(self.at)) {
                    self.at += 1;
                }
                match self.byte(self.at) {
                    b'"' | b'\'' if prefix(&self.source[start..self.at]).is_some() => self.text(start),
                    _ => Kind::Name,
                }
            }
            _ => self.operator(c),
        };
        match kind {
            Kind::Op(b'(' | b'[' | b'{') => *depth += 1,
            Kind::Op(b')' | b']' | b'}') => *depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { kind, start, end: self.at, first: false });
    }

    fn operator(&mut self, c: u8) -> Kind {
        let next = self.byte(self.at + 1);
        let twice = next == c && matches!(c, b'*' | b'/' | b'<' | b'>');
        let mut len = if twice || (c, next) == (b'-', b'>') { 2 } else { 1 };
        if self.byte(self.at + len) == b'='
            && matches!(c, b'=' | b'!' | b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%' | b'&' | b'|' | b'^' | b'@' | b':')
        {
            len += 1;
        }
        self.at += len;
        match c {
            _ if len > 1 => Kind::Op(0),
            b'\\' | 0 => Kind::Op(0),
            c => Kind::Op(c),
        }
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let radix = self.byte(start) == b'0' && self.byte(start + 1).is_ascii_alphabetic();
        loop {
            match self.byte(self.at) {
                b'e' | b'E' if !radix && matches!(self.byte(self.at + 1), b'+' | b'-') && self.byte(self.at + 2).is_ascii_digit() => {
                    self.at += 2
                }
                c if is_name(c) || c == b'.' => self.at += 1,
                _ => return Kind::Number,
            }
        }
    }
}
