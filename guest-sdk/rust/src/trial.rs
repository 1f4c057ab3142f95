//! The trials of a batch, as its events show them.

use crate::error::Result;
use crate::field::event;
use crate::json::Value;

/// One trial: an object of `batch.trials` (abi/SPEC.md section 8). What is not there yet, such as the status of a trial that has not
/// run, reads as empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial(pub Value);

/// The trials of the batch, by index; none outside a batch.
pub fn trials() -> Result<Vec<Trial>> {
    Ok(event("batch.trials").list()?.into_iter().map(Trial).collect())
}

impl Trial {
    fn text(&self, name: &str) -> &str {
        self.0.get(name).and_then(Value::as_str).unwrap_or("")
    }

    fn members(&self, name: &str) -> &[(String, Value)] {
        match self.0.get(name) {
            Some(Value::Object(members)) => members,
            _ => &[],
        }
    }

    /// Its place in the batch.
    pub fn index(&self) -> i64 {
        self.0.get("index").and_then(Value::as_i64).unwrap_or(0)
    }

    /// Its run, once there is one.
    pub fn id(&self) -> &str {
        self.text("id")
    }

    /// Its status: `completed`, `error`, `terminated`, ….
    pub fn status(&self) -> &str {
        self.text("status")
    }

    pub fn is_completed(&self) -> bool {
        self.status() == "completed"
    }

    /// The name of its condition.
    pub fn condition(&self) -> &str {
        self.text("condition")
    }

    /// Which repetition of its condition it is, from 0.
    pub fn replicate(&self) -> i64 {
        self.0.get("replicate").and_then(Value::as_i64).unwrap_or(0)
    }

    /// Its flags, by name.
    pub fn flags(&self) -> &[(String, Value)] {
        self.members("flags")
    }

    /// How long it ran, in seconds.
    pub fn duration(&self) -> Option<f64> {
        self.0.get("duration").and_then(Value::as_f64)
    }

    /// Its output scalars: name to `{last, min, max, count, step}`.
    pub fn scalars(&self) -> &[(String, Value)] {
        self.members("scalars")
    }

    /// The last value of a scalar, unless it is absent or no finite number.
    pub fn scalar(&self, name: &str) -> Option<f64> {
        self.scalars().iter().find(|(n, _)| n == name)?.1.get("last")?.as_f64()
    }
}
