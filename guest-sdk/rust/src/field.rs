//! Values of the event and of the hook's parameters, by dotted path.

use crate::error::{Error, Result};
use crate::json::{self, Value};
use crate::pull::{pull, text};
use crate::{abi, decimal, sys};

/// One value, which may be absent. Absent is not null: null is a value, which is not a number, text or bool.
///
/// The getters return `Ok(None)` when the value is absent, and an error that names it when it is of another type.
#[derive(Debug, Clone)]
pub struct Field {
    // For errors.
    kind: &'static str,
    name: String,
    // JSON as the host gave it, or its errno.
    json: std::result::Result<Option<String>, Error>,
}

/// The value at a dotted path of the event document: `event("run.scalars.loss.last")`. The empty path is the whole.
pub fn event(path: &str) -> Field {
    Field::get(path, "event ", path, |p, n, buf, cap| unsafe { sys::event_get(p, n, buf, cap) })
}

/// A field of the run: `run("op")`.
pub fn run(name: &str) -> Field {
    event(&["run.", name].concat())
}

/// A flag of the run, by its name as the user types it.
pub fn flag(name: &str) -> Field {
    let path = ["run.flags.", &segment(name)].concat();
    Field::get(&path, "flag ", name, |p, n, buf, cap| unsafe { sys::event_get(p, n, buf, cap) })
}

/// All flags of the run, by name, in order.
pub fn flags() -> Result<Vec<(String, Value)>> {
    match event("run.flags").value()? {
        Some(Value::Object(members)) => Ok(members),
        _ => Ok(Vec::new()),
    }
}

/// The flags of the operation itself: those of `flags` that do not say which run of another operation is used.
pub fn own_flags() -> Result<Vec<(String, Value)>> {
    let upstream = run("upstream").list()?;
    let mut own = flags()?;
    own.retain(|(name, _)| !upstream.iter().any(|up| up.get("op").and_then(Value::as_str) == Some(name)));
    Ok(own)
}

/// A parameter of the hook, from its table in guild.toml.
pub fn param(path: &str) -> Field {
    Field::get(path, "parameter ", path, |p, n, buf, cap| unsafe { sys::param_get(p, n, buf, cap) })
}

/// A name as one segment of a path: with quotes if it has a dot in it.
pub(crate) fn segment(name: &str) -> String {
    if name.contains('.') {
        ["\"", name, "\""].concat()
    } else {
        name.to_string()
    }
}

impl Field {
    fn get(path: &str, kind: &'static str, name: &str, f: impl Fn(*const u8, usize, *mut u8, usize) -> i32) -> Field {
        let json = match pull(|buf, cap| f(path.as_ptr(), path.len(), buf, cap)) {
            Ok(bytes) => Ok(Some(text(bytes))),
            Err(abi::NOT_FOUND) => Ok(None),
            Err(errno) => Err(Error::host(errno.into(), kind.trim_end(), name)),
        };
        Field { kind, name: name.to_string(), json }
    }

    /// The value as JSON text.
    pub fn json(&self) -> Result<Option<&str>> {
        match &self.json {
            Ok(json) => Ok(json.as_deref()),
            Err(e) => Err(e.clone()),
        }
    }

    /// The value, parsed.
    pub fn value(&self) -> Result<Option<Value>> {
        match self.json()? {
            None => Ok(None),
            Some(text) => json::parse(text).map(Some).map_err(|e| self.error(&e.to_string())),
        }
    }

    /// Whether there is a value, be it null.
    pub fn exists(&self) -> bool {
        matches!(self.json, Ok(Some(_)))
    }

    /// Whether there is a value and it is null.
    pub fn is_null(&self) -> bool {
        matches!(&self.json, Ok(Some(text)) if text == "null")
    }

    /// Text.
    pub fn string(&self) -> Result<Option<String>> {
        match self.json()? {
            None => Ok(None),
            Some(text) if text.starts_with('"') => match json::parse(text) {
                Ok(Value::String(s)) => Ok(Some(s)),
                _ => Err(self.mismatch("text")),
            },
            Some(_) => Err(self.mismatch("text")),
        }
    }

    /// An integer of 64 bits. A float without a fraction is not one.
    pub fn int(&self) -> Result<Option<i64>> {
        match self.json()? {
            None => Ok(None),
            Some(text) => text.parse().map(Some).map_err(|_| self.mismatch("an integer")),
        }
    }

    /// A number, integer or not.
    pub fn float(&self) -> Result<Option<f64>> {
        match self.json()? {
            None => Ok(None),
            Some(text) => decimal::parse(text).map(Some).ok_or_else(|| self.mismatch("a number")),
        }
    }

    /// A bool.
    pub fn bool(&self) -> Result<Option<bool>> {
        match self.json()? {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(self.mismatch("a bool")),
        }
    }

    /// The items of a list; none when absent.
    pub fn list(&self) -> Result<Vec<Value>> {
        match self.value()? {
            None => Ok(Vec::new()),
            Some(Value::Array(items)) => Ok(items),
            Some(_) => Err(self.mismatch("a list")),
        }
    }

    /// The items of a list of text; none when absent.
    pub fn texts(&self) -> Result<Vec<String>> {
        let text = |item| match item {
            Value::String(s) => Ok(s),
            _ => Err(self.mismatch("a list of text")),
        };
        self.list()?.into_iter().map(text).collect()
    }

    /// The members of a map; none when absent.
    pub fn map(&self) -> Result<Vec<(String, Value)>> {
        match self.value()? {
            None => Ok(Vec::new()),
            Some(Value::Object(members)) => Ok(members),
            Some(_) => Err(self.mismatch("a map")),
        }
    }

    /// Text, or `default` when absent.
    pub fn string_or(&self, default: &str) -> Result<String> {
        Ok(self.string()?.unwrap_or_else(|| default.to_string()))
    }

    /// An integer, or `default` when absent.
    pub fn int_or(&self, default: i64) -> Result<i64> {
        Ok(self.int()?.unwrap_or(default))
    }

    /// A number, or `default` when absent.
    pub fn float_or(&self, default: f64) -> Result<f64> {
        Ok(self.float()?.unwrap_or(default))
    }

    /// A bool, or `default` when absent.
    pub fn bool_or(&self, default: bool) -> Result<bool> {
        Ok(self.bool()?.unwrap_or(default))
    }

    fn error(&self, what: &str) -> Error {
        Error::new([self.kind, &self.name, ": ", what].concat())
    }

    fn mismatch(&self, want: &str) -> Error {
        let have = self.json.as_ref().ok().and_then(|j| j.as_deref()).unwrap_or("");
        Error::new([self.kind, &self.name, " is ", have, ", not ", want].concat())
    }
}
