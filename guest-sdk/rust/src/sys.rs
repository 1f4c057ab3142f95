//! The host functions, as they are imported. On `wasm32` `usize` and pointers are the ABI's `i32`.
//!
//! A module imports only the functions it calls: the linker drops the rest, so a hook asks for no
//! capability that it does not use.

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "guild_v1")]
extern "C" {
    pub fn log(level: i32, message: *const u8, message_len: usize) -> i32;
    pub fn panic_message(message: *const u8, message_len: usize) -> i32;
    pub fn error_message(buf: *mut u8, cap: usize) -> i32;
    pub fn now() -> i64;
    pub fn random(buf: *mut u8, len: usize) -> i32;
    pub fn param_get(path: *const u8, path_len: usize, buf: *mut u8, cap: usize) -> i32;
    pub fn event_get(path: *const u8, path_len: usize, buf: *mut u8, cap: usize) -> i32;
    pub fn deny(reason: *const u8, reason_len: usize) -> i32;
    pub fn stop(reason: *const u8, reason_len: usize) -> i32;
    pub fn stage_list(glob: *const u8, glob_len: usize, buf: *mut u8, cap: usize) -> i32;
    pub fn stage_stat(path: *const u8, path_len: usize, out: *mut u8) -> i32;
    pub fn stage_read(path: *const u8, path_len: usize, offset: i64, buf: *mut u8, cap: usize) -> i32;
    pub fn stage_write(path: *const u8, path_len: usize, mode: i32, data: *const u8, data_len: usize) -> i32;
    pub fn stage_remove(path: *const u8, path_len: usize) -> i32;
    pub fn flag_set(name: *const u8, name_len: usize, json: *const u8, json_len: usize) -> i32;
    pub fn env_set(name: *const u8, name_len: usize, value: *const u8, value_len: usize) -> i32;
    pub fn attr_set(name: *const u8, name_len: usize, json: *const u8, json_len: usize) -> i32;
    pub fn plan_set(json: *const u8, json_len: usize) -> i32;
    pub fn state_get(scope: i32, key: *const u8, key_len: usize, buf: *mut u8, cap: usize, version: *mut i64) -> i32;
    pub fn state_put(scope: i32, key: *const u8, key_len: usize, value: *const u8, value_len: usize, expected: i64) -> i64;
    pub fn state_append(scope: i32, key: *const u8, key_len: usize, record: *const u8, record_len: usize) -> i64;
    pub fn answer(json: *const u8, json_len: usize) -> i32;
    pub fn lock_request() -> i32;
    pub fn emit(topic: *const u8, topic_len: usize, json: *const u8, json_len: usize) -> i32;
}

#[cfg(not(target_arch = "wasm32"))]
pub use crate::fake::functions::*;
