//! The built-in hook `no-secrets`: refuses a run into which a credential was staged, and says where it is, never what it is.

mod content;
mod entropy;
mod names;

use content::{Finding, Scanner};
use guild_hook::{decimal, deny, describe, hook, param, params, stage, warn, Result};

const ABOUT: &str = r#"{"name":"no-secrets","version":"1.0.0","description":"refuses runs with credentials in their staged files","events":["on_init","on_run_staged"],"params":{"allow":{"type":"list","items":"string","default":[],"help":"globs of files that are not looked at"},"files":{"type":"list","items":"string","default":[],"help":"globs of further files that must not be staged"},"patterns":{"type":"list","items":"string","default":[],"help":"further texts that must not be in a file"},"max_bytes":{"type":"int","min":0,"max":16777216,"default":262144,"help":"files over this many bytes are looked at up to there"},"max_total":{"type":"int","min":0,"max":1073741824,"default":4194304,"help":"bytes looked at in all; what is left over is told"}}}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_run_staged => scan,
}

pub fn init() -> Result {
    let mut problems = params::problems(ABOUT)?;
    if problems.is_empty() && param("patterns").texts()?.iter().any(|p| p.len() < MIN_PATTERN) {
        problems.push("parameter \"patterns\": a text of less than 4 bytes is in every file".to_string());
    }
    params::refuse(&problems)
}

const MIN_PATTERN: usize = 4;
/// How many findings the refusal names.
const SHOWN: usize = 10;
/// A file with a NUL this near its beginning is no text.
const TEXT: usize = 8000;

pub fn scan() -> Result {
    let mut allowed = Vec::new();
    for glob in param("allow").texts()? {
        allowed.extend(stage::list(&glob)?);
    }
    let mut forbidden = Vec::new();
    for glob in param("files").texts()? {
        forbidden.extend(stage::list(&glob)?);
    }
    allowed.sort_unstable();
    forbidden.sort_unstable();
    let patterns = param("patterns").texts()?;
    let scanner = Scanner::new(&patterns);
    let without = Scanner::new(&[]);
    let max = param("max_bytes").int_or(256 << 10)? as usize;
    let mut left = param("max_total").int_or(4 << 20)? as usize;
    let (mut found, mut unread) = (Vec::new(), 0);
    let mut buf = vec![0; max.min(left)];
    for path in stage::list("**")? {
        if allowed.binary_search(&path).is_ok() {
            continue;
        }
        if let Some(kind) = names::kind(&path) {
            found.push([&path, " (", kind, ")"].concat());
            continue;
        }
        if forbidden.binary_search(&path).is_ok() {
            found.push([&path, " (forbidden by parameter \"files\")"].concat());
            continue;
        }
        if left == 0 {
            unread += 1;
            continue;
        }
        let room = buf.len().min(left);
        let n = fill(&path, &mut buf[..room])?;
        let data = &buf[..n];
        if data[..n.min(TEXT)].contains(&0) {
            continue;
        }
        left -= n;
        // Where the patterns are written they are found.
        let scanner = if path == "guild.toml" { &without } else { &scanner };
        scanner.scan(data, |Finding { at, kind }| {
            let line = 1 + data[..at].iter().filter(|c| **c == b'\n').count();
            found.push([&path, ":", &decimal::integer(line as i64), " (", kind, ")"].concat());
        });
    }
    if unread > 0 {
        warn([&decimal::integer(unread), " files were not looked at: there is more than max_total"].concat());
    }
    if found.is_empty() {
        return Ok(());
    }
    let mut reason = String::from("credentials must not be staged: ");
    for (i, place) in found.iter().take(SHOWN).enumerate() {
        reason.push_str(if i == 0 { "" } else { ", " });
        reason.push_str(place);
    }
    if found.len() > SHOWN {
        reason.push_str(&[", and ", &decimal::integer((found.len() - SHOWN) as i64), " more"].concat());
    }
    deny(reason)
}

/// Reads the beginning of a file.
fn fill(path: &str, buf: &mut [u8]) -> Result<usize> {
    let mut n = 0;
    while n < buf.len() {
        match stage::read_at(path, n as u64, &mut buf[n..])? {
            0 => break,
            more => n += more,
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests;
