//! The trials of a batch, as its events show them.

use crate::decimal;
use crate::error::Result;
use crate::field::{event, segment, Field};
use crate::json::Value;

/// One trial: an element of `batch.trials` (abi/SPEC.md section 8). What is not there yet, such as the status of a trial that has not
/// run, reads as empty. Only what is asked for is read: a batch may have many thousands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial(String);

/// The trials of the batch, by index; none outside a batch.
pub fn trials() -> impl Iterator<Item = Trial> {
    (0..).map(|n| Trial(decimal::integer(n))).take_while(|trial| trial.field("index").exists())
}

impl Trial {
    /// A field of it by dotted path; all of it for the empty path.
    pub fn field(&self, path: &str) -> Field {
        let dot = if path.is_empty() { "" } else { "." };
        event(&["batch.trials.", &self.0, dot, path].concat())
    }

    /// Its place in the batch as people are told: counted from 1.
    pub fn number(&self) -> String {
        decimal::integer(self.0.parse().unwrap_or(0) + 1)
    }

    /// Its place in the batch, as text.
    pub fn index(&self) -> &str {
        &self.0
    }

    /// Its run, once there is one.
    pub fn id(&self) -> Result<String> {
        self.field("id").string_or("")
    }

    /// Its status: `completed`, `error`, `terminated`, ….
    pub fn status(&self) -> Result<String> {
        self.field("status").string_or("")
    }

    pub fn is_completed(&self) -> Result<bool> {
        Ok(self.field("status").json()? == Some("\"completed\""))
    }

    /// The name of its condition.
    pub fn condition(&self) -> Result<String> {
        self.field("condition").string_or("")
    }

    /// Which repetition of its condition it is, from 0.
    pub fn replicate(&self) -> Result<i64> {
        self.field("replicate").int_or(0)
    }

    /// How long it ran, in seconds.
    pub fn duration(&self) -> Result<Option<f64>> {
        self.field("duration").float()
    }

    /// Its flags, by name.
    pub fn flags(&self) -> Result<Vec<(String, Value)>> {
        self.field("flags").map()
    }

    /// A flag, as [`flag`](crate::flag) is one of the run.
    pub fn flag(&self, name: &str) -> Field {
        self.field(&["flags.", &segment(name)].concat())
    }

    /// Its output scalars: name to `{last, min, max, count, step}`.
    pub fn scalars(&self) -> Result<Vec<(String, Value)>> {
        self.field("scalars").map()
    }

    /// The last value of a scalar. It is null if it is no finite number.
    pub fn scalar(&self, name: &str) -> Field {
        self.field(&["scalars.", &segment(name), ".last"].concat())
    }
}
