//! R source as tokens: as much of the language as it takes to know where a literal and a statement begin and end. Any
//! bytes have tokens; what makes no sense is `Bad`.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A name or a reserved word.
    Name,
    /// A name in backticks.
    Quoted,
    Number,
    /// A string, raw or not.
    Text,
    /// `<-`
    Assign,
    /// An operator of one byte, or 0 for any that is longer or unknown.
    Op(u8),
    /// A line break outside of all brackets.
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
}

impl Token {
    /// The bytes of the token.
    pub fn of<'a>(&self, source: &'a [u8]) -> &'a [u8] {
        &source[self.start..self.end]
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Splits source into tokens. White space and comments have none.
pub fn lex(source: &[u8]) -> Vec<Token> {
    let at = if source.starts_with(BOM) { BOM.len() } else { 0 };
    let mut lexer = Lexer { source, at };
    let mut tokens = Vec::new();
    let mut depth = 0u32;
    while let Some(&c) = source.get(lexer.at) {
        let start = lexer.at;
        let kind = match c {
            b' ' | b'\t' | b'\x0c' | b'\r' => {
                lexer.at += 1;
                continue;
            }
            b'#' => {
                lexer.at = lexer.find(start, |c| c == b'\n');
                continue;
            }
            b'\n' => {
                lexer.at += 1;
                if depth > 0 {
                    continue;
                }
                Kind::Newline
            }
            c => lexer.token(c),
        };
        match kind {
            Kind::Op(b'(' | b'[' | b'{') => depth += 1,
            Kind::Op(b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        tokens.push(Token { kind, start, end: lexer.at });
    }
    tokens
}

/// Whether a byte can be in a name. What is not ASCII is taken for a letter. A table: this is what is asked most.
fn is_name(c: u8) -> bool {
    static NAME: [bool; 256] = {
        let mut table = [false; 256];
        let mut c = 0;
        while c < 256 {
            table[c] = matches!(c as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'_' | 0x80..);
            c += 1;
        }
        table
    };
    NAME[c as usize]
}

/// The bracket that closes one.
pub fn closing(open: u8) -> Option<u8> {
    match open {
        b'(' => Some(b')'),
        b'[' => Some(b']'),
        b'{' => Some(b'}'),
        _ => None,
    }
}

/// Reads how a raw string begins, after its letter: the quote, the number of dashes, and the bracket.
pub fn raw_start(text: &[u8]) -> Option<(u8, usize, u8)> {
    let quote = *text.first()?;
    let dashes = text[1..].iter().take_while(|c| **c == b'-').count();
    let bracket = *text.get(1 + dashes)?;
    closing(bracket)?;
    Some((quote, dashes, bracket))
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.source.get(at).copied().unwrap_or(0)
    }

    /// The first place from `at` on with such a byte, or the end.
    fn find(&self, at: usize, wanted: impl Fn(u8) -> bool) -> usize {
        let rest = self.source.get(at..).unwrap_or_default();
        at + rest.iter().position(|c| wanted(*c)).unwrap_or(rest.len())
    }

    fn token(&mut self, c: u8) -> Kind {
        let start = self.at;
        let next = self.byte(start + 1);
        match c {
            b'"' | b'\'' => self.quoted(c, Kind::Text),
            b'`' => self.quoted(c, Kind::Quoted),
            b'r' | b'R' if matches!(next, b'"' | b'\'') && raw_start(&self.source[start + 1..]).is_some() => self.raw(),
            b'0'..=b'9' => self.number(),
            b'.' if next.is_ascii_digit() => self.number(),
            c if is_name(c) && c != b'_' => {
                self.at = self.find(start, |c| !is_name(c));
                Kind::Name
            }
            _ => self.operator(c),
        }
    }

    fn operator(&mut self, c: u8) -> Kind {
        let (next, third) = (self.byte(self.at + 1), self.byte(self.at + 2));
        let len = match (c, next, third) {
            (b'<', b'<', b'-') | (b'-', b'>', b'>') | (b':', b':', b':') => 3,
            (b'<' | b'>' | b'=' | b'!' | b':', b'=', _) | (b'=' | b'-' | b'|', b'>', _) | (b'<', b'-', _) => 2,
            (b'&' | b'|' | b':' | b'*', next, _) if next == c => 2,
            _ => 1,
        };
        if len > 1 {
            self.at += len;
            return if c == b'<' && next == b'-' { Kind::Assign } else { Kind::Op(0) };
        }
        if c == b'%' {
            // %in% and the like, on one line.
            let end = self.find(self.at + 1, |c| c == b'%' || c == b'\n');
            if self.byte(end) == b'%' {
                self.at = end + 1;
                return Kind::Op(0);
            }
        }
        self.at += 1;
        Kind::Op(c)
    }

    fn number(&mut self) -> Kind {
        let start = self.at;
        let hexadecimal = self.byte(start) == b'0' && matches!(self.byte(start + 1), b'x' | b'X');
        loop {
            let c = self.byte(self.at);
            let scale = if hexadecimal { b'p' } else { b'e' };
            if c.to_ascii_lowercase() == scale && matches!(self.byte(self.at + 1), b'+' | b'-') {
                self.at += 2;
            } else if is_name(c) {
                self.at += 1;
            } else {
                return Kind::Number;
            }
        }
    }

    /// Reads what is between two quotes, over lines if need be.
    fn quoted(&mut self, quote: u8, kind: Kind) -> Kind {
        let mut at = self.at + 1;
        loop {
            at = self.find(at, |c| c == quote || c == b'\\');
            match self.source.get(at) {
                Some(b'\\') => at += 2,
                Some(_) => {
                    self.at = at + 1;
                    return kind;
                }
                None => {
                    self.at = self.source.len();
                    return Kind::Bad;
                }
            }
        }
    }

    /// Reads `r"--(...)--"`.
    fn raw(&mut self) -> Kind {
        if let Some((quote, dashes, bracket)) = raw_start(&self.source[self.at + 1..]) {
            let close = closing(bracket).unwrap_or(bracket);
            let mut at = self.at + 3 + dashes;
            loop {
                at = self.find(at, |c| c == close);
                let Some(rest) = self.source.get(at + 1..) else { break };
                if rest.len() > dashes && rest[..dashes].iter().all(|c| *c == b'-') && rest[dashes] == quote {
                    self.at = at + 2 + dashes;
                    return Kind::Text;
                }
                at += 1;
            }
        }
        self.at = self.source.len();
        Kind::Bad
    }
}
