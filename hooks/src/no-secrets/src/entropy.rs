//! How random a text looks.

/// Bits per byte, of what comes how often in it.
pub fn bits(text: &[u8]) -> f64 {
    let mut counts = [0u16; 256];
    text.iter().for_each(|c| counts[*c as usize] = counts[*c as usize].saturating_add(1));
    let n = text.len() as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / n).map(|p| -p * log2(p)).sum()
}

/// The logarithm to 2 of a number from 0 to 1, to three decimals: all that is needed, without the library's tables.
fn log2(mut x: f64) -> f64 {
    let mut whole = 0.0;
    while x < 1.0 {
        (x, whole) = (x * 2.0, whole - 1.0);
    }
    let (mut part, mut bit) = (0.0, 0.5);
    for _ in 0..12 {
        x *= x;
        if x >= 2.0 {
            (x, part) = (x / 2.0, part + bit);
        }
        bit /= 2.0;
    }
    whole + part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithms() {
        for n in 1..1000 {
            let x = f64::from(n) / 1000.0;
            assert!((log2(x) - x.log2()).abs() < 0.001, "{x}");
        }
        assert_eq!(log2(1.0), 0.0);
    }

    #[test]
    fn texts() {
        let near = |text: &str, want: f64| assert!((bits(text.as_bytes()) - want).abs() < 0.01, "{text}: {}", bits(text.as_bytes()));
        near("aaaa", 0.0);
        near("abab", 1.0);
        near("abcdefgh", 3.0);
        near("", 0.0);
    }
}
