//! Values as R writes them.

use crate::literal::Style;
use guild_hook::json::Number;
use guild_hook::{decimal, Value};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub struct Writer {
    pub style: Style,
    /// Only ASCII: the file is not UTF-8.
    pub ascii: bool,
}

impl Writer {
    /// The value as a literal, or why there is none.
    pub fn literal(&self, value: &Value) -> Result<String, &'static str> {
        Ok(match value {
            Value::Null => "NULL".to_string(),
            Value::Bool(true) => "TRUE".to_string(),
            Value::Bool(false) => "FALSE".to_string(),
            Value::Number(n) => self.number(n),
            // Numbers that JSON has not; guild hands them on as text.
            Value::String(s) if self.style.number && s == ".inf" => "Inf".to_string(),
            Value::String(s) if self.style.number && s == "-.inf" => "-Inf".to_string(),
            Value::String(s) if self.style.number && s == ".nan" => "NaN".to_string(),
            Value::String(s) if s.contains('\0') => return Err("text with a NUL cannot be set in R"),
            Value::String(s) => self.text(s),
            Value::Array(_) => return Err("a list is no literal of R's"),
            Value::Object(_) => return Err("a map is no literal of R's"),
        })
    }

    fn number(&self, n: &Number) -> String {
        if !n.is_integer() {
            return double(n.as_str());
        }
        let fits = n.as_str().parse::<i32>().is_ok_and(|n| n > i32::MIN); // which is NA
        [n.as_str(), if self.style.integer && fits { "L" } else { "" }].concat()
    }

    /// Text in the quotes of the literal, or in the others if that saves a backslash.
    fn text(&self, s: &str) -> String {
        let (own, other) = if self.style.quote == b'\'' { ('\'', '"') } else { ('"', '\'') };
        let quote = if s.contains(own) && !s.contains(other) { other } else { own };
        let mut out = String::new();
        out.push(quote);
        for c in s.chars() {
            match c {
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c == quote => {
                    out.push('\\');
                    out.push(c);
                }
                c if (self.ascii && !c.is_ascii()) || !printable(c) => escape(c, &mut out),
                c => out.push(c),
            }
        }
        out.push(quote);
        out
    }
}

/// Whether a character can be seen for what it is.
fn printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..)
}

/// R refuses a string with both `\x` and `\u` in it, so it is always `\u`.
fn escape(c: char, out: &mut String) {
    let code = c as u32;
    let (letter, digits) = if code > 0xffff { ('U', 8) } else { ('u', 4) };
    out.push('\\');
    out.push(letter);
    for i in (0..digits).rev() {
        out.push(char::from_digit(code >> (4 * i) & 15, 16).unwrap_or('0'));
    }
}

/// A float as R prints it: 15 significant digits, if these are enough to read the same number again, else all of them; in the
/// shorter of the two notations.
fn double(text: &str) -> String {
    let (negative, unsigned) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let all: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
    let zeros = all.iter().take_while(|c| **c == b'0').count();
    // The value is 0.DIGITS times 10^point.
    let Ok(exponent) = exponent.parse::<i32>() else { return text.to_string() };
    let mut point = whole.len() as i32 - zeros as i32 + exponent;
    let mut digits = all[zeros..].to_vec();
    trim(&mut digits);
    if digits.is_empty() {
        return "0".to_string();
    }
    if digits.len() > 15 {
        let (mut short, mut short_point) = (digits.clone(), point);
        round(&mut short, &mut short_point);
        if decimal::parse(&notation(&short, short_point, negative)) == decimal::parse(text) {
            (digits, point) = (short, short_point);
        }
    }
    notation(&digits, point, negative)
}

fn trim(digits: &mut Vec<u8>) {
    while digits.last() == Some(&b'0') {
        digits.pop();
    }
}

/// Rounds to 15 digits.
fn round(digits: &mut Vec<u8>, point: &mut i32) {
    let up = digits[15] >= b'5';
    digits.truncate(15);
    if up {
        while digits.last() == Some(&b'9') {
            digits.pop();
        }
        match digits.last_mut() {
            Some(last) => *last += 1,
            None => {
                digits.push(b'1');
                *point += 1;
            }
        }
    }
    trim(digits);
}

fn notation(digits: &[u8], point: i32, negative: bool) -> String {
    let text = |digits: &[u8]| String::from_utf8_lossy(digits).into_owned();
    let sign = if negative { "-" } else { "" };
    let exponent = point - 1;
    let power = exponent.unsigned_abs().to_string();
    let scale = [if exponent < 0 { "e-" } else { "e+" }, if power.len() < 2 { "0" } else { "" }, &power].concat();
    let rest = if digits.len() > 1 { [".", &text(&digits[1..])].concat() } else { String::new() };
    let scientific = [sign, &text(&digits[..1]), &rest, &scale].concat();
    if !(-20..=40).contains(&point) {
        return scientific;
    }
    let fixed = if point <= 0 {
        [sign, "0.", &"0".repeat(-point as usize), &text(digits)].concat()
    } else if digits.len() <= point as usize {
        [sign, &text(digits), &"0".repeat(point as usize - digits.len())].concat()
    } else {
        [sign, &text(&digits[..point as usize]), ".", &text(&digits[point as usize..])].concat()
    };
    if fixed.len() <= scientific.len() {
        fixed
    } else {
        scientific
    }
}
