//! The host functions, for a handler that runs natively.

#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

use super::{get, matches, Host, HOST};
use crate::abi;

unsafe fn text(p: *const u8, n: usize) -> String {
    String::from_utf8(data(p, n)).expect("text is UTF-8")
}

unsafe fn data(p: *const u8, n: usize) -> Vec<u8> {
    std::slice::from_raw_parts(p, n).to_vec()
}

unsafe fn give(value: &[u8], buf: *mut u8, cap: usize) -> i32 {
    if value.len() <= cap {
        std::ptr::copy_nonoverlapping(value.as_ptr(), buf, value.len());
    }
    value.len() as i32
}

fn host<T>(f: impl FnOnce(&mut Host) -> T) -> T {
    HOST.with(|h| f(&mut h.borrow_mut()))
}

unsafe fn found(what: &str, value: Option<String>, buf: *mut u8, cap: usize) -> i32 {
    match value {
        Some(v) => give(v.as_bytes(), buf, cap),
        None => host(|h| h.fail(abi::NOT_FOUND, &format!("{what}: not found"))),
    }
}

pub unsafe fn log(level: i32, p: *const u8, n: usize) -> i32 {
    host(|h| h.logs.push((level, text(p, n))));
    0
}
pub unsafe fn panic_message(p: *const u8, n: usize) -> i32 {
    host(|h| h.failure = Some(text(p, n)));
    0
}
pub unsafe fn error_message(buf: *mut u8, cap: usize) -> i32 {
    let message = host(|h| h.last_error.clone());
    give(message.as_bytes(), buf, cap)
}
pub unsafe fn now() -> i64 {
    host(|h| h.time)
}
pub unsafe fn random(buf: *mut u8, n: usize) -> i32 {
    for i in 0..n {
        *buf.add(i) = (i % 251) as u8;
    }
    0
}
pub unsafe fn param_get(p: *const u8, n: usize, buf: *mut u8, cap: usize) -> i32 {
    let path = text(p, n);
    found(&path, host(|h| get(&h.params, &path)), buf, cap)
}
pub unsafe fn event_get(p: *const u8, n: usize, buf: *mut u8, cap: usize) -> i32 {
    let path = text(p, n);
    found(&path, host(|h| get(&h.document, &path)), buf, cap)
}
pub unsafe fn deny(p: *const u8, n: usize) -> i32 {
    host(|h| h.denied.get_or_insert(text(p, n)).len());
    0
}
pub unsafe fn stop(p: *const u8, n: usize) -> i32 {
    host(|h| h.stopped.get_or_insert(text(p, n)).len());
    0
}
pub unsafe fn stage_list(p: *const u8, n: usize, buf: *mut u8, cap: usize) -> i32 {
    let glob = text(p, n);
    let names = host(|h| h.files.keys().filter(|f| matches(glob.as_bytes(), f.as_bytes())).map(|f| format!("{f}\0")).collect::<String>());
    give(names.as_bytes(), buf, cap)
}
pub unsafe fn stage_stat(p: *const u8, n: usize, out: *mut u8) -> i32 {
    let path = text(p, n);
    let Some(size) = host(|h| h.files.get(&path).map(Vec::len)) else {
        return found(&path, None, out, 0);
    };
    let mut stat = [0; abi::STAT_SIZE];
    stat[..8].copy_from_slice(&(size as u64).to_le_bytes());
    stat[8..12].copy_from_slice(&abi::KIND_FILE.to_le_bytes());
    stat[12..16].copy_from_slice(&0o644u32.to_le_bytes());
    give(&stat, out, stat.len());
    0
}
pub unsafe fn stage_read(p: *const u8, n: usize, offset: i64, buf: *mut u8, cap: usize) -> i32 {
    let path = text(p, n);
    let Some(content) = host(|h| h.files.get(&path).cloned()) else {
        return found(&path, None, buf, 0);
    };
    let rest = &content[content.len().min(offset as usize)..];
    give(&rest[..rest.len().min(cap)], buf, cap)
}
pub unsafe fn stage_write(p: *const u8, n: usize, mode: i32, d: *const u8, len: usize) -> i32 {
    let (path, bytes) = (text(p, n), data(d, len));
    if bytes.len() > abi::MAX_DATA {
        return host(|h| h.fail(abi::TOO_BIG, &format!("{path}: the limit of one write is 1 MiB")));
    }
    host(|h| {
        h.touched.push(path.clone());
        let file = h.files.entry(path).or_default();
        if mode == abi::WRITE_REPLACE {
            file.clear();
        }
        file.extend(bytes);
    });
    0
}
pub unsafe fn stage_remove(p: *const u8, n: usize) -> i32 {
    let path = text(p, n);
    if host(|h| h.files.remove(&path)).is_none() {
        return found(&path, None, std::ptr::null_mut(), 0);
    }
    host(|h| h.touched.push(path));
    0
}
pub unsafe fn flag_set(p: *const u8, n: usize, d: *const u8, len: usize) -> i32 {
    host(|h| h.flags_set.push((text(p, n), text(d, len))));
    0
}
pub unsafe fn env_set(p: *const u8, n: usize, d: *const u8, len: usize) -> i32 {
    host(|h| h.env.push((text(p, n), text(d, len))));
    0
}
pub unsafe fn attr_set(p: *const u8, n: usize, d: *const u8, len: usize) -> i32 {
    host(|h| h.attrs.push((text(p, n), text(d, len))));
    0
}
pub unsafe fn plan_set(d: *const u8, len: usize) -> i32 {
    host(|h| h.plan = Some(text(d, len)));
    0
}
pub unsafe fn state_get(scope: i32, p: *const u8, n: usize, buf: *mut u8, cap: usize, version: *mut i64) -> i32 {
    let key = text(p, n);
    match host(|h| h.state.get(&(scope, key.clone())).cloned()) {
        Some((value, v)) => {
            *version = v;
            give(&value, buf, cap)
        }
        None => found(&key, None, buf, 0),
    }
}
pub unsafe fn state_put(scope: i32, p: *const u8, n: usize, d: *const u8, len: usize, expected: i64) -> i64 {
    let (key, value) = (text(p, n), data(d, len));
    host(|h| {
        let have = h.state.get(&(scope, key.clone())).map_or(0, |s| s.1);
        if expected != abi::VERSION_ANY && expected != have {
            return h.fail(abi::CONFLICT, &format!("{key}: version is {have}, not {expected}")).into();
        }
        h.state.insert((scope, key), (value, have + 1));
        have + 1
    })
}
pub unsafe fn state_append(scope: i32, p: *const u8, n: usize, d: *const u8, len: usize) -> i64 {
    let (key, record) = (text(p, n), data(d, len));
    host(|h| {
        let entry = h.state.entry((scope, key)).or_default();
        entry.0.extend(record);
        entry.0.push(b'\n');
        entry.1 += 1;
        entry.1
    })
}
pub unsafe fn answer(d: *const u8, len: usize) -> i32 {
    host(|h| h.answer = Some(text(d, len)));
    0
}
pub unsafe fn lock_request() -> i32 {
    host(|h| h.lock_requested = true);
    0
}
pub unsafe fn emit(p: *const u8, n: usize, d: *const u8, len: usize) -> i32 {
    host(|h| h.emitted.push((text(p, n), text(d, len))));
    0
}
