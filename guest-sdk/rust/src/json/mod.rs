//! JSON values: a small reader and writer. Numbers are kept as the text they came as, so that nothing is
//! lost between `1` and `1.0`, and a hook that only passes numbers on links no float code.

mod convert;
mod read;
mod write;

use crate::decimal;
use read::Reader;

pub use read::{parse, ParseError};
pub use write::quote;

/// A JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Value>),
    /// Members in the order they were read or added.
    Object(Vec<(String, Value)>),
}

/// A number, as text in JSON's form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number(String);

impl Number {
    /// A number from text in JSON's form.
    pub fn parse(text: &str) -> Option<Number> {
        let mut r = Reader::new(text);
        let n = r.number().ok()?;
        r.at_end().then_some(n)
    }

    /// The number as it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is written without point and exponent.
    pub fn is_integer(&self) -> bool {
        !self.0.bytes().any(|c| matches!(c, b'.' | b'e' | b'E'))
    }
}

impl Value {
    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(s) => Some(s),
            _ => None,
        }
    }

    /// An integer that is written as one and fits 64 bits.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Number(n) => n.0.parse().ok(),
            _ => None,
        }
    }

    /// A number, as the nearest 64-bit float.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Number(n) => decimal::parse(&n.0),
            _ => None,
        }
    }

    /// A bool.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Value::Bool(b) => Some(*b),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// A member of an object.
    pub fn get(&self, name: &str) -> Option<&Value> {
        match self {
            Value::Object(members) => members.iter().find(|(n, _)| n == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// Sets a member of an object, in its place if it is there already. Does nothing to any other value.
    pub fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Value::Object(members) = self {
            match members.iter_mut().find(|(n, _)| n == name) {
                Some((_, old)) => *old = value.into(),
                None => members.push((name.to_string(), value.into())),
            }
        }
    }

    /// Whether two values are the same to guild: numbers as numbers, so that 1 is 1.0, everything else within its type.
    pub fn is_same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Number(a), Value::Number(b)) => match (a.0.parse::<i64>(), b.0.parse::<i64>()) {
                (Ok(a), Ok(b)) => a == b,
                _ => decimal::parse(&a.0) == decimal::parse(&b.0),
            },
            (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same(b)),
            (a, b) => a == b,
        }
    }

    /// The value as compact JSON text.
    pub fn to_json(&self) -> String {
        let mut out = String::new();
        write::write(&mut out, self);
        out
    }
}
