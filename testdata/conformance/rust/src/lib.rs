//! The conformance guest on the Rust SDK: it reads its cases from the parameter "cases", makes each call, and logs one line
//! about it. See README.md one folder up.
//!
//! A case is made by the SDK, as a hook would do it; one that is marked with "!" goes to the imported function itself,
//! because the SDK would not let it through.

mod case;
mod raw;
mod sdk;

use case::Case;
use guild_hook::{abi, event, hook, info, json, param, Result};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::Mutex;

hook! {
    on_init => run,
    on_flags_detect => run,
    on_flags_composed => run,
    on_batch_begin => run,
    batch_strategy => run,
    on_batch_plan => run,
    on_run_skipped => run,
    on_run_staged => run,
    on_restart_begin => run,
    on_run_begin => run,
    on_step_begin => run,
    on_step_end => run,
    on_run_progress => run,
    on_run_end => run,
    on_lock_end => run,
    on_trial_end => run,
    on_batch_end => run,
    on_verify_end => run,
    on_unlock_begin => run,
    on_unlock_end => run,
    on_delete_begin => run,
    on_delete_end => run,
}

/// What a call came to: what is shown of its result, or an errno.
type Outcome = std::result::Result<String, i64>;

/// Events so far. A host must make this 0 again before each.
static COUNT: AtomicU32 = AtomicU32::new(0);

/// The lines of the initialisation, to be logged in an event.
static SAVED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[cfg(target_arch = "wasm32")]
#[no_mangle]
extern "C" fn _initialize() {
    let lines = cases("init").and_then(|lines| lines.iter().map(|line| perform(line)).collect());
    *SAVED.lock().unwrap() = lines.unwrap_or_else(|e: guild_hook::Error| vec![e.to_string()]);
}

fn run() -> Result {
    let part = event("kit.part").string_or("")?;
    let name = event("event.name").string_or("")?;
    info(format!("begin {name} {part} {}", COUNT.fetch_add(1, Ordering::Relaxed)));
    if part == "init" {
        SAVED.lock().unwrap().iter().for_each(info);
        return Ok(());
    }
    for line in cases(&part)? {
        info(perform(&line)?);
    }
    Ok(())
}

/// The cases of a part.
fn cases(part: &str) -> Result<Vec<String>> {
    match param(&["cases.", part].concat()).value()? {
        Some(json::Value::Array(lines)) => Ok(lines.iter().filter_map(|l| l.as_str().map(str::to_string)).collect()),
        _ => Err(format!("no cases for {part}").into()),
    }
}

/// Does what a line says, and returns a line about it.
fn perform(line: &str) -> Result<String> {
    let case = Case::new(line);
    match case.function {
        "fail" => return Err(case.name.into()),
        "trap" => panic!("as told"),
        _ => {}
    }
    let call = |round| if case.raw { raw::call(&case, round) } else { sdk::call(&case, round) };
    let shown = if case.times == 1 {
        call(0).unwrap_or_else(errno)
    } else {
        match (0..case.times).find_map(|round| call(round).err().map(|e| (round, e))) {
            Some((round, e)) => format!("{round} ok, then {}", errno(e)),
            None => format!("{} ok", case.times),
        }
    };
    Ok(format!("{} {} {shown}", case.function, case.name))
}

fn errno(e: i64) -> String {
    match abi::ERRNOS.get((-1 - e) as usize) {
        Some(name) => name.to_string(),
        None => e.to_string(),
    }
}

/// Bytes as they may be logged: what is not printable ASCII is "|".
fn shown(bytes: &[u8]) -> String {
    bytes.iter().map(|c| if (b' '..=b'~').contains(c) { *c as char } else { '|' }).collect()
}

/// A length and what it is the length of.
fn sized(bytes: &[u8]) -> String {
    match bytes {
        [] => "0".to_string(),
        _ => format!("{} {}", bytes.len(), shown(bytes)),
    }
}
