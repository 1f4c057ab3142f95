//! Staged files: those of the run, or of the project where the event says so.

use crate::error::{Error, Result};
use crate::pull::{fill, pull, text};
use crate::{abi, sys};

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    File,
    Dir,
    Symlink,
    Other,
}

/// What is known of a path. Links are not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// In bytes.
    pub size: u64,
    pub kind: Kind,
    /// Permission bits.
    pub mode: u32,
}

/// The regular files that match a glob, in order.
pub fn list(glob: &str) -> Result<Vec<String>> {
    let bytes = pull(|buf, cap| unsafe { sys::stage_list(glob.as_ptr(), glob.len(), buf, cap) })
        .map_err(|e| Error::host(e.into(), "list", glob))?;
    Ok(text(bytes).split_terminator('\0').map(str::to_string).collect())
}

/// What is known of a path, or `None` if there is nothing.
pub fn stat(path: &str) -> Result<Option<Stat>> {
    let mut out = [0u8; abi::STAT_SIZE];
    match unsafe { sys::stage_stat(path.as_ptr(), path.len(), out.as_mut_ptr()) } {
        abi::NOT_FOUND => return Ok(None),
        n if n < 0 => return Err(Error::host(n.into(), "stat", path)),
        _ => {}
    }
    let word = |at: usize| u32::from_le_bytes([out[at], out[at + 1], out[at + 2], out[at + 3]]);
    Ok(Some(Stat {
        size: u64::from(word(0)) | u64::from(word(4)) << 32,
        kind: match word(8) {
            abi::KIND_FILE => Kind::File,
            abi::KIND_DIR => Kind::Dir,
            abi::KIND_SYMLINK => Kind::Symlink,
            _ => Kind::Other,
        },
        mode: word(12),
    }))
}

/// Reads from `offset` into `buf`. Returns the number of bytes read, 0 at the end of the file.
pub fn read_at(path: &str, offset: u64, buf: &mut [u8]) -> Result<usize> {
    let n = unsafe { sys::stage_read(path.as_ptr(), path.len(), offset as i64, buf.as_mut_ptr(), buf.len()) };
    if n < 0 {
        return Err(Error::host(n.into(), "read", path));
    }
    Ok((n as usize).min(buf.len()))
}

/// The whole content of a file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    const CHUNK: usize = 64 << 10;
    let mut data = Vec::new();
    loop {
        let offset = data.len() as i64;
        let n = fill(&mut data, CHUNK, |buf, cap| unsafe { sys::stage_read(path.as_ptr(), path.len(), offset, buf, cap) });
        if n < 0 {
            return Err(Error::host(n.into(), "read", path));
        }
        if n == 0 {
            return Ok(data);
        }
    }
}

/// The whole content of a file, which must be UTF-8.
pub fn read_to_string(path: &str) -> Result<String> {
    String::from_utf8(read(path)?).map_err(|_| Error::new(["read ", path, ": not UTF-8"].concat()))
}

/// Replaces a file or makes it. Needs the grant `stage.write`.
pub fn write(path: &str, data: impl AsRef<[u8]>) -> Result<()> {
    put(path, abi::WRITE_REPLACE, data.as_ref())
}

/// Adds to the end of a file, making it if absent. Needs the grant `stage.write`.
pub fn append(path: &str, data: impl AsRef<[u8]>) -> Result<()> {
    put(path, abi::WRITE_APPEND, data.as_ref())
}

/// What is over the limit of one write is appended by further ones: the event is one transaction.
fn put(path: &str, mut mode: i32, mut data: &[u8]) -> Result<()> {
    loop {
        let (now, rest) = data.split_at(data.len().min(abi::MAX_DATA));
        let n = unsafe { sys::stage_write(path.as_ptr(), path.len(), mode, now.as_ptr(), now.len()) };
        if n < 0 {
            return Err(Error::host(n.into(), "write", path));
        }
        if rest.is_empty() {
            return Ok(());
        }
        mode = abi::WRITE_APPEND;
        data = rest;
    }
}

/// Removes a file. Needs the grant `stage.write`.
pub fn remove(path: &str) -> Result<()> {
    match unsafe { sys::stage_remove(path.as_ptr(), path.len()) } {
        n if n < 0 => Err(Error::host(n.into(), "remove", path)),
        _ => Ok(()),
    }
}
