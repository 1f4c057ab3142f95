use super::*;
use guild_hook::{fake::Host, json, Value};

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
    let old = |id: &str, version: &str| format!(r#"prune {{"run":"{id}","version":"{version}","why":"there are 2 newer versions"}}"#);
    let big = |id: &str, version: &str| {
        format!(
            r#"prune {{"run":"{id}","version":"{version}","why":"big files of a version that is not the newest","files":["model.bin"]}}"#
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
    // Nothing is removed.
    let last = listed(host.run("id", "x").run("op", "train").file("model.bin", vec![0; 2_000_000]));
    assert_eq!(last.touched, ["artifacts.json"]);
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
    assert_eq!(folders, ["a_b/results.json", "a_b-1/results.json", "_../results.json", "metadata.json"]);
}

#[test]
fn parameters() {
    let denied = Host::new().param("retention", Value::Null).param("keep", 1).call(init).denied.unwrap();
    assert_eq!(
        denied,
        "unknown parameter \"keep\" (there are exclude, versions, retention, big_file_threshold_mb); invalid value null for parameter \"retention\": want an integer"
    );
}
