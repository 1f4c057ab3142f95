//! The reader and writer of JSON.

use guild_hook::json::{parse, Number};
use guild_hook::Value;

#[test]
fn reads() {
    for (text, want) in [
        ("null", "null"),
        (" true ", "true"),
        ("\t\r\nfalse", "false"),
        ("0", "0"),
        ("-0", "-0"),
        ("1.0", "1.0"),
        ("1E+05", "1E+05"),
        ("-12.50e-3", "-12.50e-3"),
        (r#""""#, r#""""#),
        (r#""a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00""#, "\"a\\\"\\\\/\\u0008\\u000c\\n\\r\\tAé😀\""),
        (r#""\ud800""#, "\"\u{fffd}\""),
        (r#""\ud800A""#, "\"\u{fffd}A\""),
        (r#""\udc00\ud800""#, "\"\u{fffd}\u{fffd}\""),
        ("\"\u{7f}é\u{2028}\"", "\"\u{7f}é\u{2028}\""),
        ("[]", "[]"),
        ("[ 1 , [ ] ,{}]", "[1,[],{}]"),
        (r#"{ "a" : 1 , "b" : { "c" : null } }"#, r#"{"a":1,"b":{"c":null}}"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":1,"a":2}"#),
    ] {
        assert_eq!(parse(text).map(|v| v.to_json()), Ok(want.to_string()), "{text}");
    }
}

#[test]
fn refuses() {
    for (text, want) in [
        ("", "byte 0: not a value"),
        ("  ", "byte 2: not a value"),
        ("nul", "byte 0: not a value"),
        ("nullx", "byte 4: more than one value"),
        ("1 2", "byte 2: more than one value"),
        ("01", "byte 1: more than one value"),
        ("-", "byte 1: not a digit"),
        ("+1", "byte 0: not a value"),
        ("1.", "byte 2: not a digit"),
        (".5", "byte 0: not a value"),
        ("1e", "byte 2: not a digit"),
        ("NaN", "byte 0: not a value"),
        ("\"", "byte 1: text does not end"),
        ("\"a", "byte 2: text does not end"),
        ("\"\n\"", "byte 1: control character in text"),
        ("\"\0\"", "byte 1: control character in text"),
        (r#""\x""#, "byte 2: not an escape"),
        (r#""\"#, "byte 2: not an escape"),
        (r#""\u12g4""#, "byte 5: not a hexadecimal digit"),
        ("[1", "byte 2: neither a comma nor the end"),
        ("[1,]", "byte 3: not a value"),
        ("[1 2]", "byte 3: neither a comma nor the end"),
        ("{1:2}", "byte 1: not a name"),
        (r#"{"a"}"#, "byte 4: no colon after a name"),
        (r#"{"a":1,}"#, "byte 7: not a name"),
        ("{", "byte 1: not a name"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), want, "{text}");
    }
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    assert!(parse(&deep(64)).is_ok());
    assert_eq!(parse(&deep(65)).unwrap_err().to_string(), "byte 64: nested too deep");
}

#[test]
fn converts() {
    assert_eq!(Value::from(1.0).to_json(), "1.0");
    assert_eq!(Value::from(1e300).to_json(), "1e300");
    assert_eq!(Value::from(f64::NAN).to_json(), "null");
    assert_eq!(Value::from(vec!["a", "b"]).to_json(), r#"["a","b"]"#);
    assert_eq!(Value::from(Some(i64::MIN)).to_json(), "-9223372036854775808");
    assert_eq!(Value::from(None::<bool>).to_json(), "null");
    assert_eq!([("k", Value::Null)].into_iter().collect::<Value>().to_json(), r#"{"k":null}"#);
    let v = parse(r#"{"i":7,"f":7.0,"s":"x","b":true}"#).unwrap();
    let get = |name: &str| v.get(name).unwrap();
    assert_eq!((get("i").as_i64(), get("f").as_i64(), get("f").as_f64()), (Some(7), None, Some(7.0)));
    assert_eq!((get("s").as_str(), get("b").as_bool(), v.get("x")), (Some("x"), Some(true), None));
    assert!(Number::parse("1e5").is_some_and(|n| !n.is_integer()));
    assert_eq!(Number::parse("1e5 "), None);
}

/// What is read and written again is the same, and any text is read or refused.
#[test]
fn any_text() {
    let pieces =
        ["{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "d83d", "\"a\"", "1", "-", ".", "e", "true", "null", " ", "\n", "é", "\0"];
    let mut seed = 3u64;
    let mut next = |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % n
    };
    let mut good = 0;
    for _ in 0..100_000 {
        let text: String = (0..next(12)).map(|_| pieces[next(pieces.len())]).collect();
        if let Ok(v) = parse(&text) {
            good += 1;
            assert_eq!(parse(&v.to_json()), Ok(v), "{text}");
        }
    }
    assert!(good > 1000, "{good}");
}
