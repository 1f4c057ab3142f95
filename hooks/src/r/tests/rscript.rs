//! R itself reads what is written, and finds what is found. Skipped, saying so, without `Rscript`.

mod common;

use guild_hook::{json, Value};
use r::{detect::detect, rewrite::rewrite};
use std::process::Command;

/// Evaluates R and returns what it prints.
fn rscript(program: &str, input: &[u8]) -> Option<String> {
    let file = std::env::temp_dir().join(format!("guild-r-{}-{:?}.R", std::process::id(), std::thread::current().id()));
    std::fs::write(&file, input).unwrap();
    let out = Command::new("Rscript").args(["--vanilla", "-e", program]).arg(&file).env("LC_ALL", "C.UTF-8").output();
    std::fs::remove_file(&file).unwrap();
    match out {
        Err(_) => {
            eprintln!("skipped: Rscript is not on PATH");
            None
        }
        Ok(out) => {
            assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
            Some(String::from_utf8(out.stdout).unwrap())
        }
    }
}

/// Prints each variable `x1`, `x2`, … of a file: its type, and its value as code points or 17 digits.
const PRINT: &str = r#"
e <- new.env(); sys.source(commandArgs(TRUE)[1], e, keep.source = FALSE)
for (i in seq_along(ls(e))) {
  v <- get(paste0("x", i), e)
  s <- if (is.null(v)) "" else if (is.character(v)) paste(utf8ToInt(v), collapse = " ") else if (is.numeric(v)) sprintf("%.17g", v) else as.character(v)
  cat(class(v), s, "\n")
}"#;

#[test]
fn reads_what_is_written() {
    let texts = ["x", "it's", "a \"b\"", "'\"\\", "\n\r\t\u{1b}\u{7f}1", "é\u{a0}\u{2028}漢😀", "%s", "`"];
    let numbers = [
        "0",
        "-1",
        "1.0",
        "1e-05",
        "1e+22",
        "-0.5",
        "2147483647",
        "-2147483648",
        "0.30000000000000004",
        "1.7976931348623157e+308",
        "123456789012345.6",
        "1e-310",
    ];
    let mut values: Vec<Value> = texts.iter().map(|t| Value::from(*t)).collect();
    values.extend(numbers.iter().map(|n| json::parse(n).unwrap()));
    values.extend([Value::Null, true.into(), false.into()]);
    let mut source = String::new();
    let mut want = String::new();
    let mut count = 0;
    for value in &values {
        for old in ["7", "7L", "'a\nb'", "NULL", "(\n'a')"] {
            count += 1;
            source.push_str(&format!("x{count} <- {old}\n"));
            want.push_str(&match value {
                Value::String(s) => format!("character {} \n", s.chars().map(|c| (c as u32).to_string()).collect::<Vec<_>>().join(" ")),
                Value::Number(n) => {
                    let whole = n.is_integer() && n.as_str().parse::<i32>().is_ok_and(|n| n > i32::MIN) && old == "7L";
                    format!("{} {} \n", if whole { "integer" } else { "numeric" }, n.as_str())
                }
                Value::Bool(b) => format!("logical {} \n", if *b { "TRUE" } else { "FALSE" }),
                _ => "NULL  \n".to_string(),
            });
        }
    }
    let flags: Vec<_> = (0..count).map(|i| (format!("x{}", i + 1), values[i / 5].clone())).collect();
    let out = rewrite(source.as_bytes(), &flags).unwrap().unwrap();
    let Some(have) = rscript(PRINT, &out) else { return };
    assert_eq!(have.lines().count(), count);
    for (i, (have, want)) in have.lines().zip(want.lines()).enumerate() {
        let same = match (have.strip_prefix("numeric "), want.strip_prefix("numeric ")) {
            (Some(have), Some(want)) => have.trim().parse::<f64>().unwrap() == want.trim().parse::<f64>().unwrap(),
            _ => have == want,
        };
        assert!(same, "x{}: {have}, not {want}", i + 1);
    }
}

/// Prints the names to which R's own parser says a literal is assigned at the top level, first one first.
const PARSE: &str = r#"
literal <- function(v) {
  if (is.call(v) && identical(v[[1]], as.name("(")) && length(v) == 2) return(literal(v[[2]]))
  if (is.call(v) && length(v) == 2 && as.character(v[[1]]) %in% c("-", "+")) return(is.numeric(v[[2]]))
  is.null(v) || (is.numeric(v) && is.finite(v)) || is.logical(v) || is.character(v) || (is.atomic(v) && length(v) == 1 && is.na(v) && !is.complex(v) && !is.nan(v))
}
seen <- c()
for (e in as.list(parse(commandArgs(TRUE)[1], keep.source = FALSE))) {
  if (!is.call(e) || length(e) != 3 || !(as.character(e[[1]])[1] %in% c("<-", "=")) || !is.name(e[[2]])) next
  name <- as.character(e[[2]])
  if (literal(e[[3]]) && !(name %in% seen) && !grepl("^[.]|[ =\"]", name)) { seen <- c(seen, name); cat(name, "\n") }
}"#;

#[test]
fn finds_what_r_finds() {
    let mut source = Vec::new();
    // The sources of the table that R can read, one after the other under names of their own.
    for case in common::read(include_str!("rewrite.txt")) {
        let broken = [
            "no literals",
            "text without end",
            "bracket without end",
            "too many closing brackets",
            "reserved words",
            "Latin-1",
            "byte order mark",
            "nested is no top level",
            "no line feed at the end",
        ];
        if !broken.contains(&case.name.as_str()) {
            source.extend(&case.parts[1]);
            source.push(b'\n');
        }
    }
    source.extend(b"if (FALSE)\nzz1 <- 1\nzz2 <- 1\nf <- function(x)\nzz3 <- 1\nzz4 <-\n\n1\nzz5 <- (1)\nzz6 <- 2^8\nzz7 <- -1L\nfor (i in 1)\nzz8 <- 1\ng <- \\(x)\nzz9 <- 1\n{\nzz10 <- 1\n}\n");
    let Some(Value::Object(flags)) = detect(&source).get("flags").cloned() else { panic!() };
    let have: Vec<String> = flags.into_iter().map(|f| f.0).collect();
    let Some(out) = rscript(PARSE, &source) else { return };
    let want: Vec<&str> = out.lines().map(str::trim).collect();
    assert!(want.len() > 10, "{want:?}");
    assert_eq!(have, want);
}
