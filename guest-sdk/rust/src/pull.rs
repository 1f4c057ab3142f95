//! Fetching values of unknown length: offer a buffer, and again with a bigger one if the value did not fit.

use crate::sys;

const FIRST: usize = 1024;

/// Calls `f` with a buffer until what it has fits. The error is its errno.
pub(crate) fn pull(mut f: impl FnMut(*mut u8, usize) -> i32) -> Result<Vec<u8>, i32> {
    let mut buf = vec![0; FIRST];
    loop {
        let n = f(buf.as_mut_ptr(), buf.len());
        if n < 0 {
            return Err(n);
        }
        let n = n as usize;
        if n <= buf.len() {
            buf.truncate(n);
            return Ok(buf);
        }
        // Within an event the answer stays the same, so the second round fits.
        buf.clear();
        buf.resize(n, 0);
    }
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
