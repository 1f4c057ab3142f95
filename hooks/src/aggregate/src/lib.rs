//! The built-in hook `aggregate`: one file in the batch's directory with what became of all its trials, those that failed included, and
//! with statistics over repetitions.

mod csv;
mod groups;

use groups::Groups;
use guild_hook::{describe, event, hook, param, params, stage, trials, Result, Value};

const ABOUT: &str = r#"{"name":"aggregate","version":"1.0.0","description":"writes a file with the results of all trials of a batch","events":["on_init","on_batch_end"],"params":{"file":{"type":"string","default":"results.json","help":"the file to write, as its ending says: .json, .jsonl or .csv"},"metrics":{"type":"list","items":"string","default":[],"help":"scalars to sum up over the repetitions of each condition: count, mean, min, max, std"},"over":{"type":"list","items":"string","default":["seed"],"help":"flags in which repetitions may differ, where conditions have no names"}},"allow":["stage.write:results*"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_batch_end => write,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() {
        let file = file()?;
        if form(&file).is_none() {
            problems.push(params::invalid("file", &Value::from(file), "a name that ends in .json, .jsonl or .csv"));
        } else if !figures::is_path(&file) {
            problems.push(params::invalid("file", &Value::from(file), "a path in the batch's directory"));
        }
    }
    if problems.is_empty() && !param("metrics").texts()?.iter().all(|m| figures::is_name(m)) {
        problems.push("parameter \"metrics\": a name is empty or has quotes".to_string());
    }
    params::refuse(&problems)
}

fn file() -> Result<String> {
    param("file").string_or("results.json")
}

enum Form {
    Json,
    Lines,
    Csv,
}

fn form(file: &str) -> Option<Form> {
    match file.rsplit_once('.')?.1 {
        "json" => Some(Form::Json),
        "jsonl" => Some(Form::Lines),
        "csv" => Some(Form::Csv),
        _ => None,
    }
}

/// The file of the statistics, where they have one of their own: `results-groups.csv`.
fn groups_file(file: &str) -> String {
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    [stem, "-groups.", ending].concat()
}

pub fn write() -> Result {
    let file = file()?;
    let groups = Groups::read()?;
    let apart = match form(&file) {
        Some(Form::Csv) => {
            stage::write(&file, csv::trials()?)?;
            groups.csv()
        }
        Some(Form::Lines) => {
            let mut out = String::new();
            for trial in trials() {
                out.push_str(trial.field("").json()?.unwrap_or_default());
                out.push('\n');
            }
            stage::write(&file, out)?;
            groups.json("", "\n")
        }
        _ => return stage::write(&file, whole(&groups)?),
    };
    if groups.wanted() {
        stage::write(&groups_file(&file), apart)?;
    }
    Ok(())
}

/// All in one object, a line for each trial. The texts are guild's own: nothing of them is read that is not needed.
fn whole(groups: &Groups) -> Result<String> {
    let mut out = String::from("{");
    for name in ["id", "replicates", "conditions"] {
        if let Some(text) = event(&["batch.", name].concat()).json()? {
            out.push_str(&["\"", name, "\": ", text, ",\n"].concat());
        }
    }
    out.push_str("\"trials\": [");
    for (i, trial) in trials().enumerate() {
        out.push_str(if i == 0 { "\n" } else { ",\n" });
        out.push_str(trial.field("").json()?.unwrap_or_default());
    }
    out.push(']');
    if groups.wanted() {
        out.push_str(",\n\"groups\": [\n");
        out.push_str(&groups.json(",\n", ""));
        out.push(']');
    }
    out.push_str("}\n");
    Ok(out)
}

#[cfg(test)]
mod tests;
