//! Calls of the imported functions themselves, with any numbers for pointers.

use crate::case::{number, text, Case};
use crate::{shown, sized, Outcome};
use guild_hook::abi;

/// The host functions with plain numbers: no pointer here has to be good.
mod host {
    #[cfg(target_arch = "wasm32")]
    #[link(wasm_import_module = "guild_v1")]
    extern "C" {
        pub fn log(level: i32, message: u32, message_len: u32) -> i32;
        pub fn panic_message(message: u32, message_len: u32) -> i32;
        pub fn error_message(buf: u32, cap: u32) -> i32;
        pub fn now() -> i64;
        pub fn random(buf: u32, len: u32) -> i32;
        pub fn param_get(path: u32, path_len: u32, buf: u32, cap: u32) -> i32;
        pub fn event_get(path: u32, path_len: u32, buf: u32, cap: u32) -> i32;
        pub fn deny(reason: u32, reason_len: u32) -> i32;
        pub fn stop(reason: u32, reason_len: u32) -> i32;
        pub fn stage_list(glob: u32, glob_len: u32, buf: u32, cap: u32) -> i32;
        pub fn stage_stat(path: u32, path_len: u32, out: u32) -> i32;
        pub fn stage_read(path: u32, path_len: u32, offset: i64, buf: u32, cap: u32) -> i32;
        pub fn stage_write(path: u32, path_len: u32, mode: i32, data: u32, data_len: u32) -> i32;
        pub fn stage_remove(path: u32, path_len: u32) -> i32;
        pub fn flag_set(name: u32, name_len: u32, json: u32, json_len: u32) -> i32;
        pub fn env_set(name: u32, name_len: u32, value: u32, value_len: u32) -> i32;
        pub fn attr_set(name: u32, name_len: u32, json: u32, json_len: u32) -> i32;
        pub fn plan_set(json: u32, json_len: u32) -> i32;
        pub fn state_get(scope: i32, key: u32, key_len: u32, buf: u32, cap: u32, version: u32) -> i32;
        pub fn state_put(scope: i32, key: u32, key_len: u32, value: u32, value_len: u32, expected: i64) -> i64;
        pub fn state_append(scope: i32, key: u32, key_len: u32, record: u32, record_len: u32) -> i64;
        pub fn answer(json: u32, json_len: u32) -> i32;
        pub fn lock_request() -> i32;
        pub fn emit(topic: u32, topic_len: u32, json: u32, json_len: u32) -> i32;
    }
}

/// The parameters of each function: i and l are numbers, s is a text, b a buffer, o and v are places for a result.
fn letters(function: &str) -> &'static str {
    match function {
        "now" | "lock_request" => "",
        "panic_message" | "deny" | "stop" | "stage_remove" | "plan_set" | "answer" => "s",
        "error_message" | "random" => "b",
        "log" => "is",
        "param_get" | "event_get" | "stage_list" => "sb",
        "flag_set" | "env_set" | "attr_set" | "emit" => "ss",
        "stage_stat" => "so",
        "stage_read" => "slb",
        "stage_write" => "sis",
        "state_get" => "isbv",
        "state_put" => "issl",
        "state_append" => "iss",
        other => panic!("there is no function {other}"),
    }
}

/// The arguments as numbers, and the memory that they point to.
#[derive(Default)]
struct Arguments {
    numbers: Vec<i64>,
    texts: Vec<Vec<u8>>,
    buf: Vec<u8>,
    place: Option<Box<[u8; abi::STAT_SIZE]>>,
}

impl Arguments {
    fn new(case: &Case, round: u32) -> Arguments {
        let mut a = Arguments::default();
        for (letter, word) in letters(case.function).chars().zip(&case.args) {
            a.add(letter, word, round);
        }
        a
    }

    fn add(&mut self, letter: char, word: &str, round: u32) {
        match (letter, word.strip_prefix('@')) {
            ('s' | 'b', Some(at)) => {
                let (pointer, length) = at.split_once(',').expect("a pointer and a length");
                self.numbers.extend([number(pointer), number(length)]);
            }
            (_, Some(at)) => self.numbers.push(number(at)),
            ('s', _) => {
                let text = text(word, round);
                self.numbers.extend([text.as_ptr() as i64, text.len() as i64]);
                self.texts.push(text);
            }
            ('b', _) => {
                self.buf = vec![b'.'; number(word) as usize];
                self.numbers.extend([self.buf.as_mut_ptr() as i64, self.buf.len() as i64]);
            }
            ('o' | 'v', _) if word == "." => {
                let place = self.place.insert(Box::new([b'.'; abi::STAT_SIZE]));
                self.numbers.push(place.as_mut_ptr() as i64);
            }
            _ => self.numbers.push(number(word)),
        }
    }
}

pub fn call(case: &Case, round: u32) -> Outcome {
    let args = Arguments::new(case, round);
    let result = choose(case.function, &args.numbers);
    if result < 0 {
        return Err(result);
    }
    Ok(show(case.function, result, &args))
}

#[cfg(target_arch = "wasm32")]
fn choose(function: &str, a: &[i64]) -> i64 {
    let p = |at: usize| a[at] as u32;
    let i = |at: usize| a[at] as i32;
    // The host judges the numbers.
    let result = unsafe {
        match function {
            "log" => host::log(i(0), p(1), p(2)),
            "panic_message" => host::panic_message(p(0), p(1)),
            "error_message" => host::error_message(p(0), p(1)),
            "now" => return host::now(),
            "random" => host::random(p(0), p(1)),
            "param_get" => host::param_get(p(0), p(1), p(2), p(3)),
            "event_get" => host::event_get(p(0), p(1), p(2), p(3)),
            "deny" => host::deny(p(0), p(1)),
            "stop" => host::stop(p(0), p(1)),
            "stage_list" => host::stage_list(p(0), p(1), p(2), p(3)),
            "stage_stat" => host::stage_stat(p(0), p(1), p(2)),
            "stage_read" => host::stage_read(p(0), p(1), a[2], p(3), p(4)),
            "stage_write" => host::stage_write(p(0), p(1), i(2), p(3), p(4)),
            "stage_remove" => host::stage_remove(p(0), p(1)),
            "flag_set" => host::flag_set(p(0), p(1), p(2), p(3)),
            "env_set" => host::env_set(p(0), p(1), p(2), p(3)),
            "attr_set" => host::attr_set(p(0), p(1), p(2), p(3)),
            "plan_set" => host::plan_set(p(0), p(1)),
            "state_get" => host::state_get(i(0), p(1), p(2), p(3), p(4), p(5)),
            "state_put" => return host::state_put(i(0), p(1), p(2), p(3), p(4), a[5]),
            "state_append" => return host::state_append(i(0), p(1), p(2), p(3), p(4)),
            "answer" => host::answer(p(0), p(1)),
            "lock_request" => host::lock_request(),
            _ => host::emit(p(0), p(1), p(2), p(3)),
        }
    };
    result.into()
}

#[cfg(not(target_arch = "wasm32"))]
fn choose(_: &str, _: &[i64]) -> i64 {
    abi::UNSUPPORTED.into()
}

/// What is shown of a result that is no errno.
fn show(function: &str, result: i64, args: &Arguments) -> String {
    let n = result as usize;
    match function {
        "now" => result.to_string(),
        "error_message" => match n {
            0 => "none".to_string(),
            _ if n > args.buf.len() => ["text", touched(&args.buf)].concat(),
            _ => "text".to_string(),
        },
        "random" if args.buf.is_empty() => "ok".to_string(),
        "random" if args.buf.ends_with(b"........") => "untouched".to_string(),
        "random" => "filled".to_string(),
        "state_put" | "state_append" => format!("v{result}"),
        "param_get" | "event_get" | "stage_list" | "stage_read" | "state_get" => pulled(n, args),
        "stage_stat" => stat(args),
        _ if result == 0 => "ok".to_string(),
        _ => result.to_string(),
    }
}

fn pulled(n: usize, args: &Arguments) -> String {
    let version = match &args.place {
        Some(p) => format!(" v{}", i64::from_le_bytes([p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]])),
        None => String::new(),
    };
    if n > args.buf.len() {
        return format!("{n}{version}{}", touched(&args.buf));
    }
    let (value, beyond) = args.buf.split_at(n);
    let space = if n > 0 { " " } else { "" };
    let beyond = if touched(beyond) == TOUCHED { TOUCHED } else { "" };
    format!("{n}{version}{space}{}{beyond}", shown(value))
}

const TOUCHED: &str = " touched";

fn touched(buf: &[u8]) -> &'static str {
    if buf.iter().all(|c| *c == b'.') {
        " untouched"
    } else {
        TOUCHED
    }
}

fn stat(args: &Arguments) -> String {
    let Some(p) = &args.place else { return sized(b"") };
    let word = |at: usize| u32::from_le_bytes([p[at], p[at + 1], p[at + 2], p[at + 3]]);
    match word(8) {
        abi::KIND_FILE => format!("file {} {:03o}", u64::from(word(0)) | u64::from(word(4)) << 32, word(12)),
        abi::KIND_DIR => "dir".to_string(),
        abi::KIND_SYMLINK => "link".to_string(),
        _ => "other".to_string(),
    }
}
