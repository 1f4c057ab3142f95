//! From decimal text to the nearest 64-bit float, exactly as the standard library does it (ties to even), with
//! arithmetic on big integers in place of its tables: a hook that reads one number is 15 KB smaller.

use std::cmp::Ordering;

/// More digits than these can only be told from the same with a 1 after them.
const MAX_DIGITS: usize = 800;

/// Reads `[+-] digits [. digits] [e [+-] digits]`, with a digit on one side of the point at least.
pub fn parse(text: &str) -> Option<f64> {
    let (negative, unsigned) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        all => (false, all),
    };
    let mut digits: Vec<u8> = Vec::new();
    let (mut exponent, mut any, mut point, mut more) = (0i32, false, false, false);
    let mut at = 0;
    while at < unsigned.len() {
        match unsigned[at] {
            b'.' if !point => point = true,
            c @ b'0'..=b'9' => {
                any = true;
                if point {
                    exponent = exponent.saturating_sub(1);
                }
                if digits.len() >= MAX_DIGITS {
                    more |= c != b'0';
                    exponent = exponent.saturating_add(1);
                } else if c != b'0' || !digits.is_empty() {
                    digits.push(c - b'0');
                }
            }
            _ => break,
        }
        at += 1;
    }
    if !any {
        return None;
    }
    if at < unsigned.len() {
        exponent = exponent.saturating_add(scale(&unsigned[at..])?);
    }
    if more {
        digits.push(1);
        exponent -= 1;
    }
    let value = nearest(&digits, exponent);
    Some(if negative { -value } else { value })
}

/// Reads `e [+-] digits`. Far more than any float has is as good as the number itself.
fn scale(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text {
        [b'e' | b'E', b'-', rest @ ..] => (true, rest),
        [b'e' | b'E', b'+', rest @ ..] => (false, rest),
        [b'e' | b'E', rest @ ..] => (false, rest),
        _ => return None,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let n = digits.iter().fold(0i32, |n, c| n.saturating_mul(10).saturating_add(i32::from(c - b'0')));
    let n = n.min(1 << 28);
    Some(if negative { -n } else { n })
}

/// Writes an integer. The standard library's way takes ten times the fuel.
pub fn integer(n: i64) -> String {
    let (mut digits, mut at, mut rest) = ([b'0'; 20], 20, n.unsigned_abs());
    while rest > 0 || at == 20 {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    if n < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    // All of them are ASCII.
    unsafe { String::from_utf8_unchecked(digits[at..].to_vec()) }
}

fn nearest(digits: &[u8], exponent: i32) -> f64 {
    let magnitude = exponent.saturating_add(digits.len() as i32);
    if digits.is_empty() || magnitude < -330 {
        return 0.0;
    }
    if magnitude > 310 {
        return f64::INFINITY;
    }
    // Both are exact as floats, so that one operation rounds once.
    if digits.len() <= 15 && exponent.abs() <= 22 {
        let n = digits.iter().fold(0u64, |n, d| n * 10 + u64::from(*d)) as f64;
        let power = (0..exponent.abs()).fold(1.0, |p, _| p * 10.0);
        return if exponent < 0 { n / power } else { n * power };
    }
    let mut n = Big(Vec::new());
    digits.iter().for_each(|d| n.multiply_add(10, u32::from(*d)));
    let mut divisor = Big(vec![1]);
    let scaled = if exponent < 0 { &mut divisor } else { &mut n };
    (0..exponent.abs()).for_each(|_| scaled.multiply_add(10, 0));
    divide(n, divisor)
}

/// The quotient as the nearest float: 65 to 66 bits of it, and whether anything is left.
fn divide(mut n: Big, mut divisor: Big) -> f64 {
    let shift = 65 - (n.bits() - divisor.bits());
    if shift > 0 {
        n.shift_left(shift as u32);
    } else {
        divisor.shift_left(-shift as u32);
    }
    divisor.shift_left(66);
    let mut q = 0u128;
    for _ in 0..67 {
        q <<= 1;
        if n.compare(&divisor) != Ordering::Less {
            n.subtract(&divisor);
            q |= 1;
        }
        n.shift_left(1);
    }
    let bits = 128 - q.leading_zeros() as i32;
    // How many bits are not kept: all but 53, or but what is above the smallest float.
    let drop = (bits - 53).max(shift - 1074);
    if drop > 100 {
        return 0.0;
    }
    let (rest, half) = (q & ((1 << drop) - 1), 1 << (drop - 1));
    let mut kept = (q >> drop) as u64;
    if rest > half || rest == half && (kept & 1 == 1 || !n.is_zero()) {
        kept += 1;
    }
    let mut exponent = drop - shift;
    if kept == 1 << 53 {
        kept >>= 1;
        exponent += 1;
    }
    let biased = if kept < 1 << 52 { 0 } else { exponent + 52 + 1023 };
    if biased >= 2047 {
        return f64::INFINITY;
    }
    f64::from_bits((biased as u64) << 52 | kept & ((1 << 52) - 1))
}

/// A natural number, least significant word first, without zeros at its end.
struct Big(Vec<u32>);

impl Big {
    fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    fn bits(&self) -> i32 {
        self.0.last().map_or(0, |top| self.0.len() as i32 * 32 - top.leading_zeros() as i32)
    }

    fn multiply_add(&mut self, factor: u32, add: u32) {
        let mut carry = u64::from(add);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = carry as u32;
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(carry as u32);
        }
    }

    fn shift_left(&mut self, mut n: u32) {
        while n > 0 {
            let step = n.min(31);
            self.multiply_add(1 << step, 0);
            n -= step;
        }
    }

    fn compare(&self, other: &Big) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }

    /// Takes away what is not more than it.
    fn subtract(&mut self, other: &Big) {
        let mut borrow = 0i64;
        for (i, word) in self.0.iter_mut().enumerate() {
            borrow += i64::from(*word) - i64::from(other.0.get(i).copied().unwrap_or(0));
            *word = borrow as u32;
            borrow >>= 32;
        }
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{integer, parse};

    #[test]
    fn integers() {
        for n in [0, 1, -1, 9, 10, 1234567890, i64::MAX, i64::MIN, i64::MIN + 1] {
            assert_eq!(integer(n), n.to_string());
        }
    }

    #[track_caller]
    fn same(text: &str) {
        let (have, want) = (parse(text), text.parse::<f64>().ok());
        assert_eq!(have.map(f64::to_bits), want.map(f64::to_bits), "{text}: {have:?}, not {want:?}");
    }

    #[test]
    fn edges() {
        for text in [
            "0",
            "-0",
            "0.0",
            "1",
            "-1",
            "+1",
            "1.",
            ".5",
            "1e5",
            "1E+5",
            "1e-5",
            "0.1",
            "1e22",
            "1e23",
            "123456789012345678",
            "9007199254740993",
            "9007199254740992.999",
            "9007199254740993.0000000000000000000000001",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "5e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2.2250738585072011e-308",
            "2.2250738585072014e-308",
            "1e-400",
            "1e999999999999",
            "0e999999999999",
            "1e-999999999999",
            "6.02214076e23",
            "1e310",
            "0.000001e312",
        ] {
            same(text);
        }
        for text in ["", "-", ".", "e5", "1e", "1e+", "1.2.3", "1x", " 1", "1 ", "0x10", "1_000"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
        let long = [
            "1".repeat(900),
            "0.".to_string() + &"0".repeat(500) + "1",
            "9".repeat(308),
            "4".repeat(2000) + "e-1900",
            "0.5".to_string() + &"0".repeat(900) + "1",
        ];
        long.iter().for_each(|t| same(t));
    }

    #[test]
    fn like_std() {
        let mut seed = 1u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for _ in 0..20_000 {
            let f = f64::from_bits(next());
            if f.is_finite() {
                same(&format!("{f:e}"));
            }
            same(&format!("{}.{}e{}", next() % 1000, next(), next() % 700).replace("e", if next() % 2 == 0 { "e" } else { "e-" }));
        }
        // Halfway between two floats.
        for _ in 0..300 {
            let f = f64::from_bits(next() >> 2);
            let (digits, next_digits) = (format!("{f:.1080}"), format!("{:.1080}", f64::from_bits(f.to_bits() + 1)));
            assert_ne!(digits, next_digits);
            same(&digits);
        }
    }
}
