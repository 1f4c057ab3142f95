//! Writes `summary.json` when a run has ended, and adds the outcome to its label.
//!
//! Parameters: `file`, where to write (default `summary.json`), and `label`, a template with `${label}`, `${op}` and
//! `${status}` (default `${label} (${status})`). Needs the grants `stage.write` for the file and `attrs.set`.

use guild_hook::{describe, hook, param, run, set_label, stage, Result, Value};

describe!(
    r#"{"name":"summary","version":"1.0.0","description":"writes summary.json and adds the outcome to the label","events":["on_run_end"],"params":{"file":{"type":"string","default":"summary.json","help":"where to write"},"label":{"type":"string","default":"${label} (${status})","help":"the new label"}},"allow":["stage.write:summary.json","attrs.set"]}"#
);

hook! {
    on_run_end => summarise,
}

fn summarise() -> Result {
    let mut summary = Vec::new();
    for name in ["id", "op", "status", "exit_status", "flags", "scalars", "started", "stopped", "duration"] {
        if let Some(value) = run(name).value()? {
            summary.push((name.to_string(), value));
        }
    }
    let mut json = Value::Object(summary).to_json();
    json.push('\n');
    stage::write(&param("file").string_or("summary.json")?, json)?;

    let template = param("label").string_or("${label} (${status})")?;
    let label = expand(&template, |name| match name {
        "label" | "op" | "status" => run(name).string_or(""),
        _ => Err(["parameter label: no such name: ", name].concat().into()),
    })?;
    set_label(label.trim())
}

/// Replaces each `${NAME}`.
fn expand(template: &str, value: impl Fn(&str) -> Result<String>) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((text, after)) = rest.split_once("${") {
        let Some((name, after)) = after.split_once('}') else { break };
        out.push_str(text);
        out.push_str(&value(name)?);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::{fake::Host, json};

    fn host() -> Host {
        let scalars = json::parse(r#"{"loss":{"last":0.25,"min":1e-05,"max":3.0,"count":2,"step":9}}"#).unwrap();
        Host::new()
            .run("op", "train")
            .run("status", "completed")
            .run("label", "lr=0.1")
            .run("duration", 1.5)
            .run("scalars", scalars)
            .flag("lr", 0.1)
    }

    #[test]
    fn writes() {
        let h = host().call(summarise);
        assert_eq!(h.failure, None);
        assert_eq!(
            h.text("summary.json"),
            "{\"op\":\"train\",\"status\":\"completed\",\"flags\":{\"lr\":0.1},\"scalars\":{\"loss\":{\"last\":0.25,\"min\":1e-05,\"max\":3.0,\"count\":2,\"step\":9}},\"duration\":1.5}\n"
        );
        assert_eq!(h.attrs, [("label".to_string(), "\"lr=0.1 (completed)\"".to_string())]);
    }

    #[test]
    fn templates() {
        let label = |t: &str| host().param("label", t).call(summarise);
        assert_eq!(label("${op}: ${status} ${").attrs[0].1, "\"train: completed ${\"");
        assert_eq!(label("${x}").failure.unwrap(), "parameter label: no such name: x");
    }
}
