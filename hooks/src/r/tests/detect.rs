//! The table `detect.txt`: source, and the flags found in it.

mod common;

use guild_hook::{fake::Host, json, Value};
use r::detect::detect;

#[test]
fn table() {
    let cases = common::read(include_str!("detect.txt"));
    assert!(cases.len() > 3, "{} cases", cases.len());
    for case in cases {
        let have = detect(&case.parts[0]);
        // One flag a line, so that a difference can be seen.
        let mut lines = vec![have.get("dest").and_then(Value::as_str).unwrap().to_string()];
        let Some(Value::Object(flags)) = have.get("flags") else { panic!() };
        lines.extend(flags.iter().map(|(name, flag)| format!("{name} {}", flag.to_json())));
        assert_eq!(lines.join("\n") + "\n", String::from_utf8_lossy(&case.parts[1]), "{}", case.name);
    }
}

#[test]
fn event() {
    let host = Host::new().run("main", "train.R").file("train.R", "lr <- 0.1\n").call(r::find_flags);
    assert_eq!(host.answer.unwrap(), r#"{"dest":"globals","flags":{"lr":{"default":0.1,"type":"number"}}}"#);
    let other = Host::new().run("main", "train.py").call(r::find_flags);
    assert_eq!((other.answer, other.failure), (None, None));
    let none = Host::new().call(r::find_flags);
    assert_eq!((none.answer, none.failure), (None, None));
}

/// Whatever the bytes, there is an answer, and it does not take long.
#[test]
fn any_bytes() {
    let pieces: [&[u8]; 39] = [
        b"a",
        b"<-",
        b"=",
        b" ",
        b"\n",
        b"1",
        b"1L",
        b"\"",
        b"'",
        b"r\"(",
        b")\"",
        b"r\"--[",
        b"`",
        b"(",
        b")",
        b"[",
        b"]",
        b"{",
        b"}",
        b";",
        b",",
        b"%",
        b"%in%",
        b"\\",
        b"#",
        b"\r",
        b"\t",
        b"-",
        b"0x",
        b"e",
        b".",
        b"if (",
        b"else",
        b"function(",
        b"\xff",
        b"\0",
        b"Inf",
        b"NA",
        b"TRUE",
    ];
    let mut seed = 7u64;
    let mut next = |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % n
    };
    for _ in 0..20_000 {
        let source: Vec<u8> = (0..next(40)).flat_map(|_| pieces[next(pieces.len())]).copied().collect();
        let answer = detect(&source).to_json();
        json::parse(&answer).unwrap_or_else(|e| panic!("{e}: {answer}"));
        let flags = [("a".to_string(), Value::from(5)), ("L".to_string(), Value::from("x\ny"))];
        if let Ok(Some(out)) = r::rewrite::rewrite(&source, &flags) {
            assert_eq!(
                r::rewrite::rewrite(&out, &flags),
                Ok(None),
                "{:?} {:?}",
                String::from_utf8_lossy(&source),
                String::from_utf8_lossy(&out)
            );
        }
    }
    for piece in pieces {
        detect(&piece.repeat(20_000));
    }
    for pair in [&b"r\"("[..], b"r\"-(", b"x<-(", b"if(", b"x<-'"] {
        detect(&pair.repeat(20_000));
    }
}
