//! Why a handler failed.

use crate::abi;
use std::fmt;

/// What went wrong: a host function's errno with its text, or words of the hook's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    errno: i32,
    text: String,
}

/// The result of everything that can fail.
pub type Result<T = ()> = std::result::Result<T, Error>;

impl Error {
    /// An error with words of the hook's own.
    pub fn new(text: impl Into<String>) -> Error {
        Error { errno: 0, text: text.into() }
    }

    /// The errno of the host function that failed (`abi`), or 0.
    pub fn errno(&self) -> i32 {
        self.errno
    }

    /// There is no such path, key or file.
    pub fn is_not_found(&self) -> bool {
        self.errno == abi::NOT_FOUND
    }

    /// The stored version was not the expected one.
    pub fn is_conflict(&self) -> bool {
        self.errno == abi::CONFLICT
    }

    /// The error of a host function: the host's own words, or else what was tried and the errno's name.
    pub(crate) fn host(errno: i64, what: &str, subject: &str) -> Error {
        // A number the ABI does not know is an error as well; it is given as it is.
        let errno = i32::try_from(errno).unwrap_or(i32::MIN);
        let text = match crate::pull::last_error() {
            Some(why) if !why.is_empty() => why,
            _ if subject.is_empty() => [what, ": ", name(errno)].concat(),
            _ => [what, " ", subject, ": ", name(errno)].concat(),
        };
        Error { errno, text }
    }
}

fn name(errno: i32) -> &'static str {
    errno.checked_neg().and_then(|n| abi::ERRNOS.get((n as usize).wrapping_sub(1))).copied().unwrap_or("unknown error")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Error {}

impl From<String> for Error {
    fn from(text: String) -> Error {
        Error::new(text)
    }
}

impl From<&str> for Error {
    fn from(text: &str) -> Error {
        Error::new(text)
    }
}
