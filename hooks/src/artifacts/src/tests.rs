use super::*;
use guild_hook::{fake::Host, json};

/// A run that has `train.py` staged.
fn staged(id: &str) -> Host {
    let host =
        Host::new().run("id", id).run("op", "train").run("status", "completed").file("train.py", "x = 1\n").file("data/in.csv", "1,2\n");
    host.call(made::remember)
}

fn listed(host: Host) -> Host {
    let host = host.call(made::list);
    assert_eq!(host.failure, None);
    host
}

#[test]
fn files_that_were_made() {
    let host = staged("aaa").file("model.bin", [0; 1000]).file("out/a b.txt", "x").file("data/in.csv", "1,2\n3,4\n").file("tmp/x", "");
    let host = listed(host.param("exclude", vec!["tmp/**"]));
    assert_eq!(
        host.text("artifacts.json"),
        "{\"run\": \"aaa\",\n\"op\": \"train\",\n\"status\": \"completed\",\n\"version\": \"v0\",\n\"size\": 1009,\n\"files\": [\n\
         {\"path\":\"data/in.csv\",\"size\":8,\"mode\":\"0644\"},\n{\"path\":\"model.bin\",\"size\":1000,\"mode\":\"0644\"},\n\
         {\"path\":\"out/a b.txt\",\"size\":1,\"mode\":\"0644\"}\n]}\n"
    );
    assert!(json::parse(&host.text("artifacts.json")).is_ok());
    assert_eq!(host.attrs, [("artifact_version".to_string(), "\"v0\"".to_string())]);
    // Again it is the same version, and the list is none of the artifacts.
    let again = listed(host);
    assert!(again.text("artifacts.json").contains("\"version\": \"v0\"") && !again.text("artifacts.json").contains("artifacts.json"));
    assert!(listed(staged("bbb")).text("artifacts.json").contains("\"size\": 0,\n\"files\": [\n\n]}"));
    let denied = staged("ccc").run("status", "denied").call(made::list);
    assert!(denied.touched.is_empty() && denied.attrs.is_empty());
}

/// Ends the runs of these ids one after the other, each with a big file, and returns what was emitted.
fn series(host: Host, ids: &[&str]) -> Vec<String> {
    let mut emitted = Vec::new();
    let mut host = host;
    for id in ids {
        host = listed(host.run("id", *id).run("op", "train").run("status", "completed").file("model.bin", vec![0; 2_000_000]));
        emitted.extend(host.emitted.iter().map(|(topic, data)| format!("{topic} {data}")));
    }
    emitted
}

#[test]
fn advice() {
    let host = Host::new().param("big_file_threshold_mb", 1).param("retention", 2);
    let old = |id: &str, version: &str| {
        format!(
            r#"prune {{"run":"{id}","version":"{version}","why":"there are 2 newer versions","command":"guild runs rm --keep-locked {id}"}}"#
        )
    };
    let big = |id: &str, version: &str| {
        format!(
            r#"prune {{"run":"{id}","version":"{version}","why":"big files of a version that is not the newest","files":["model.bin"],"command":"(cd \"$(guild select --dir {id})\" && [ ! -e .guild/locked ] && rm -f -- model.bin)"}}"#
        )
    };
    assert_eq!(series(host.clone(), &["a"]), [] as [&str; 0]);
    assert_eq!(
        series(host.clone(), &["a", "b", "c", "c", "d"]),
        [big("a", "v0"), old("a", "v0"), big("b", "v1"), old("b", "v1"), big("c", "v2")]
    );
    assert_eq!(series(host.clone().param("big_file_threshold_mb", 10), &["a", "b", "c"]), [old("a", "v0")]);
    assert_eq!(series(host.clone().param("retention", 0), &["a", "b", "c"]), [big("a", "v0"), big("b", "v1")]);
    assert_eq!(series(host.clone().param("versions", false), &["a", "b", "c"]), [] as [&str; 0]);
    // A version that is made again may have other files.
    assert_eq!(series(host.clone().param("retention", 0), &["a", "b", "a", "b"]), [big("a", "v0"), big("a", "v0")]);
    // What measures it is in the record, and its id is one to guild.
    let scalars = json::parse(r#"{"loss":{"last":0.50,"min":0},"bad":{"last":null}}"#).unwrap();
    let one = || host.clone().param("retention", 1).param("big_file_threshold_mb", 10);
    assert_eq!(
        series(one().run("scalars", scalars), &["it's 1", "b"]),
        [
            r#"prune {"run":"it's 1","version":"v0","why":"there is 1 newer version","metrics":{"loss":0.50,"bad":null},"command":"guild runs rm --keep-locked 'it'\\''s 1'"}"#
        ]
    );
    assert_eq!(series(one(), &["7", "b"]), [r#"prune {"run":"7","version":"v0","why":"there is 1 newer version"}"#]);
    // Nothing is removed.
    let last = listed(host.run("id", "x").run("op", "train").file("model.bin", vec![0; 2_000_000]));
    assert_eq!(last.touched, ["artifacts.json"]);
}

#[test]
fn what_is_said() {
    let end = |host: Host, id: &str| listed(host.run("id", id).run("op", "train").run("status", "completed"));
    let mut host = Host::new().param("retention", 0);
    for id in ["a", "b", "c", "d"] {
        host = end(host, id);
        assert!(host.logs.is_empty());
    }
    // Several at once have one command.
    let host = end(host.param("retention", 2), "e");
    assert_eq!(
        host.logs.iter().map(|l| l.1.as_str()).collect::<Vec<_>>(),
        ["prune advised, beyond the newest 2: v0 (run a), v1 (run b), v2 (run c); to do it: guild runs rm --keep-locked a b c"]
    );
    let big = host.param("big_file_threshold_mb", 1).param("retention", 0).file("a b.bin", vec![0; 2_000_000]);
    let big = end(end(big, "f"), "g");
    assert_eq!(
        big.logs[0].1,
        "prune advised, big files of v5 (run f): a b.bin; to do it: (cd \"$(guild select --dir f)\" && [ ! -e .guild/locked ] && rm -f -- 'a b.bin')"
    );
}

#[test]
fn deleted_versions() {
    let end = |host: Host, id: &str| listed(host.run("id", id).run("op", "train").run("status", "completed"));
    let mut host = Host::new().param("retention", 2);
    for id in ["a", "b", "c"] {
        host = end(host, id);
    }
    // With c gone there is one version newer than b, as retention wants.
    host = end(host.run("id", "c").call(versions::deleted), "d");
    assert!(host.emitted.is_empty(), "{:?}", host.emitted);
    assert!(host.text("artifacts.json").contains("\"version\": \"v3\""));
    // What comes back is what it was.
    host = end(host, "c");
    assert!(host.text("artifacts.json").contains("\"version\": \"v2\""));
    assert_eq!(host.emitted.len(), 1);
    // A trial has no version, another run has none either: d stays the newest, and c is due.
    let trial = host.clone().set("batch.id", "x").run("id", "d").call(versions::deleted);
    let next: fn() -> Result = || versions::add("train", "e", versions::Made::default()).map(|_| ());
    for host in [trial, host.clone().run("id", "zzz").call(versions::deleted), host.clone().run("op", "other").call(versions::deleted)] {
        assert_eq!(host.failure, None);
        let records = host.call(next).emitted;
        assert!(records.len() == 1 && records[0].1.starts_with("{\"run\":\"c\""), "{records:?}");
    }
}

#[test]
fn old_batches() {
    let host = Host::new().param("retention", 1).run("op", "train+").run("is_batch", true);
    let host = host.set("batch.id", "b1").call(batch::results).set("batch.id", "b2").call(batch::results);
    assert_eq!(host.logs[0].1, "prune advised, beyond the newest 1: v0 (run b1); to do it: guild runs rm --keep-locked --trials b1");
    // A batch that is deleted is a version that is.
    let host = host.run("id", "b2").call(versions::deleted).set("batch.id", "b3").call(batch::results);
    assert_eq!(host.emitted.len(), 0, "{:?}", host.emitted);
}

#[test]
fn too_many_files() {
    let mut host = Host::new().run("id", "a").run("op", "train").run("status", "completed");
    host.files.extend((0..20_001).map(|i| (format!("{i}"), Vec::new())));
    let host = listed(host.call(made::remember));
    assert!(host.text("artifacts.json").ends_with("\"version\": \"v0\",\n\"size\": 0,\n\"files\": [\n\n]}\n"));
    assert_eq!(host.logs[0].1, "no artifacts are listed: there are 20001 files, the limit is 20000");
}

#[test]
fn trials_have_no_version() {
    let host = listed(staged("aaa").set("batch.id", "bbb").file("out", "x"));
    assert!(!host.text("artifacts.json").contains("version") && host.attrs.is_empty());
}

fn batch(list: &str) -> Host {
    let host =
        Host::new().run("op", "train+").set("batch.id", "bbb").set("batch.replicates", 2).set("batch.trials", json::parse(list).unwrap());
    let host = host.call(batch::results);
    assert_eq!(host.failure, None);
    host
}

#[test]
fn conditions() {
    let host = batch(
        r#"[{"index":0,"condition":"a/b","replicate":0,"status":"completed","scalars":{"loss":{"last":1.50}}},
            {"index":1,"condition":"wide","replicate":0,"status":"error","scalars":{"loss":{"last":9}}},
            {"index":2,"condition":"a/b","replicate":1,"status":"completed","scalars":{"loss":{"last":2},"acc":{"last":null}}},
            {"index":3,"condition":"wide","replicate":1,"status":"completed","scalars":{"loss":{"last":3}}}]"#,
    );
    assert_eq!(host.text("a_b/results.json"), "{\"condition\": \"a/b\", \"metrics\": {\"loss\": [1.50, 2], \"acc\": [null, null]}}\n");
    assert_eq!(host.text("wide/results.json"), "{\"condition\": \"wide\", \"metrics\": {\"loss\": [null, 3]}}\n");
    let meta = json::parse(&host.text("metadata.json")).unwrap();
    assert_eq!(
        meta.to_json(),
        r#"{"id":"bbb","name":"train","version":"v0","replicates":2,"conditions":[{"name":"a/b","folder":"a_b","trials":2,"completed":2},{"name":"wide","folder":"wide","trials":2,"completed":1}]}"#
    );
    assert_eq!(host.touched.len(), 3);
}

#[test]
fn conditions_without_names() {
    let host = batch(
        r#"[{"index":0,"flags":{"lr":1,"seed":1},"status":"completed"},{"index":1,"flags":{"lr":2,"seed":1}},{"index":2,"flags":{"lr":1,"seed":2}}]"#,
    );
    assert_eq!(host.text("condition-0/results.json"), "{\"condition\": \"lr=1\", \"metrics\": {}}\n");
    assert!(host.text("metadata.json").contains("{\"name\": \"lr=1\", \"folder\": \"condition-0\", \"trials\": 2, \"completed\": 1}"));
    // Names that become the same.
    let host = batch(r#"[{"index":0,"condition":"a b"},{"index":1,"condition":"a/b"},{"index":2,"condition":".."}]"#);
    let folders: Vec<&String> = host.touched.iter().collect();
    assert_eq!(folders, ["a_b/results.json", "a_b-2/results.json", "_../results.json", "metadata.json"]);
}

#[test]
fn conditions_with_any_name() {
    let long = "x".repeat(300);
    let names = ["_-2", "é", "à", "A", "a", "metadata.json", ".guild", "", &long, &format!("{long}y")];
    let list: Vec<String> =
        names.iter().enumerate().map(|(i, n)| format!(r#"{{"index":{i},"condition":"{n}x","status":"completed"}}"#)).collect();
    let host = batch(&format!("[{}]", list.join(",")).replace("metadata.jsonx", "metadata.json"));
    let mut folders: Vec<String> =
        host.touched.iter().filter_map(|p| p.strip_suffix("/results.json")).map(str::to_ascii_lowercase).collect();
    assert_eq!(folders.len(), names.len());
    assert!(folders.iter().all(|f| f.len() < 110 && f != "metadata.json" && !f.starts_with('.')), "{folders:?}");
    folders.sort();
    folders.dedup();
    assert_eq!(folders.len(), names.len(), "{:?}", host.touched);
}

#[test]
fn parameters() {
    let denied = |h: Host| h.call(init).denied.unwrap_or_default();
    for (name, value, want) in [
        ("retention", "101", "invalid value 101 for parameter \"retention\": want at most 100"),
        ("retention", "2.5", "invalid value 2.5 for parameter \"retention\": want an integer"),
        ("big_file_threshold_mb", "-1", "invalid value -1 for parameter \"big_file_threshold_mb\": want at least 0"),
        ("exclude", "\"*\"", "invalid value \"*\" for parameter \"exclude\": want a list"),
        ("exclude", "[1]", "invalid value [1] for parameter \"exclude\": want a list, each of it text"),
        ("keep", "1", "unknown parameter \"keep\" (there are exclude, versions, retention, big_file_threshold_mb)"),
        ("retention", "-1", ""),
        ("big_file_threshold_mb", "0.5", ""),
    ] {
        assert_eq!(denied(Host::new().param(name, json::parse(value).unwrap())), want);
    }
}
