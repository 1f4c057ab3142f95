//! The vocabulary, on the fake host.

use guild_hook::fake::Host;
use guild_hook::*;

#[test]
fn fields() {
    fn handler() -> Result {
        assert_eq!(flag("lr").float()?, Some(0.5));
        assert_eq!(flag("lr").int().unwrap_err().to_string(), "flag lr is 0.5, not an integer");
        assert_eq!(flag("a.b").int_or(0)?, 7);
        assert_eq!(flag("gone").int()?, None);
        assert_eq!(flag("gone").string_or("x")?, "x");
        assert!(flag("nothing").is_null() && flag("nothing").exists() && !flag("gone").exists());
        assert_eq!(flag("nothing").string().unwrap_err().to_string(), "flag nothing is null, not text");
        assert!(flag("on").bool_or(false)?);
        assert_eq!(flag("on").float().unwrap_err().to_string(), "flag on is true, not a number");
        assert_eq!(run("op").string()?.as_deref(), Some("train \"x\""));
        assert_eq!(event("batch.trials.1.status").string()?.as_deref(), Some("error"));
        assert_eq!(event("batch.trials.2").json()?, None);
        assert_eq!(param("limits.max").float()?, Some(2.0));
        assert_eq!((event("batch.trials").list()?.len(), param("gone").list()?.len(), param("limits").map()?.len()), (2, 0, 1));
        assert_eq!(param("names").texts()?, ["a", "b"]);
        assert_eq!(param("gone").texts()?.len() + param("gone").map()?.len(), 0);
        assert_eq!(param("limits").list().unwrap_err().to_string(), "parameter limits is {\"max\":2}, not a list");
        assert_eq!(param("names").map().unwrap_err().to_string(), "parameter names is [\"a\",\"b\"], not a map");
        assert!(event("batch.trials").texts().is_err());
        let names: Vec<String> = flags()?.into_iter().map(|f| f.0).collect();
        assert_eq!(names, ["a.b", "lr", "nothing", "on"]);
        // Longer than the first buffer.
        assert_eq!(run("long").string()?.map(|s| s.len()), Some(5000));
        Ok(())
    }
    let trials = json::parse(r#"[{"status":"completed"},{"status":"error"}]"#).unwrap();
    let host = Host::new().flag("lr", 0.5).flag("a.b", 7).flag("nothing", Value::Null).flag("on", true);
    let host = host.run("op", "train \"x\"").run("long", "x".repeat(5000)).set("batch.trials", trials).param("limits.max", 2);
    assert_eq!(host.param("names", vec!["a", "b"]).call(handler).failure, None);
}

#[test]
fn files() {
    fn handler() -> Result {
        assert_eq!(stage::list("**/*.py")?, ["a.py", "src/b.py"]);
        assert_eq!(stage::stat("a.py")?.map(|s| (s.size, s.kind, s.mode)), Some((5, stage::Kind::File, 0o644)));
        assert_eq!(stage::stat("gone")?, None);
        assert_eq!(stage::read_to_string("a.py")?, "x = 1");
        assert!(stage::read("gone").unwrap_err().is_not_found());
        assert_eq!(stage::read("gone").unwrap_err().to_string(), "gone: not found");
        assert_eq!(stage::read_to_string("raw").unwrap_err().to_string(), "read raw: not UTF-8");
        assert_eq!(stage::read("big")?.len(), 200_000);
        stage::write("new", "one")?;
        stage::append("new", "two")?;
        // Over the limit of one write.
        stage::write("huge", vec![b'x'; 3_000_000])?;
        stage::write("empty", "")?;
        stage::remove("a.py")
    }
    let host = Host::new().file("a.py", "x = 1").file("src/b.py", "").file("raw", [0xff]).file("big", vec![1; 200_000]).call(handler);
    assert_eq!(host.failure, None);
    assert_eq!((host.text("new").as_str(), host.files["huge"].len(), host.text("empty").as_str()), ("onetwo", 3_000_000, ""));
    assert!(!host.files.contains_key("a.py"));
}

#[test]
fn state() {
    fn handler() -> Result {
        let key = "count";
        match Scope::Run.get(key)? {
            None => assert_eq!(Scope::Run.put(key, "1", Expect::Absent)?, 1),
            Some((value, version)) => {
                assert_eq!((value, version), (b"1".to_vec(), 1));
                let stale = Scope::Run.put(key, "2", Expect::Version(7)).unwrap_err();
                assert!(stale.is_conflict());
                assert_eq!(stale.to_string(), "count: version is 1, not 7");
                Scope::Run.put(key, "2", Expect::Version(version))?;
                Scope::Run.put(key, "3", Expect::Any)?;
            }
        }
        Scope::Batch.append("log", "line")?;
        Ok(())
    }
    let once = Host::new().call(handler);
    assert_eq!(once.failure, None);
    let twice = once.call(handler);
    assert_eq!(twice.failure, None);
    fn check() -> Result {
        assert_eq!(Scope::Run.get("count")?, Some((b"3".to_vec(), 3)));
        assert_eq!(Scope::Batch.get("log")?, Some((b"line\nline\n".to_vec(), 2)));
        assert_eq!(Scope::Project.get("log")?, None);
        Ok(())
    }
    assert_eq!(twice.call(check).failure, None);
}

#[test]
fn actions() {
    fn handler() -> Result {
        deny("first")?;
        deny("second")?;
        stop("enough")?;
        set_flag("lr", 0.5)?;
        set_env("SEED", "1")?;
        set_label("x")?;
        set_tags(vec!["a", "b"])?;
        set_attr("score", 1)?;
        set_plan(Vec::<i64>::new())?;
        answer(true)?;
        emit("done", [("n", 1.into())].into_iter().collect::<Value>())?;
        request_lock()?;
        info("hello");
        warn("careful");
        assert_eq!(now(), 5);
        let mut buf = [0; 3];
        random(&mut buf)?;
        assert_eq!(buf, [0, 1, 2]);
        Err(Error::new("at last"))
    }
    let host = Host::new().time(5).call(handler);
    let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
    assert_eq!(host.denied.as_deref(), Some("first"));
    assert_eq!(host.stopped.as_deref(), Some("enough"));
    assert_eq!(host.flags_set, [pair("lr", "0.5")]);
    assert_eq!(host.env, [pair("SEED", "1")]);
    assert_eq!(host.attrs, [pair("label", "\"x\""), pair("tags", r#"["a","b"]"#), pair("score", "1")]);
    assert_eq!((host.plan.as_deref(), host.answer.as_deref(), host.lock_requested), (Some("[]"), Some("true"), true));
    assert_eq!(host.emitted, [pair("done", r#"{"n":1}"#)]);
    assert_eq!(host.logs, [(0, "hello".to_string()), (1, "careful".to_string())]);
    assert_eq!(host.failure.as_deref(), Some("at last"));
}

#[test]
fn batches() {
    fn handler() -> Result {
        let all: Vec<Trial> = trials().collect();
        assert_eq!(all.len(), 2);
        let (first, second) = (&all[0], &all[1]);
        assert_eq!((first.index(), first.id()?, first.status()?, first.is_completed()?), ("0", "a".into(), "completed".into(), true));
        assert_eq!(second.number(), "2");
        assert_eq!((first.condition()?, first.replicate()?, first.duration()?), ("wide".into(), 2, Some(1.5)));
        assert_eq!((first.scalar("loss").float()?, first.scalar("gone").float()?, first.scalar("nan").is_null()), (Some(0.5), None, true));
        assert_eq!((first.flags()?.len(), first.scalars()?.len(), first.flag("a.b").int()?), (1, 2, Some(1)));
        assert!(first.field("").json()?.unwrap().starts_with("{\"index\":0,"));
        assert_eq!(
            (second.index(), second.id()?, second.status()?, second.condition()?, second.replicate()?),
            ("1", "".into(), "".into(), "".into(), 0)
        );
        assert!(second.flags()?.is_empty() && !second.is_completed()?);
        let mut changed = json::parse("{\"index\":1}")?;
        changed.set("index", 7);
        changed.set("random_seed", 42);
        assert_eq!(changed.to_json(), r#"{"index":7,"random_seed":42}"#);
        Value::Null.set("x", 1);
        Ok(())
    }
    let list = r#"[{"index":0,"id":"a","status":"completed","condition":"wide","replicate":2,"duration":1.5,"flags":{"a.b":1},
        "scalars":{"loss":{"last":0.5},"nan":{"last":null}}},{"index":1}]"#;
    assert_eq!(Host::new().set("batch.trials", json::parse(list).unwrap()).call(handler).failure, None);
    let outside = || match trials().next() {
        None => Ok(()),
        Some(_) => Err("a trial outside a batch".into()),
    };
    assert_eq!(Host::new().call(outside).failure, None);
}
