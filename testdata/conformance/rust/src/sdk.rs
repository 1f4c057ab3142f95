//! Calls by the SDK.

use crate::case::Case;
use crate::{shown, sized, Outcome};
use guild_hook::stage::{self, Kind};
use guild_hook::{abi, json, Error, Expect, Field, Scope, Value};

pub fn call(case: &Case, round: u32) -> Outcome {
    let text = |at| case.text(at, round);
    match case.function {
        "log" => {
            match case.number(0) as i32 {
                abi::LEVEL_DEBUG => guild_hook::debug(text(1)),
                abi::LEVEL_WARN => guild_hook::warn(text(1)),
                abi::LEVEL_ERROR => guild_hook::error(text(1)),
                _ => guild_hook::info(text(1)),
            }
            Ok("ok".to_string())
        }
        "now" => Ok(guild_hook::now().to_string()),
        "random" => {
            let mut buf = vec![b'.'; case.number(0) as usize];
            done(guild_hook::random(&mut buf))?;
            Ok(if buf.ends_with(b"........") { "untouched" } else { "filled" }.to_string())
        }
        "param_get" => field(guild_hook::param(&text(0))),
        "event_get" => field(guild_hook::event(&text(0))),
        "deny" => done(guild_hook::deny(text(0))),
        "stop" => done(guild_hook::stop(text(0))),
        "stage_list" => {
            let paths = stage::list(&text(0)).map_err(errno)?;
            Ok(sized(&paths.iter().flat_map(|p| [p.as_bytes(), b"\0"].concat()).collect::<Vec<u8>>()))
        }
        "stage_stat" => stat(&text(0)),
        "stage_read" => {
            let mut buf = vec![b'.'; case.number(2) as usize];
            let n = stage::read_at(&text(0), case.number(1) as u64, &mut buf).map_err(errno)?;
            Ok(sized(&buf[..n]))
        }
        "stage_write" if case.number(1) == i64::from(abi::WRITE_APPEND) => done(stage::append(&text(0), text(2))),
        "stage_write" => done(stage::write(&text(0), text(2))),
        "stage_remove" => done(stage::remove(&text(0))),
        "flag_set" => done(guild_hook::set_flag(&text(0), value(&text(1)))),
        "env_set" => done(guild_hook::set_env(&text(0), text(1))),
        "attr_set" => done(attr(&text(0), value(&text(1)))),
        "plan_set" => done(guild_hook::set_plan(value(&text(0)))),
        "state_get" => {
            let (bytes, version) = scope(case).get(&text(1)).map_err(errno)?.ok_or(i64::from(abi::NOT_FOUND))?;
            Ok(match bytes.len() {
                0 => format!("0 v{version}"),
                n => format!("{n} v{version} {}", shown(&bytes)),
            })
        }
        "state_put" => {
            let expect = match case.number(3) {
                abi::VERSION_ANY => Expect::Any,
                abi::VERSION_ABSENT => Expect::Absent,
                n => Expect::Version(n),
            };
            Ok(format!("v{}", scope(case).put(&text(1), text(2), expect).map_err(errno)?))
        }
        "state_append" => Ok(format!("v{}", scope(case).append(&text(1), text(2)).map_err(errno)?)),
        "answer" => done(guild_hook::answer(value(&text(0)))),
        "lock_request" => done(guild_hook::request_lock()),
        "emit" => done(guild_hook::emit(&text(0), value(&text(1)))),
        other => panic!("the SDK has no {other}"),
    }
}

fn errno(e: Error) -> i64 {
    e.errno().into()
}

fn done(result: guild_hook::Result) -> Outcome {
    result.map(|()| "ok".to_string()).map_err(errno)
}

fn field(f: Field) -> Outcome {
    let json = f.json().map_err(errno)?.ok_or(i64::from(abi::NOT_FOUND))?;
    Ok(sized(json.as_bytes()))
}

fn stat(path: &str) -> Outcome {
    let st = stage::stat(path).map_err(errno)?.ok_or(i64::from(abi::NOT_FOUND))?;
    Ok(match st.kind {
        Kind::File => format!("file {} {:03o}", st.size, st.mode),
        Kind::Dir => "dir".to_string(),
        Kind::Symlink => "link".to_string(),
        Kind::Other => "other".to_string(),
    })
}

fn value(text: &str) -> Value {
    json::parse(text).expect("a value for the SDK is JSON")
}

fn attr(name: &str, value: Value) -> guild_hook::Result {
    match (name, &value) {
        ("label", Value::String(label)) => guild_hook::set_label(label),
        ("tags", Value::Array(tags)) => guild_hook::set_tags(tags.clone()),
        _ => guild_hook::set_attr(name, value),
    }
}

fn scope(case: &Case) -> Scope {
    match case.number(0) as i32 {
        abi::SCOPE_RUN => Scope::Run,
        abi::SCOPE_BATCH => Scope::Batch,
        abi::SCOPE_PROJECT => Scope::Project,
        other => panic!("the SDK has no scope {other}"),
    }
}
