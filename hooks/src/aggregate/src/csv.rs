//! Tables (RFC 4180).

use figures::Names;
use guild_hook::{trials as all_trials, Result, Trial, Value};

/// Columns that every table of trials begins with.
const FIRST: [&str; 10] = ["index", "id", "status", "skipped", "exit_status", "error", "replicate", "condition", "random_seed", "duration"];

/// A row for each trial: what is known of it, its flags, and the last values of its scalars.
pub fn trials() -> Result<String> {
    let (mut flags, mut scalars) = (Names::default(), Names::default());
    let mut all: Vec<Trial> = Vec::new();
    for trial in all_trials() {
        trial.flags()?.into_iter().for_each(|(name, _)| _ = flags.place(name));
        trial.scalars()?.into_iter().for_each(|(name, _)| _ = scalars.place(name));
        all.push(trial);
    }
    let mut columns: Vec<String> = FIRST.iter().map(|n| n.to_string()).collect();
    columns.extend(flags.list.iter().map(|n| ["flags.", n].concat()));
    columns.extend(scalars.list.iter().map(|n| ["scalars.", n].concat()));
    let mut out = String::new();
    row(&mut out, &columns.iter().map(String::as_str).collect::<Vec<_>>());
    for trial in all {
        let mut cells = Vec::with_capacity(columns.len());
        for name in FIRST {
            cells.push(cell(trial.field(name).value()?));
        }
        for name in &flags.list {
            cells.push(cell(trial.flag(name).value()?));
        }
        for name in &scalars.list {
            cells.push(cell(trial.scalar(name).value()?));
        }
        row(&mut out, &cells.iter().map(String::as_str).collect::<Vec<_>>());
    }
    Ok(out)
}

/// Text as it is, nothing for null, everything else as JSON.
fn cell(value: Option<Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(other) => other.to_json(),
    }
}

/// Appends a row.
pub fn row(out: &mut String, cells: &[&str]) {
    for (i, cell) in cells.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.bytes().any(|c| matches!(c, b',' | b'"' | b'\n' | b'\r')) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(cell);
        }
    }
    out.push('\n');
}
