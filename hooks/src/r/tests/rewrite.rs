//! The table `rewrite.txt`: flags, source, and what becomes of it.

mod common;

use guild_hook::{fake::Host, json, Value};
use r::rewrite::rewrite;

fn members(text: &[u8]) -> Vec<(String, Value)> {
    match json::parse(std::str::from_utf8(text).unwrap()).unwrap() {
        Value::Object(members) => members,
        v => panic!("{v:?}"),
    }
}

#[test]
fn table() {
    let cases = common::read(include_str!("rewrite.txt"));
    assert!(cases.len() > 30, "{} cases", cases.len());
    for case in cases {
        let flags = members(&case.parts[0]);
        let source = &case.parts[1];
        let (have, want) = match (rewrite(source, &flags), case.parts.get(2)) {
            (Ok(None), None) => continue,
            (Ok(None), Some(want)) => (b"(unchanged)\n".to_vec(), want.clone()),
            (Ok(Some(have)), want) => {
                // What was written has the values: a second time nothing is to do, and no line has moved.
                assert_eq!(rewrite(&have, &flags), Ok(None), "{}: again", case.name);
                assert_eq!(lines(&have), lines(source), "{}: lines", case.name);
                (have, want.cloned().unwrap_or_else(|| b"(unchanged)\n".to_vec()))
            }
            (Err(problems), want) => (format!("error: {}\n", problems.join("; ")).into_bytes(), want.cloned().unwrap_or_default()),
        };
        assert_eq!(String::from_utf8_lossy(&have), String::from_utf8_lossy(&want), "{}", case.name);
        assert_eq!(have, want, "{}", case.name);
    }
}

fn lines(source: &[u8]) -> usize {
    String::from_utf8_lossy(source).replace("\r\n", "\n").replace('\r', "\n").matches('\n').count()
}

#[test]
fn event() {
    let host = || {
        Host::new()
            .run("main", "src/train.R")
            .run("flags_dest", "globals")
            .file("src/train.R", "lr <- 0.1\n")
            .file("other.R", "lr <- 0.1\n")
    };
    let changed = host().flag("lr", 0.2).call(r::write_flags);
    assert_eq!((changed.failure.clone(), changed.text("src/train.R")), (None, "lr <- 0.2\n".to_string()));
    assert_eq!(changed.touched, ["src/train.R"]);
    let again = changed.call(r::write_flags);
    assert_eq!((again.failure, again.touched), (None, vec![]));

    assert!(host().flag("lr", 0.1).call(r::write_flags).touched.is_empty());
    assert!(host().flag("lr", 0.2).run("flags_dest", "args").call(r::write_flags).touched.is_empty());
    assert!(host().flag("lr", 0.2).run("main", "train.py").call(r::write_flags).touched.is_empty());

    let missing = host().flag("lr", 0.2).flag("epochs", 3).call(r::write_flags);
    assert_eq!(missing.failure.unwrap(), "src/train.R: flag \"epochs\": no top-level assignment");
    assert!(missing.touched.is_empty());
    let gone = host().run("main", "gone.R").flag("lr", 1).call(r::write_flags);
    assert_eq!(gone.failure.unwrap(), "gone.R: not found");
}
