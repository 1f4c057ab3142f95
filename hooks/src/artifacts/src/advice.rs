//! Which versions need not be kept, and the command that removes them. What is removed is for people to say: the command leaves locked
//! runs alone, and whole runs go to the trash.

use crate::shell::{is_reference, quoted};
use crate::versions::Version;
use guild_hook::{emit, event, info, param, Result, Value};

/// How far a version was advised to be pruned. It is said once.
const WHOLE: i64 = 2;
const BIG: i64 = 1;

/// Advises on those that are newly due, the newest last.
pub fn give(all: &mut [Version]) -> Result {
    let retention = param("retention").int_or(3)?;
    let mut newer = all.iter().filter(|v| !v.is_gone()).count() as i64;
    let mut old = Vec::new();
    for version in all.iter_mut().filter(|v| !v.is_gone()) {
        newer -= 1;
        let advised = version.get("advised").and_then(Value::as_i64).unwrap_or(0);
        if retention > 0 && newer >= retention && advised < WHOLE {
            version.set("advised", WHOLE);
            old.push(version.run().to_string());
            let why = match newer {
                1 => "there is 1 newer version".to_string(),
                _ => ["there are ", &Value::from(newer).to_json(), " newer versions"].concat(),
            };
            propose(version, &why, whole(&[version.run()]), None)?;
            ["big", "metrics"].iter().for_each(|name| version.forget(name));
        } else if newer > 0 && advised < BIG && version.get("big").is_some() {
            version.set("advised", BIG);
            propose_files(version)?;
            version.forget("big");
        }
    }
    say(all, &old, retention)
}

/// One line for all that are too old, with one command for all of them.
fn say(all: &[Version], old: &[String], retention: i64) -> Result {
    let named: Vec<String> = all.iter().filter(|v| old.iter().any(|run| run == v.run())).map(title).collect();
    if named.is_empty() {
        return Ok(());
    }
    let runs: Vec<&str> = old.iter().map(String::as_str).collect();
    let newest = Value::from(retention).to_json();
    info(["prune advised, beyond the newest ", &newest, ": ", &named.join(", "), &how(whole(&runs))].concat());
    Ok(())
}

/// The files of a version that are worth keeping in the newest one only.
fn propose_files(version: &mut Version) -> Result {
    let files = version.get("big").cloned().unwrap_or(Value::Null);
    let paths: Vec<&str> = match &files {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let run = version.run();
    let command = is_reference(run).then(|| {
        let paths: Vec<String> = paths.iter().map(|path| quoted(path)).collect();
        ["(cd \"$(guild select --dir ", &quoted(run), ")\" && [ ! -e .guild/locked ] && rm -f -- ", &paths.join(" "), ")"].concat()
    });
    info(["prune advised, big files of ", &title(version), ": ", &paths.join(", "), &how(command.clone())].concat());
    propose(version, "big files of a version that is not the newest", command, Some(files))
}

fn title(version: &Version) -> String {
    [&version.name(), " (run ", version.run(), ")"].concat()
}

fn how(command: Option<String>) -> String {
    command.map_or_else(String::new, |command| ["; to do it: ", &command].concat())
}

/// The command that removes versions. Of a batch it removes the trials; its results stay.
fn whole(runs: &[&str]) -> Option<String> {
    if !runs.iter().all(|run| is_reference(run)) {
        return None;
    }
    let trials = if event("batch").exists() { " --trials" } else { "" };
    let runs: Vec<String> = runs.iter().map(|run| quoted(run)).collect();
    Some(["guild runs rm --keep-locked", trials, " ", &runs.join(" ")].concat())
}

/// A record for whoever follows the event stream.
fn propose(version: &Version, why: &str, command: Option<String>, files: Option<Value>) -> Result {
    let mut data = vec![("run", Value::from(version.run())), ("version", version.name().into()), ("why", why.into())];
    data.extend(files.map(|files| ("files", files)));
    data.extend(version.get("metrics").cloned().map(|metrics| ("metrics", metrics)));
    data.extend(command.map(|command| ("command", command.into())));
    emit("prune", data.into_iter().collect::<Value>())
}
