use super::*;
use guild_hook::{fake::Host, json};

const TRIALS: &str = r#"[
 {"index":0,"id":"a","flags":{"lr":0.1,"name":"x,\"y\"","seed":1},"replicate":0,"random_seed":1,"status":"completed","exit_status":0,"duration":1.5,"scalars":{"loss":{"last":0.5}}},
 {"index":1,"id":"b","flags":{"lr":0.1,"name":"x,\"y\"","seed":2},"replicate":1,"random_seed":2,"status":"completed","exit_status":0,"scalars":{"loss":{"last":1.5},"acc":{"last":null}}},
 {"index":2,"id":"c","flags":{"lr":1,"seed":1},"replicate":0,"status":"error","exit_status":1,"error":"line 1\nline 2","scalars":{"loss":{"last":7}}},
 {"index":3,"flags":{"lr":1,"seed":2},"replicate":1,"skipped":"stopped"}]"#;

fn host() -> Host {
    Host::new().set("batch.trials", json::parse(TRIALS).unwrap()).set("batch.id", "bbb").set("batch.replicates", 2)
}

fn written(host: Host, file: &str) -> String {
    let host = host.param("file", file).call(write);
    assert_eq!(host.failure, None);
    host.text(file)
}

#[test]
fn one_object() {
    let text = written(host(), "results.json");
    assert!(text.starts_with("{\"id\": \"bbb\",\n\"replicates\": 2,\n\"trials\": [\n{\"index\":0,\"id\":\"a\","), "{text}");
    let value = json::parse(&text).unwrap();
    assert_eq!(Some(value.get("trials").unwrap()), json::parse(TRIALS).ok().as_ref());
    assert_eq!(value.get("groups"), None);
    let with = json::parse(&written(host().param("metrics", vec!["loss", "gone"]), "results.json")).unwrap();
    assert_eq!(
        with.get("groups").unwrap().to_json(),
        r#"[{"group":"lr=0.1 name=x,\"y\"","trials":2,"completed":2,"metrics":{"loss":{"count":2,"mean":1,"min":0.5,"max":1.5,"std":0.707106781187},"gone":null}},{"group":"lr=1","trials":2,"completed":0,"metrics":{"loss":null,"gone":null}}]"#
    );
    let apart =
        json::parse(&written(host().param("metrics", vec!["loss"]).param("over", json::Value::Array(vec![])), "results.json")).unwrap();
    assert!(matches!(apart.get("groups"), Some(json::Value::Array(groups)) if groups.len() == 4));
}

#[test]
fn one_line_each() {
    let text = written(host(), "out.jsonl");
    let lines: Vec<json::Value> = text.lines().map(|l| json::parse(l).unwrap()).collect();
    assert_eq!((lines.len(), lines[2].get("error").unwrap().as_str()), (4, Some("line 1\nline 2")));
    let both = host().param("file", "out.jsonl").param("metrics", vec!["loss"]).call(write);
    assert_eq!(both.text("out-groups.jsonl").lines().count(), 2);
}

#[test]
fn table() {
    assert_eq!(
        written(host(), "results.csv"),
        "index,id,status,skipped,exit_status,error,replicate,condition,random_seed,duration,flags.lr,flags.name,flags.seed,scalars.loss,scalars.acc\n\
         0,a,completed,,0,,0,,1,1.5,0.1,\"x,\"\"y\"\"\",1,0.5,\n\
         1,b,completed,,0,,1,,2,,0.1,\"x,\"\"y\"\"\",2,1.5,\n\
         2,c,error,,1,\"line 1\nline 2\",0,,,,1,,1,7,\n\
         3,,,stopped,,,1,,,,1,,2,,\n"
    );
    let both = host().param("file", "r.csv").param("metrics", vec!["loss"]).call(write);
    assert_eq!(
        both.text("r-groups.csv"),
        "group,metric,count,mean,min,max,std\n\"lr=0.1 name=x,\"\"y\"\"\",loss,2,1,0.5,1.5,0.707106781187\nlr=1,loss,0,,,,\n"
    );
}

#[test]
fn empty_batch() {
    let host = Host::new().set("batch.trials", json::Value::Array(vec![])).param("metrics", vec!["loss"]).call(write);
    assert_eq!(host.text("results.json"), "{\"trials\": [],\n\"groups\": [\n]}\n");
}

#[test]
fn parameters() {
    let denied = Host::new().param("file", "results.xml").call(init).denied.unwrap();
    assert_eq!(denied, "invalid value \"results.xml\" for parameter \"file\": want a name that ends in .json, .jsonl or .csv");
    for file in ["../results.json", "/tmp/results.json", ".guild/results.json", "a//b.csv"] {
        let denied = Host::new().param("file", file).call(init).denied.unwrap();
        assert_eq!(denied, format!("invalid value \"{file}\" for parameter \"file\": want a path in the batch's directory"));
    }
    for metric in ["", "a\"b"] {
        let denied = Host::new().param("metrics", vec!["loss", metric]).call(init).denied.unwrap();
        assert_eq!(denied, "parameter \"metrics\": a name is empty or has quotes");
    }
    assert_eq!(Host::new().param("file", "a/b.csv").call(init).denied, None);
}
