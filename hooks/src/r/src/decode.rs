//! What a number or a string stands for.

use guild_hook::{decimal, json::Number};

/// A number of R's as one of JSON's, and whether it is an integer to R.
pub fn number(token: &[u8], negative: bool) -> Option<(String, bool)> {
    let (token, integer) = match token {
        [rest @ .., b'L'] => (rest, true),
        _ => (token, false),
    };
    let mut out = String::from(if negative { "-" } else { "" });
    if let [b'0', b'x' | b'X', digits @ ..] = token {
        let mut n = 0i64;
        for c in digits {
            n = n.checked_mul(16)?.checked_add((*c as char).to_digit(16)?.into())?;
        }
        if digits.is_empty() || integer && n > i32::MAX.into() {
            return None;
        }
        out.push_str(&n.to_string());
        return Some((out, integer));
    }
    let whole = token.iter().position(|c| !c.is_ascii_digit()).unwrap_or(token.len());
    let (digits, mut rest) = token.split_at(whole);
    let zeros = digits.iter().take_while(|c| **c == b'0').count();
    push(&mut out, if zeros == digits.len() { b"0" } else { &digits[zeros..] });
    if rest.first() == Some(&b'.') {
        let n = rest[1..].iter().take_while(|c| c.is_ascii_digit()).count();
        if n == 0 && digits.is_empty() {
            return None;
        }
        out.push('.');
        push(&mut out, if n == 0 { b"0" } else { &rest[1..=n] });
        rest = &rest[n + 1..];
    }
    // What is left is an exponent, or makes it no number: 2i.
    push(&mut out, rest);
    Number::parse(&out)?;
    if integer {
        // 1e3L is the integer 1000; what is none, or too big, is none with a warning.
        let n = decimal::parse(&out)?;
        if n.abs() > i32::MAX.into() || n != f64::from(n as i32) {
            return None;
        }
        out = (n as i32).to_string();
    }
    Some((out, integer))
}

fn push(out: &mut String, ascii: &[u8]) {
    out.extend(ascii.iter().map(|c| *c as char));
}

/// What is between the quotes, as the program would see it. `None` when JSON cannot have it, or when R would refuse it.
pub fn decode(body: &[u8], raw: bool, out: &mut Vec<u8>) -> Option<()> {
    let mut at = 0;
    while at < body.len() {
        let c = body[at];
        at += 1;
        match c {
            b'\r' if body.get(at) == Some(&b'\n') => {} // R reads it as a line feed
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
        b'\\' | b'\'' | b'"' | b'`' | b' ' | b'\n' => c,
        b'\r' if text.get(1) == Some(&b'\n') => {
            out.push(b'\n');
            return Some(2);
        }
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
            return byte(code, n, out);
        }
        b'x' => {
            let (code, n) = hex(&text[1..], 2)?;
            return byte(code, n + 1, out);
        }
        b'u' => return unicode(text, 4, out),
        b'U' => return unicode(text, 8, out),
        _ => return None,
    };
    out.push(simple);
    Some(1)
}

/// Up to `max` hexadecimal digits, and how many there are.
fn hex(text: &[u8], max: usize) -> Option<(u32, usize)> {
    let mut code = 0u32;
    let mut n = 0;
    while n < max {
        match text.get(n).and_then(|c| (*c as char).to_digit(16)) {
            Some(d) => code = code << 4 | d,
            None => break,
        }
        n += 1;
    }
    (n > 0).then_some((code, n))
}

/// A byte. Beyond ASCII what it means depends on where the program runs; NUL cannot be in text.
fn byte(code: u32, len: usize, out: &mut Vec<u8>) -> Option<usize> {
    if code == 0 || code > 0x7f {
        return None;
    }
    out.push(code as u8);
    Some(len)
}

fn unicode(text: &[u8], max: usize, out: &mut Vec<u8>) -> Option<usize> {
    let braces = text.get(1) == Some(&b'{');
    let (code, n) = hex(&text[1 + usize::from(braces)..], max)?;
    if braces && text.get(2 + n) != Some(&b'}') {
        return None;
    }
    let c = char::from_u32(code).filter(|c| *c != '\0')?;
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    Some(1 + n + 2 * usize::from(braces))
}
