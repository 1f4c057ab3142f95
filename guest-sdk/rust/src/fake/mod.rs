//! A host for tests: it knows what it was told, and remembers what the handler did.
//!
//! ```
//! use guild_hook::{deny, fake::Host, flag, Result};
//!
//! fn check() -> Result {
//!     if flag("lr").float_or(0.0)? > 1.0 {
//!         deny("too fast")?;
//!     }
//!     Ok(())
//! }
//!
//! let host = Host::new().flag("lr", 2.0).call(check);
//! assert_eq!(host.denied.as_deref(), Some("too fast"));
//! ```
//!
//! It does not judge: grants, limits and what each event permits are the real host's business.

pub(crate) mod functions;

use crate::json::Value;
use crate::Result;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// The host. What is `pub` is what the handler did.
#[derive(Debug, Clone, Default)]
pub struct Host {
    document: Vec<(String, Value)>,
    params: Vec<(String, Value)>,
    state: BTreeMap<(i32, String), (Vec<u8>, i64)>,
    time: i64,
    last_error: String,
    /// The staged files.
    pub files: BTreeMap<String, Vec<u8>>,
    /// The files that were written or removed, in order.
    pub touched: Vec<String>,
    /// Why the handler failed.
    pub failure: Option<String>,
    pub denied: Option<String>,
    pub stopped: Option<String>,
    /// Level and text.
    pub logs: Vec<(i32, String)>,
    pub flags_set: Vec<(String, String)>,
    pub env: Vec<(String, String)>,
    pub attrs: Vec<(String, String)>,
    pub plan: Option<String>,
    pub answer: Option<String>,
    pub lock_requested: bool,
    /// Topic and JSON.
    pub emitted: Vec<(String, String)>,
}

thread_local! {
    static HOST: RefCell<Host> = RefCell::default();
}

impl Host {
    pub fn new() -> Host {
        Host::default()
    }

    /// Sets a value of the event document: `set("run.scalars", ...)`.
    pub fn set(mut self, path: &str, value: impl Into<Value>) -> Host {
        set(&mut self.document, path, value.into());
        self
    }

    /// Sets a field of the run.
    pub fn run(self, field: &str, value: impl Into<Value>) -> Host {
        self.set(&format!("run.{field}"), value)
    }

    /// Sets a flag of the run.
    pub fn flag(mut self, name: &str, value: impl Into<Value>) -> Host {
        set(&mut self.document, &format!("run.flags.\"{name}\""), value.into());
        self
    }

    /// Sets a parameter of the hook.
    pub fn param(mut self, path: &str, value: impl Into<Value>) -> Host {
        set(&mut self.params, path, value.into());
        self
    }

    /// Adds a staged file.
    pub fn file(mut self, path: &str, data: impl AsRef<[u8]>) -> Host {
        self.files.insert(path.to_string(), data.as_ref().to_vec());
        self
    }

    /// Sets the event's time, in nanoseconds.
    pub fn time(mut self, nanoseconds: i64) -> Host {
        self.time = nanoseconds;
        self
    }

    /// Calls a handler. State and files last from call to call, the rest is new.
    pub fn call(mut self, handler: fn() -> Result) -> Host {
        let kept = Host { document: self.document, params: self.params, state: self.state, time: self.time, ..Host::default() };
        self = Host { files: self.files, ..kept };
        HOST.with(|h| *h.borrow_mut() = self);
        crate::call(handler);
        HOST.with(|h| h.take())
    }

    /// A staged file as text.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(self.files.get(path).map_or(&[], |d| d)).into_owned()
    }

    fn fail(&mut self, errno: i32, why: &str) -> i32 {
        self.last_error = why.to_string();
        errno
    }
}

/// Splits a path at its dots; a segment in quotes keeps its own.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut quoted = false;
    for c in path.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(String::new()),
            c => parts.last_mut().unwrap().push(c),
        }
    }
    parts
}

fn set(members: &mut Vec<(String, Value)>, path: &str, value: Value) {
    let mut parts = split(path);
    let last = parts.pop().unwrap();
    let mut members = members;
    for part in parts {
        let at = members.iter().position(|(n, _)| *n == part).unwrap_or_else(|| {
            members.push((part, Value::Object(Vec::new())));
            members.len() - 1
        });
        members = match &mut members[at].1 {
            Value::Object(m) => m,
            other => panic!("{path}: {other:?} has no members"),
        };
    }
    members.retain(|(n, _)| *n != last);
    members.push((last, value));
    members.sort_by(|a, b| a.0.cmp(&b.0));
}

fn get(members: &[(String, Value)], path: &str) -> Option<String> {
    if path.is_empty() {
        return Some(Value::Object(members.to_vec()).to_json());
    }
    let mut parts = split(path).into_iter();
    let first = parts.next()?;
    let mut v = &members.iter().find(|(n, _)| *n == first)?.1;
    for part in parts {
        v = match v {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            v => v.get(&part)?,
        };
    }
    Some(v.to_json())
}

/// Whether a glob of `*`, `?` and `**` matches a path.
fn matches(glob: &[u8], path: &[u8]) -> bool {
    match glob {
        [] => path.is_empty(),
        [b'*', b'*', b'/', rest @ ..] => matches(rest, path) || (0..path.len()).any(|i| path[i] == b'/' && matches(rest, &path[i + 1..])),
        [b'*', b'*'] => true,
        [b'*', rest @ ..] => matches(rest, path) || (!path.is_empty() && path[0] != b'/' && matches(glob, &path[1..])),
        [b'?', rest @ ..] => !path.is_empty() && path[0] != b'/' && matches(rest, &path[1..]),
        [c, rest @ ..] => path.first() == Some(c) && matches(rest, &path[1..]),
    }
}
