//! Credentials in text: by how tokens of well-known services begin, by the header of a private key, and by what is assigned to a name
//! such as `password`.

use crate::entropy;

/// Something that looks like a credential.
pub struct Finding {
    /// The byte it begins at.
    pub at: usize,
    pub kind: &'static str,
}

/// A token: how it begins, how many characters of its alphabet follow at least and at most.
struct Token {
    prefix: &'static [u8],
    least: usize,
    most: usize,
    alphabet: fn(u8) -> bool,
    kind: &'static str,
}

fn upper(c: u8) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_'
}

fn dashed(c: u8) -> bool {
    word(c) || c == b'-'
}

const ANY: usize = usize::MAX;

const fn token(prefix: &'static str, least: usize, most: usize, alphabet: fn(u8) -> bool, kind: &'static str) -> Token {
    Token { prefix: prefix.as_bytes(), least, most, alphabet, kind }
}

const TOKENS: [Token; 27] = [
    token("AKIA", 16, 16, upper, "AWS access key id"),
    token("ASIA", 16, 16, upper, "AWS access key id"),
    token("AIza", 35, 35, dashed, "Google API key"),
    token("GOCSPX-", 20, ANY, dashed, "Google client secret"),
    token("ya29.", 20, ANY, dashed, "Google access token"),
    token("ghp_", 30, ANY, word, "GitHub token"),
    token("gho_", 30, ANY, word, "GitHub token"),
    token("ghu_", 30, ANY, word, "GitHub token"),
    token("ghs_", 30, ANY, word, "GitHub token"),
    token("ghr_", 30, ANY, word, "GitHub token"),
    token("github_pat_", 22, ANY, word, "GitHub token"),
    token("glpat-", 20, ANY, dashed, "GitLab token"),
    token("xoxb-", 10, ANY, dashed, "Slack token"),
    token("xoxp-", 10, ANY, dashed, "Slack token"),
    token("xoxa-", 10, ANY, dashed, "Slack token"),
    token("xapp-", 10, ANY, dashed, "Slack token"),
    token("sk_live_", 16, ANY, word, "Stripe key"),
    token("rk_live_", 16, ANY, word, "Stripe key"),
    token("sk-ant-", 20, ANY, dashed, "Anthropic key"),
    token("sk-proj-", 20, ANY, dashed, "OpenAI key"),
    token("sk-", 40, ANY, word, "OpenAI key"),
    token("hf_", 30, ANY, word, "Hugging Face token"),
    token("npm_", 36, 36, word, "npm token"),
    token("pypi-AgE", 40, ANY, dashed, "PyPI token"),
    token("dop_v1_", 60, ANY, word, "DigitalOcean token"),
    token("SG.", 60, ANY, |c| dashed(c) || c == b'.', "SendGrid key"),
    token("eyJhbGciOi", 60, ANY, |c| dashed(c) || c == b'.', "JSON web token"),
];

/// What two bytes may be the beginning of.
const TOKEN: u8 = 1;
const KEY: u8 = 2;
const ASSIGNMENT: u8 = 4;
const PATTERN: u8 = 8;

/// Looks for credentials. Nearly all of a text is told from them by two bytes.
pub struct Scanner<'a> {
    pairs: Vec<u8>, // by the first byte and the second
    patterns: &'a [String],
}

impl<'a> Scanner<'a> {
    pub fn new(patterns: &'a [String]) -> Scanner<'a> {
        let mut scanner = Scanner { pairs: vec![0; 1 << 16], patterns };
        TOKENS.iter().for_each(|t| scanner.mark(t.prefix, TOKEN));
        scanner.mark(b"--", KEY);
        for assignment in ["=\"", "='", "= ", ":\"", ":'", ": "] {
            scanner.mark(assignment.as_bytes(), ASSIGNMENT);
        }
        patterns.iter().for_each(|p| scanner.mark(p.as_bytes(), PATTERN));
        scanner
    }

    fn mark(&mut self, beginning: &[u8], what: u8) {
        if let [first, second, ..] = beginning {
            self.pairs[usize::from(*first) << 8 | usize::from(*second)] |= what;
        }
    }

    /// Tells of each finding in a text, but of one in a line only.
    pub fn scan(&self, text: &[u8], mut tell: impl FnMut(Finding)) {
        let Ok(pairs) = <&[u8; 1 << 16]>::try_from(self.pairs.as_slice()) else { return };
        let (mut pair, mut next) = (0usize, 1);
        for (i, c) in text.iter().enumerate() {
            pair = (pair << 8 | usize::from(*c)) & 0xffff;
            let may = pairs[pair];
            if may == 0 || i < next {
                continue;
            }
            let at = i - 1;
            if let Some(kind) = self.look(text, at, may) {
                tell(Finding { at, kind });
                next = at + text[at..].iter().position(|c| *c == b'\n').unwrap_or(text.len() - at) + 2;
            }
        }
    }

    fn look(&self, text: &[u8], at: usize, may: u8) -> Option<&'static str> {
        let rest = &text[at..];
        if may & TOKEN != 0 && (at == 0 || !dashed(text[at - 1])) {
            if let Some(token) = TOKENS.iter().find(|t| t.prefix[0] == rest[0] && t.is(rest)) {
                return Some(token.kind);
            }
        }
        if may & KEY != 0 && rest.starts_with(b"-----BEGIN ") && is_private_key(rest) {
            return Some("private key");
        }
        if may & PATTERN != 0 && self.patterns.iter().any(|p| rest.starts_with(p.as_bytes())) {
            return Some("forbidden by parameter \"patterns\"");
        }
        if may & ASSIGNMENT != 0 {
            return assigned(text, at);
        }
        None
    }
}

impl Token {
    fn is(&self, text: &[u8]) -> bool {
        let Some(rest) = text.strip_prefix(self.prefix) else { return false };
        let n = rest.iter().take_while(|c| (self.alphabet)(**c)).count();
        // Twenty times the same letter is a place for one.
        n >= self.least && n <= self.most && entropy::bits(&rest[..n]) > 2.0
    }
}

fn is_private_key(text: &[u8]) -> bool {
    let line = text.split(|c| *c == b'\n').next().unwrap_or_default();
    let line = &line[..line.len().min(80)];
    line.windows(12).any(|w| w == b"PRIVATE KEY-") || line.windows(18).any(|w| w == b"PRIVATE KEY BLOCK-")
}

/// Names to which secrets are assigned, and whether such a name is also given to much that is none.
const NAMES: [(&str, bool); 13] = [
    ("password", false),
    ("passwd", false),
    ("passphrase", false),
    ("pwd", false),
    ("secret", true),
    ("secretkey", true),
    ("token", true),
    ("apikey", true),
    ("accesskey", true),
    ("privatekey", true),
    ("authkey", true),
    ("credential", true),
    ("credentials", true),
];

/// Whether `= "…"` assigns a secret: the name says so, and the text is no word of a language.
fn assigned(text: &[u8], at: usize) -> Option<&'static str> {
    let value = quoted(&text[at + 1..])?;
    // The name, in lower case and without anything but letters: DB_API-KEY is dbapikey. A quote may end it: {"password": "…"}.
    let before = text[..at].strip_suffix(b" ").unwrap_or(&text[..at]);
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before);
    let start = before.iter().rposition(|c| !dashed(*c)).map_or(0, |i| i + 1);
    let letters = before[start..].iter().filter(|c| c.is_ascii_alphabetic()).map(|c| c.to_ascii_lowercase() as char);
    let name: String = letters.collect();
    let (_, common) = NAMES.iter().find(|(n, _)| name.ends_with(n))?;
    let digits = value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic);
    let fits =
        if *common { value.len() >= 16 && digits && entropy::bits(value) >= 3.0 } else { value.len() >= 8 && entropy::bits(value) >= 2.5 };
    (fits && !is_placeholder(value)).then_some("value assigned to a name such as password")
}

/// The text in quotes that comes next, if it does and has no space in it.
fn quoted(rest: &[u8]) -> Option<&[u8]> {
    const MOST: usize = 512;
    let from = rest.iter().take(4).position(|c| *c != b' ')?;
    let quote = rest[from];
    if quote != b'"' && quote != b'\'' {
        return None;
    }
    let rest = &rest[from + 1..];
    let end = rest.iter().take(MOST).position(|c| *c == quote || c.is_ascii_whitespace())?;
    (rest[end] == quote).then(|| &rest[..end])
}

/// Texts that stand where a secret will be.
fn is_placeholder(value: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] = [b"example", b"changeme", b"change_me", b"password", b"placeholder", b"your", b"dummy", b"xxxx", b"****"];
    if value.iter().any(|c| matches!(c, b'$' | b'{' | b'<' | b'[' | b'(' | b'%')) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.windows(word.len()).any(|w| w == *word))
}
