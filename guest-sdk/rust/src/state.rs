//! State: what a hook keeps from one event to the next. Memory does not last.

use crate::error::{Error, Result};
use crate::pull::pull;
use crate::{abi, sys};

/// How far a value is seen. Each hook sees only its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// From staging to the end of one run, over restarts.
    Run,
    /// All trials of one batch.
    Batch,
    /// All runs of the project.
    Project,
}

/// Which version a `put` may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Whatever there is, or nothing.
    Any,
    /// Nothing.
    Absent,
    /// Just this one.
    Version(i64),
}

impl Scope {
    fn number(self) -> i32 {
        match self {
            Scope::Run => abi::SCOPE_RUN,
            Scope::Batch => abi::SCOPE_BATCH,
            Scope::Project => abi::SCOPE_PROJECT,
        }
    }

    /// A value and its version, or `None` if there is none.
    pub fn get(self, key: &str) -> Result<Option<(Vec<u8>, i64)>> {
        let mut version = 0;
        let got = pull(|buf, cap| unsafe { sys::state_get(self.number(), key.as_ptr(), key.len(), buf, cap, &mut version) });
        match got {
            Ok(value) => Ok(Some((value, version))),
            Err(abi::NOT_FOUND) => Ok(None),
            Err(e) => Err(Error::host(e.into(), "state", key)),
        }
    }

    /// Sets a value and returns its new version. The error `is_conflict()` when another version is there.
    pub fn put(self, key: &str, value: impl AsRef<[u8]>, expect: Expect) -> Result<i64> {
        let value = value.as_ref();
        let expected = match expect {
            Expect::Any => abi::VERSION_ANY,
            Expect::Absent => abi::VERSION_ABSENT,
            Expect::Version(v) => v,
        };
        match unsafe { sys::state_put(self.number(), key.as_ptr(), key.len(), value.as_ptr(), value.len(), expected) } {
            n if n < 0 => Err(Error::host(n, "state", key)),
            version => Ok(version),
        }
    }

    /// Adds a record and a line feed to a value, making it if absent, and returns its new version.
    pub fn append(self, key: &str, record: impl AsRef<[u8]>) -> Result<i64> {
        let record = record.as_ref();
        match unsafe { sys::state_append(self.number(), key.as_ptr(), key.len(), record.as_ptr(), record.len()) } {
            n if n < 0 => Err(Error::host(n, "state", key)),
            version => Ok(version),
        }
    }
}
