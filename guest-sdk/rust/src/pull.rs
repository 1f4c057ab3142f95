//! Fetching values of unknown length: offer a buffer, and again with a bigger one if the value did not fit.

use crate::sys;

const FIRST: usize = 1024;

/// Calls `f` with a buffer until what it has fits. The error is its errno.
pub(crate) fn pull(mut f: impl FnMut(*mut u8, usize) -> i32) -> Result<Vec<u8>, i32> {
    let mut buf = Vec::new();
    let mut cap = FIRST;
    loop {
        // Within an event the answer stays the same, so a second round fits.
        match fill(&mut buf, cap, &mut f) {
            n if n < 0 => return Err(n),
            n if n as usize <= cap => return Ok(buf),
            n => cap = n as usize,
        }
    }
}

/// Has `f` write at the end of `buf`, up to `cap` bytes, and takes what it wrote if it fits. The room is not cleared first,
/// which would cost more than the reading.
pub(crate) fn fill(buf: &mut Vec<u8>, cap: usize, f: impl FnOnce(*mut u8, usize) -> i32) -> i32 {
    buf.reserve(cap);
    let n = f(buf.spare_capacity_mut().as_mut_ptr().cast(), cap);
    if n > 0 && n as usize <= cap {
        // The host has written these bytes.
        unsafe { buf.set_len(buf.len() + n as usize) };
    }
    n
}

/// Makes text of bytes that the host promises are UTF-8, without carrying the decoder's error along.
pub(crate) fn text(bytes: Vec<u8>) -> String {
    match String::from_utf8(bytes) {
        Ok(s) => s,
        Err(e) => String::from_utf8_lossy(e.as_bytes()).into_owned(),
    }
}

/// The host's words for the last errno of this event.
pub(crate) fn last_error() -> Option<String> {
    pull(|buf, cap| unsafe { sys::error_message(buf, cap) }).ok().map(text)
}
