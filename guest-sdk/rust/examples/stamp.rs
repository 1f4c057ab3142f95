//! Writes where a run came from into its staged main file: a comment with the run's id, operation and flags.
//!
//! Needs the grant `stage.write` for the main file.

use guild_hook::{describe, flags, hook, info, run, stage, Result};

describe!(
    r#"{"name":"stamp","version":"1.0.0","description":"writes run id, operation and flags into the staged main file","events":["on_run_staged"],"allow":["stage.write:**"]}"#
);

hook! {
    on_run_staged => stamp,
}

fn stamp() -> Result {
    let Some(main) = run("main").string()? else {
        return Ok(()); // an operation without a script
    };
    let Some((open, close)) = comment(&main) else {
        info(["no comment syntax known for ", &main].concat());
        return Ok(());
    };
    let source = stage::read(&main)?;
    let at = header_end(&source);
    let newline = if source.windows(2).any(|w| w == b"\r\n") { "\r\n" } else { "\n" };

    let mut lines = vec![["run ", &run("id").string_or("")?, " of ", &run("op").string_or("")?].concat()];
    for (name, value) in flags()? {
        lines.push(["flag ", &name, " = ", &value.to_json()].concat());
    }
    let mut out = source[..at].to_vec();
    for line in lines {
        out.extend([open, "guild: ", &harmless(&line), close, newline].concat().bytes());
    }
    out.extend(&source[at..]);
    stage::write(&main, out)
}

/// Text that does not end the comment it stands in: no line breaks, no `*/`, no `-->`.
fn harmless(text: &str) -> String {
    let mut out = String::new();
    let mut last = ' ';
    for c in text.chars() {
        let c = if c < ' ' || c == '\u{7f}' { ' ' } else { c };
        if matches!((last, c), ('*', '/') | ('-', '>')) {
            out.push(' ');
        }
        out.push(c);
        last = c;
    }
    out
}

/// What begins and ends a comment of one line in a file of this name.
fn comment(path: &str) -> Option<(&'static str, &'static str)> {
    let name = path.rsplit('/').next()?;
    Some(match name.rsplit_once('.')?.1 {
        "py" | "R" | "r" | "sh" | "bash" | "jl" | "rb" | "pl" | "yaml" | "yml" | "toml" => ("# ", ""),
        "js" | "mjs" | "ts" | "go" | "rs" | "c" | "cc" | "cpp" | "h" | "java" | "scala" | "kt" | "swift" => ("// ", ""),
        "lua" | "sql" | "hs" => ("-- ", ""),
        "m" | "tex" | "erl" => ("% ", ""),
        "css" => ("/* ", " */"),
        "html" | "xml" | "md" => ("<!-- ", " -->"),
        _ => return None,
    })
}

/// Where the first line is over that need not stay first: after a byte order mark, a shebang line, and a line that says the coding.
fn header_end(source: &[u8]) -> usize {
    let mut at = if source.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    for first in [true, false] {
        let line = source[at..].split_inclusive(|c| *c == b'\n').next().unwrap_or_default();
        let coding = line.starts_with(b"#") && line.windows(7).any(|w| w.starts_with(b"coding") && matches!(w[6], b':' | b'='));
        if line.ends_with(b"\n") && (coding || first && line.starts_with(b"#!")) {
            at += line.len();
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::fake::Host;

    fn stamped(main: &str, source: &str) -> String {
        let host = Host::new().run("main", main).run("id", "aaa").run("op", "train").flag("lr", 0.1).flag("name", "a\nb");
        let host = host.file(main, source).call(stamp);
        assert_eq!(host.failure, None);
        host.text(main)
    }

    #[test]
    fn places() {
        let head = "# guild: run aaa of train\n# guild: flag lr = 0.1\n# guild: flag name = \"a\\nb\"\n";
        for (before, after) in [
            ("", "x = 1\n"),
            ("#!/usr/bin/env python\n", "x\n"),
            ("#!/bin/sh\n# -*- coding: utf-8 -*-\n", "x\n"),
            ("# coding=latin-1\n", ""),
            ("\u{feff}", "x = 1\n"),
            ("", ""),
        ] {
            assert_eq!(stamped("train.py", &[before, after].concat()), [before, head, after].concat());
        }
        assert_eq!(stamped("a/b.html", "<p>\r\n").lines().next(), Some("<!-- guild: run aaa of train -->"));
        assert_eq!(stamped("a/b.css", "x {}\r\n").matches("\r\n").count(), 4);
        assert_eq!(stamped("Makefile", "all:\n"), "all:\n");
        assert_eq!(stamped("dir.py/x", "all:\n"), "all:\n");
        assert_eq!(Host::new().call(stamp).failure, None);
    }
}
