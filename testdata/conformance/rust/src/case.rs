//! Cases as they are written.

/// One line: `[TIMES] ["!"]FUNCTION NAME ARGUMENTS`.
pub struct Case<'a> {
    pub times: u32,
    pub raw: bool,
    pub function: &'a str,
    pub name: &'a str,
    pub args: Vec<&'a str>,
}

impl<'a> Case<'a> {
    pub fn new(line: &'a str) -> Case<'a> {
        let mut words = line.split(' ');
        let mut word = words.next().unwrap_or("");
        let mut times = 1;
        if let Ok(n) = word.parse() {
            times = n;
            word = words.next().unwrap_or("");
        }
        let function = word.strip_prefix('!');
        let name = words.next().unwrap_or("");
        Case { times, raw: function.is_some(), function: function.unwrap_or(word), name, args: words.collect() }
    }

    /// An argument that is a number.
    pub fn number(&self, at: usize) -> i64 {
        number(self.args[at])
    }

    /// An argument that is a text, for the SDK.
    pub fn text(&self, at: usize, round: u32) -> String {
        String::from_utf8(text(self.args[at], round)).expect("a text for the SDK is UTF-8")
    }
}

pub fn number(word: &str) -> i64 {
    word.parse().unwrap_or_else(|_| panic!("{word} is no number"))
}

/// Decodes a text: pieces with "+" between them, each `[N*]CHARACTERS`.
pub fn text(word: &str, round: u32) -> Vec<u8> {
    let mut out = Vec::new();
    if word == "~" {
        return out;
    }
    for piece in word.split('+') {
        let (times, characters) = match piece.split_once('*') {
            Some((n, rest)) if n.parse::<u32>().is_ok() => (number(n) as usize, rest),
            _ => (1, piece),
        };
        out.extend(decode(characters, round).repeat(times));
    }
    out
}

fn decode(characters: &str, round: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = characters.bytes();
    while let Some(c) = rest.next() {
        match c {
            b'\'' => out.push(b'"'),
            b'#' => out.extend(round.to_string().bytes()),
            b'%' => out.push(hex(rest.next()) << 4 | hex(rest.next())),
            _ => out.push(c),
        }
    }
    out
}

fn hex(c: Option<u8>) -> u8 {
    (c.unwrap_or(0) as char).to_digit(16).expect("a hexadecimal digit") as u8
}
