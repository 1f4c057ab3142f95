//! Commands for people to paste.

/// A word as a POSIX shell reads it.
pub fn quoted(word: &str) -> String {
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'.' | b'_' | b'-' | b'/' | b'+' | b',' | b'@' | b'%');
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_string();
    }
    let mut out = String::from("'");
    for (i, part) in word.split('\'').enumerate() {
        if i > 0 {
            out.push_str("'\\''");
        }
        out.push_str(part);
    }
    out.push('\'');
    out
}

/// Whether guild takes an id for what it is: digits alone are a place in the list of runs, and with a colon a part of it.
pub fn is_reference(id: &str) -> bool {
    !id.bytes().all(|c| c.is_ascii_digit()) && !id.bytes().any(|c| c == b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (word, want) in [
            ("model.bin", "model.bin"),
            ("out/a-b_1.ckpt", "out/a-b_1.ckpt"),
            ("a b", "'a b'"),
            ("it's", "'it'\\''s'"),
            ("'", "''\\'''"),
            ("$(reboot)", "'$(reboot)'"),
            ("modèle", "'modèle'"),
            ("~", "'~'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), want);
        }
    }

    #[test]
    fn references() {
        for (id, want) in [("a1", true), ("12", false), ("1:3", false), ("248146e9cdbd954413853a97a7415ccb", true)] {
            assert_eq!(is_reference(id), want, "{id}");
        }
    }
}
