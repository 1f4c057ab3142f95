//! Reads tables of cases: `=== NAME`, then parts that are divided by lines of `---`. In them `\r`, `\t`, `\f`, `\x..` and `\0`
//! after a `%` stand for the byte, `%%` for itself, and `%$` at the end of a part takes its last line feed away.

pub struct Case {
    pub name: String,
    pub parts: Vec<Vec<u8>>,
}

pub fn read(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if let Some(name) = bare.strip_prefix("=== ") {
            cases.push(Case { name: name.to_string(), parts: vec![Vec::new()] });
        } else if let Some(case) = cases.last_mut() {
            match bare {
                "---" => case.parts.push(Vec::new()),
                _ => unescape(line, case.parts.last_mut().unwrap()),
            }
        }
    }
    cases
}

fn unescape(line: &str, out: &mut Vec<u8>) {
    let bytes = line.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at] != b'%' {
            out.push(bytes[at]);
            at += 1;
            continue;
        }
        at += 2;
        match bytes[at - 1] {
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'f' => out.push(12),
            b'0' => out.push(0),
            b'%' => out.push(b'%'),
            b'$' => return,
            b'x' => {
                out.push(u8::from_str_radix(&line[at..at + 2], 16).unwrap());
                at += 2;
            }
            c => panic!("%{}", c as char),
        }
    }
}
