//! Statistics over repetitions.

use crate::csv;
use figures::{group, quoted, stats, Names, Stats};
use guild_hook::{decimal, param, trials, Result};

/// The groups of trials, and what their completed ones have of each metric.
pub struct Groups {
    metrics: Vec<String>,
    names: Names,
    rows: Vec<Row>,
}

#[derive(Default)]
struct Row {
    trials: i64,
    completed: i64,
    values: Vec<Vec<String>>, // for each metric, as JSON
}

impl Groups {
    /// Looks at the trials, if any metric is asked for.
    pub fn read() -> Result<Groups> {
        let metrics = param("metrics").texts()?;
        let over = if param("over").exists() { param("over").texts()? } else { vec!["seed".to_string()] };
        let mut groups = Groups { metrics, names: Names::default(), rows: Vec::new() };
        if !groups.wanted() {
            return Ok(groups);
        }
        for trial in trials() {
            let place = groups.names.place(group(&trial, &over)?);
            if place == groups.rows.len() {
                groups.rows.push(Row { values: vec![Vec::new(); groups.metrics.len()], ..Row::default() });
            }
            let row = &mut groups.rows[place];
            row.trials += 1;
            if trial.is_completed()? {
                row.completed += 1;
                for (metric, values) in groups.metrics.iter().zip(&mut row.values) {
                    values.extend(trial.scalar(metric).json()?.map(str::to_string));
                }
            }
        }
        Ok(groups)
    }

    pub fn wanted(&self) -> bool {
        !self.metrics.is_empty()
    }

    /// An object for each group. A metric that no trial of it has is null.
    pub fn json(&self, between: &str, end: &str) -> String {
        let mut out = String::new();
        for (name, row) in self.names.list.iter().zip(&self.rows) {
            if !out.is_empty() {
                out.push_str(between);
            }
            let (trials, completed) = (decimal::integer(row.trials), decimal::integer(row.completed));
            out.push_str(
                &["{\"group\":", &quoted(name), ",\"trials\":", &trials, ",\"completed\":", &completed, ",\"metrics\":{"].concat(),
            );
            for (i, (metric, values)) in self.metrics.iter().zip(&row.values).enumerate() {
                let comma = if i == 0 { "" } else { "," };
                let text = stats(values).map_or_else(|| "null".to_string(), |s| s.json());
                out.push_str(&[comma, &quoted(metric), ":", &text].concat());
            }
            out.push_str("}}");
            out.push_str(end);
        }
        out
    }

    /// A row for each group and metric.
    pub fn csv(&self) -> String {
        let mut out = String::from("group,metric,count,mean,min,max,std\n");
        for (name, row) in self.names.list.iter().zip(&self.rows) {
            for (metric, values) in self.metrics.iter().zip(&row.values) {
                let cells = match stats(values) {
                    Some(Stats { count, mean, min, max, std }) => [count, mean, min, max, std],
                    None => ["0", "", "", "", ""].map(str::to_string),
                };
                let cells: Vec<&str> = cells.iter().map(|c| if c == "null" { "" } else { c }).collect();
                csv::row(&mut out, &[&[name.as_str(), metric], cells.as_slice()].concat());
            }
        }
        out
    }
}
