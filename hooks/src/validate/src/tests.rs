use super::*;
use guild_hook::{fake::Host, json, Value};

fn value(text: &str) -> Value {
    json::parse(text).unwrap()
}

fn host(name: &str, rule: &str) -> Host {
    Host::new().param(name, value(rule))
}

fn denied(host: Host) -> Option<String> {
    let host = host.call(check);
    assert_eq!(host.failure, None);
    host.denied
}

#[test]
fn required() {
    let rule = || host("required", r#"["lr","database.port","net.layers"]"#);
    let all = || rule().flag("lr", 0.1).flag("database.port", 80);
    assert_eq!(denied(all().flag("net", value(r#"{"layers":[1]}"#))), None);
    assert_eq!(denied(all().flag("net.layers", 1).flag("net", 2)), None);
    assert_eq!(denied(all().flag("net", value(r#"{"layer":1}"#))).unwrap(), "net.layers is missing");
    assert_eq!(
        denied(rule().flag("lr", Value::Null)).unwrap(),
        "lr is null, and must have a value; database.port is missing; net.layers is missing"
    );
    let path = || host("required", r#"["run.main","project.name"]"#);
    assert_eq!(denied(path().run("main", "a.py").set("project.name", "x")), None);
    assert_eq!(denied(path().run("main", "a.py")).unwrap(), "project.name is missing");
    // A batch's flags may be lists of what its trials will have.
    assert_eq!(denied(rule().run("is_batch", true)), None);
    assert_eq!(denied(Host::new()), None);
}

#[test]
fn types() {
    for (kind, fits, not) in [
        ("int", vec!["1", "-5"], vec!["1.5", "\"1\"", "true"]),
        ("float", vec!["1", "1.5", "1e5"], vec!["\"1\"", "false"]),
        ("number", vec!["1", "1.5"], vec!["[]"]),
        ("string", vec!["\"\"", "\"a\""], vec!["1"]),
        ("bool", vec!["true"], vec!["1", "\"true\""]),
        ("list", vec!["[]", "[1]"], vec!["{}"]),
        ("map", vec!["{}"], vec!["[]"]),
    ] {
        let rule = || Host::new().param("types.x", kind);
        for text in fits.into_iter().chain(["null"]) {
            assert_eq!(denied(rule().flag("x", value(text))), None, "{kind} {text}");
        }
        for text in not {
            let words = denied(rule().flag("x", value(text))).unwrap();
            assert!(words.starts_with(&format!("x={text} is not ")), "{words}");
        }
        assert_eq!(denied(rule()), None);
    }
    assert_eq!(denied(Host::new().param("types.x", "int").flag("x", 0.5)).unwrap(), "x=0.5 is not an integer");
}

#[test]
fn ranges() {
    let rule = |range: &str| Host::new().param("ranges.lr", value(range));
    for (range, flag, want) in [
        (r#"{"min":0,"max":1}"#, "0", None),
        (r#"{"min":0,"max":1}"#, "1.0", None),
        (r#"{"min":0,"max":1}"#, "-1e-9", Some("lr=-1e-9 is below the minimum of 0")),
        (r#"{"min":0,"max":1}"#, "1.5", Some("lr=1.5 is over the maximum of 1")),
        (r#"{"above":0}"#, "0", Some("lr=0 is not above 0")),
        (r#"{"above":0}"#, "1e-9", None),
        (r#"{"below":1}"#, "1", Some("lr=1 is not below 1")),
        (r#"{"below":1}"#, "2", Some("lr=2 is not below 1")),
        (r#"{"max":9007199254740992}"#, "9007199254740993", Some("lr=9007199254740993 is over the maximum of 9007199254740992")),
        (r#"{"min":0}"#, "\"fast\"", Some("lr=\"fast\" is not a number")),
        (r#"{"min":0}"#, "null", None),
        (r#"{}"#, "5", None),
    ] {
        assert_eq!(denied(rule(range).flag("lr", value(flag))).as_deref(), want, "{range} {flag}");
    }
}

#[test]
fn choices() {
    let rule = || Host::new().param("choices.opt", value(r#"["adam","sgd",1]"#));
    assert_eq!(denied(rule().flag("opt", "sgd")), None);
    assert_eq!(denied(rule().flag("opt", 1.0)), None);
    assert_eq!(denied(rule().flag("opt", "Adam")).unwrap(), "opt=\"Adam\" is not one of \"adam\", \"sgd\", 1");
}

#[test]
fn every_problem_at_once() {
    let rules = Host::new().param("required", vec!["a"]).param("types.b", "int").param("ranges.c", value(r#"{"max":1}"#));
    let host = rules.param("choices.d", value("[1]")).flag("b", "x").flag("c", 2).flag("d", 3);
    let nan = Host::new().param("types.x", "float").param("ranges.x", value(r#"{"max":1}"#)).flag("x", ".nan");
    assert_eq!(denied(nan).unwrap(), "x=\".nan\" is not a number");
    assert_eq!(denied(host).unwrap(), "a is missing; b=\"x\" is not an integer; c=2 is over the maximum of 1; d=3 is not one of 1");
}

#[test]
fn trials_of_a_batch() {
    let host = Host::new().param("ranges.lr", value(r#"{"max":1}"#));
    let few =
        host.clone().set("batch.trials", value(r#"[{"index":0,"flags":{"lr":0.1}},{"index":1,"flags":{"lr":5}}]"#)).call(check_trials);
    assert_eq!(few.denied.unwrap(), "trial 2: lr=5 is over the maximum of 1");
    let list: Vec<String> = (0..30).map(|i| format!(r#"{{"index":{i},"flags":{{"lr":2}}}}"#)).collect();
    let many = host.clone().set("batch.trials", value(&format!("[{}]", list.join(",")))).call(check_trials).denied.unwrap();
    assert!(many.ends_with("trial 20: lr=2 is over the maximum of 1; and 10 more"), "{many}");
    assert_eq!(host.call(check_trials).denied, None);
}

#[test]
fn parameters() {
    let denied = |h: Host| h.call(init).denied;
    for (name, rule, want) in [
        ("types", r#"{"lr":"flot"}"#, "parameter \"types\": lr: unknown type \"flot\" (did you mean \"float\"?)"),
        ("ranges", r#"{"lr":{"mim":1}}"#, "parameter \"ranges\": lr: unknown key \"mim\" (did you mean \"min\"?)"),
        ("ranges", r#"{"lr":{"min":"1"}}"#, "parameter \"ranges\": lr: min is \"1\", not a number"),
        ("ranges", r#"{"lr":{"min":2,"below":1}}"#, "parameter \"ranges\": lr: no number is in this range"),
        ("ranges", r#"{"lr":[0,1]}"#, "invalid value {\"lr\":[0,1]} for parameter \"ranges\": want a table, each of it a table"),
        ("choices", r#"{"opt":[]}"#, "parameter \"choices\": opt: no choice is left"),
        ("required", r#"["a",""]"#, "parameter \"required\": a name is empty"),
        ("required", "[1]", "invalid value [1] for parameter \"required\": want a list, each of it text"),
        ("require", "[]", "unknown parameter \"require\" (did you mean \"required\"?)"),
    ] {
        assert_eq!(denied(host(name, rule)).unwrap(), want);
    }
    let good = host("required", r#"["a"]"#)
        .param("types.a", "map")
        .param("ranges.b", value(r#"{"min":1,"max":1}"#))
        .param("choices.c", value("[1]"));
    assert_eq!(denied(good), None);
}
