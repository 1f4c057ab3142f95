//! Values as Python writes them.

use crate::literal::Style;
use guild_hook::Value;

/// How text is written.
#[derive(Debug, Clone, Copy)]
pub struct Writer {
    pub style: Style,
    /// Only ASCII: the file has a coding in which other bytes mean something else.
    pub ascii: bool,
}

impl Writer {
    /// The value as `repr` gives it, in the literal's style.
    pub fn repr(&self, value: &Value) -> String {
        let mut out = String::new();
        match value {
            // Numbers that have no literal; guild hands them on as text.
            Value::String(s) if self.style.number && matches!(s.as_str(), ".inf" | "-.inf" | ".nan") => {
                out.push_str("float(");
                self.text(
                    match s.as_str() {
                        ".inf" => "inf",
                        "-.inf" => "-inf",
                        _ => "nan",
                    },
                    &mut out,
                );
                out.push(')');
            }
            value => self.value(value, 0, &mut out),
        }
        out
    }

    fn value(&self, value: &Value, depth: u32, out: &mut String) {
        match value {
            Value::Null => out.push_str("None"),
            Value::Bool(true) => out.push_str("True"),
            Value::Bool(false) => out.push_str("False"),
            // JSON's numbers are Python's, and what was a float has its point or exponent.
            Value::Number(n) => out.push_str(n.as_str()),
            Value::String(s) => self.text(s, out),
            Value::Array(items) => {
                let tuple = depth < 32 && self.style.tuples >> depth & 1 == 1;
                out.push(if tuple { '(' } else { '[' });
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push_str(", ");
                    }
                    self.value(item, depth + 1, out);
                }
                if tuple && items.len() == 1 {
                    out.push(',');
                }
                out.push(if tuple { ')' } else { ']' });
            }
            Value::Object(_) => {} // refused before
        }
    }

    /// Text in the quotes of the literal, or in the others if that saves a backslash.
    fn text(&self, s: &str, out: &mut String) {
        let (own, other) = if self.style.quote == b'"' { ('"', '\'') } else { ('\'', '"') };
        let quote = if s.contains(own) && !s.contains(other) { other } else { own };
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
                c if (self.ascii && !c.is_ascii()) || !printable(c) => escape(c, out),
                c => out.push(c),
            }
        }
        out.push(quote);
    }
}

/// Whether a character can be seen for what it is. Like Python's, but without its table of what is assigned.
fn printable(c: char) -> bool {
    !matches!(c,
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' | '\u{61c}' | '\u{1680}' | '\u{180e}' | '\u{2000}'..='\u{200f}'
        | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}' | '\u{3000}' | '\u{e000}'..='\u{f8ff}' | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}' | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..)
}

fn escape(c: char, out: &mut String) {
    let code = c as u32;
    let (letter, digits) = match code {
        0..=0xff => ('x', 2),
        0x100..=0xffff => ('u', 4),
        _ => ('U', 8),
    };
    out.push('\\');
    out.push(letter);
    for i in (0..digits).rev() {
        out.push(char::from_digit(code >> (4 * i) & 15, 16).unwrap_or('0'));
    }
}
