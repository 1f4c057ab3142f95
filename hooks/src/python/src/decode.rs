//! What a number or a string stands for.

use guild_hook::json::Number;

/// A number of Python's as one of JSON's.
pub fn json_number(token: &[u8], negative: bool) -> Option<String> {
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
pub fn decode(body: &[u8], raw: bool, out: &mut Vec<u8>) -> Option<()> {
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
