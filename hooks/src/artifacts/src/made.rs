//! Which files a run made: those that are there at its end and were not when it was staged, or had another size.

use crate::versions::{self, Made};
use figures::quoted;
use guild_hook::{decimal, event, param, run, set_attr, stage, warn, Expect, Result, Scope, Value};

/// The run's state has a number for each staged file, made of path and size.
const STAGED: &str = "staged";
/// The list, in the run's directory.
const FILE: &str = "artifacts.json";
/// With more files the fuel and the time of an event would not do.
const MOST: usize = 20_000;
/// How many bytes of names of big files, and how many scalars, are remembered of a version.
const MOST_NAMES: usize = 2048;
const MOST_METRICS: usize = 20;

/// FNV-1a.
fn mark(path: &str, size: u64) -> u64 {
    let bytes = path.bytes().chain(size.to_le_bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

pub fn remember() -> Result {
    for glob in param("exclude").texts()? {
        stage::list(&glob)?; // one that is malformed is told before anything is run
    }
    let paths = stage::list("**")?;
    if paths.len() > MOST {
        return Ok(()); // there will be no list
    }
    let mut marks = Vec::with_capacity(paths.len());
    for path in paths {
        if let Some(stat) = stage::stat(&path)? {
            marks.push(mark(&path, stat.size));
        }
    }
    marks.sort_unstable();
    let bytes: Vec<u8> = marks.iter().flat_map(|m| m.to_le_bytes()).collect();
    Scope::Run.put(STAGED, bytes, Expect::Any).map(|_| ())
}

fn remembered() -> Result<Vec<u64>> {
    let bytes = Scope::Run.get(STAGED)?.map_or_else(Vec::new, |(bytes, _)| bytes);
    Ok(bytes.chunks_exact(8).map(|b| u64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]])).collect())
}

pub fn list() -> Result {
    let status = run("status").string_or("")?;
    if status == "denied" {
        return Ok(()); // nothing ran
    }
    let paths = stage::list("**")?;
    let few = paths.len() <= MOST;
    if !few {
        warn(["no artifacts are listed: there are ", &decimal::integer(paths.len() as i64), " files, the limit is 20000"].concat());
    }
    let staged = remembered()?;
    let mut excluded = vec![FILE.to_string()];
    for glob in param("exclude").texts()? {
        excluded.extend(stage::list(&glob)?);
    }
    excluded.sort_unstable();
    let threshold = param("big_file_threshold_mb").float_or(10.0)? * 1_048_576.0;
    let (mut lines, mut total, mut made) = (String::new(), 0, Made { big: Vec::new(), metrics: metrics()? });
    let mut room = MOST_NAMES;
    for path in paths.into_iter().filter(|_| few) {
        let Some(stat) = stage::stat(&path)? else { continue };
        if excluded.binary_search(&path).is_ok() || staged.binary_search(&mark(&path, stat.size)).is_ok() {
            continue;
        }
        if !lines.is_empty() {
            lines.push_str(",\n");
        }
        let (size, mode) = (decimal::integer(stat.size as i64), octal(stat.mode));
        lines.push_str(&["{\"path\":", &quoted(&path), ",\"size\":", &size, ",\"mode\":\"", &mode, "\"}"].concat());
        total += stat.size;
        if stat.size as f64 > threshold && path.len() < room && !path.bytes().any(|c| c.is_ascii_control()) {
            room -= path.len();
            made.big.push(path);
        }
    }
    let (id, op) = (run("id").string_or("")?, run("op").string_or("")?);
    let mut head = ["{\"run\": ", &quoted(&id), ",\n\"op\": ", &quoted(&op), ",\n\"status\": ", &quoted(&status), ",\n"].concat();
    // The trials of a batch are of the batch's version.
    if param("versions").bool_or(true)? && !event("batch").exists() {
        let version = versions::add(&op, &id, made)?;
        set_attr("artifact_version", version.as_str())?;
        head.push_str(&["\"version\": ", &quoted(&version), ",\n"].concat());
    }
    head.push_str(&["\"size\": ", &decimal::integer(total as i64), ",\n\"files\": [\n", &lines, "\n]}\n"].concat());
    stage::write(FILE, head)
}

/// The last values of scalars.
fn metrics() -> Result<Vec<(String, Value)>> {
    let last = |(name, scalar): (String, Value)| (name, scalar.get("last").cloned().unwrap_or(Value::Null));
    Ok(run("scalars").map()?.into_iter().take(MOST_METRICS).map(last).collect())
}

fn octal(mode: u32) -> String {
    (0..4).rev().map(|place| char::from(b'0' + (mode >> (place * 3) & 7) as u8)).collect()
}
