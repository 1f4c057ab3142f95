//! Python's own library as a corpus: what is found in its files is what Python finds in them, and values that are written
//! are the values that Python reads. Skipped, saying so, without `python3`.

use guild_hook::{decimal, json, Value};
use python::{detect, lex, literal::Reader, rewrite::rewrite};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn python(args: &[&str], input: &str) -> Option<String> {
    let child = Command::new("python3").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: python3 is not on PATH");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_string();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    Some(String::from_utf8(out.stdout).unwrap())
}

fn files(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && !["site-packages", "test", "tests", "idlelib", "encodings"].iter().any(|n| path.ends_with(n)) {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "py") {
            found.push(path);
        }
    }
}

fn library() -> Option<Vec<PathBuf>> {
    let dir = python(&["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], "")?;
    let mut found = Vec::new();
    files(Path::new(dir.trim()), &mut found);
    found.sort();
    Some(found)
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.is_integer() == b.is_integer() && decimal::parse(a.as_str()) == decimal::parse(b.as_str())
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        _ => a == b,
    }
}

fn found(source: &[u8]) -> Vec<(String, Value)> {
    let tokens = lex::lex(source);
    let flags = detect::globals(&Reader { source, tokens: &tokens });
    flags.into_iter().map(|(name, flag)| (name, flag.get("default").unwrap().clone())).collect()
}

#[test]
fn finds_what_python_finds() {
    let Some(paths) = library() else { return };
    let list: String = paths.iter().map(|p| format!("{}\n", p.display())).collect();
    let Some(out) = python(&["-c", include_str!("corpus.py")], &list) else { return };
    let mut lines = out.lines();
    let (mut count, mut flags) = (0, 0);
    while let (Some(path), Some(line)) = (lines.next(), lines.next()) {
        let Ok(Value::Object(want)) = json::parse(line) else { panic!("{path}: {line}") };
        let have = found(&std::fs::read(path).unwrap());
        assert_eq!(have.len(), want.len(), "{path}: {have:?}, not {want:?}");
        for ((name, value), (want_name, want_value)) in have.iter().zip(&want) {
            assert!(name == want_name && equal(value, want_value), "{path}: {name} = {value:?}, not {want_name} = {want_value:?}");
        }
        count += 1;
        flags += want.len();
    }
    eprintln!("{count} files, {flags} flags");
    assert!(count > 100 && flags > 100);
}

#[test]
fn python_reads_what_is_written() {
    let texts =
        ["", "x", "it's", "a \"b\"", "'\"\\", "\n\r\t\u{0}\u{1b}\u{7f}", "é\u{a0}\u{2028}漢😀", "{x}", "%s", "\u{fffd}\u{ffff}\u{10ffff}"];
    let numbers = ["0", "-1", "1.0", "1e-05", "1e+22", "-0.5", "9223372036854775807", "1.7976931348623157e+308", "5e-324"];
    let mut values: Vec<Value> = texts.iter().map(|t| Value::from(*t)).collect();
    values.extend(numbers.iter().map(|n| json::parse(n).unwrap()));
    values.extend([Value::Null, true.into(), false.into(), vec![1, 2].into(), Vec::<i32>::new().into(), vec!["a", "it's"].into()]);
    let old = ["1", "'a'", "\"a\"", "'''a\nb'''", "[1]", "(1,)", "[\n1,\n2\n]", "(\n1)", "'a' \\\n'b'", "None", "-1"];
    let mut input = String::new();
    let mut want = Vec::new();
    for value in &values {
        for literal in old {
            let source = format!("x = {literal}\ny = 1\n");
            let text = match rewrite(source.as_bytes(), &[("x".to_string(), value.clone())]).unwrap() {
                Some(out) => String::from_utf8(out).unwrap(),
                None => source,
            };
            input.push_str(&format!("{}\n", Value::from(text).to_json()));
            // A tuple stays one, and JSON has none.
            want.push(value.clone());
        }
    }
    let program = "
import ast, json, sys
for line in sys.stdin:
    source = json.loads(line)
    names = {}
    exec(source, names)
    assert names['y'] == 1
    lines = [n.lineno for n in ast.parse(source).body]
    print(json.dumps(names['x']))
";
    let Some(out) = python(&["-c", program], &input) else { return };
    let have: Vec<Value> = out.lines().map(|l| json::parse(l).unwrap()).collect();
    assert_eq!(have.len(), want.len());
    for (have, want) in have.iter().zip(&want) {
        // A literal that is 1 stays as it is when the flag is 1.0.
        let number = |v: &Value| v.as_f64();
        assert!(equal(have, want) || number(have).is_some() && number(have) == number(want), "{have:?}, not {want:?}");
    }
}
