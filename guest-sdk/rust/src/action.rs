//! What a handler can do: refuse, set, answer, log.

use crate::abi;
use crate::error::{Error, Result};
use crate::json::Value;
use crate::sys;

fn done(errno: i32, what: &str, subject: &str) -> Result<()> {
    if errno < 0 {
        return Err(Error::host(errno.into(), what, subject));
    }
    Ok(())
}

/// Refuses: the action must not go on. The first reason counts. Return soon after.
pub fn deny(reason: impl AsRef<str>) -> Result<()> {
    let reason = reason.as_ref();
    done(unsafe { sys::deny(reason.as_ptr(), reason.len()) }, "deny", "")
}

/// Asks for the running run, or the batch, to end.
pub fn stop(reason: impl AsRef<str>) -> Result<()> {
    let reason = reason.as_ref();
    done(unsafe { sys::stop(reason.as_ptr(), reason.len()) }, "stop", "")
}

/// Sets a flag that the user did not type. Needs the grant `flags.set`.
pub fn set_flag(name: &str, value: impl Into<Value>) -> Result<()> {
    let json = value.into().to_json();
    done(unsafe { sys::flag_set(name.as_ptr(), name.len(), json.as_ptr(), json.len()) }, "set flag", name)
}

/// Sets an environment variable of the process. Needs the grant `env.set`.
pub fn set_env(name: &str, value: impl AsRef<str>) -> Result<()> {
    let value = value.as_ref();
    done(unsafe { sys::env_set(name.as_ptr(), name.len(), value.as_ptr(), value.len()) }, "set variable", name)
}

/// Sets an attribute of the run. Needs the grant `attrs.set`.
pub fn set_attr(name: &str, value: impl Into<Value>) -> Result<()> {
    let json = value.into().to_json();
    done(unsafe { sys::attr_set(name.as_ptr(), name.len(), json.as_ptr(), json.len()) }, "set attribute", name)
}

/// Sets the run's label. Needs the grant `attrs.set`.
pub fn set_label(label: &str) -> Result<()> {
    set_attr("label", label)
}

/// Sets the run's tags. Needs the grant `attrs.set`.
pub fn set_tags<T: Into<Value>>(tags: Vec<T>) -> Result<()> {
    set_attr("tags", tags)
}

/// Replaces the list of trials. Needs the grant `plan.set`.
pub fn set_plan(plan: impl Into<Value>) -> Result<()> {
    set_plan_json(&plan.into().to_json())
}

/// [`set_plan`] with a plan that is JSON text already, which costs a fraction if it has thousands of trials.
pub fn set_plan_json(json: &str) -> Result<()> {
    done(unsafe { sys::plan_set(json.as_ptr(), json.len()) }, "set plan", "")
}

/// Answers a query. The last answer counts.
pub fn answer(value: impl Into<Value>) -> Result<()> {
    let json = value.into().to_json();
    done(unsafe { sys::answer(json.as_ptr(), json.len()) }, "answer", "")
}

/// Adds a record to the run's event stream. Needs the grant `emit`.
pub fn emit(topic: &str, data: impl Into<Value>) -> Result<()> {
    let json = data.into().to_json();
    done(unsafe { sys::emit(topic.as_ptr(), topic.len(), json.as_ptr(), json.len()) }, "emit", topic)
}

/// Asks for the run to be locked when it ends. Needs the grant `lock`.
pub fn request_lock() -> Result<()> {
    done(unsafe { sys::lock_request() }, "request a lock", "")
}

/// The event's time, in nanoseconds since 1970 UTC. It stands still within an event.
pub fn now() -> i64 {
    unsafe { sys::now() }
}

/// Fills `buf` with numbers that are the same for run, hook and event.
pub fn random(buf: &mut [u8]) -> Result<()> {
    for part in buf.chunks_mut(abi::MAX_RANDOM) {
        done(unsafe { sys::random(part.as_mut_ptr(), part.len()) }, "random", "")?;
    }
    Ok(())
}

// A log that cannot be written is no reason to fail.
fn log(level: i32, message: &str) {
    unsafe { sys::log(level, message.as_ptr(), message.len()) };
}

/// Logs one record that is seen when asked for.
pub fn debug(message: impl AsRef<str>) {
    log(abi::LEVEL_DEBUG, message.as_ref());
}

/// Logs one record.
pub fn info(message: impl AsRef<str>) {
    log(abi::LEVEL_INFO, message.as_ref());
}

/// Logs one warning.
pub fn warn(message: impl AsRef<str>) {
    log(abi::LEVEL_WARN, message.as_ref());
}

/// Logs one error. It does not make the hook fail.
pub fn error(message: impl AsRef<str>) {
    log(abi::LEVEL_ERROR, message.as_ref());
}
