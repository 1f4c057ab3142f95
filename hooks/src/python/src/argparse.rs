//! Options that a file declares with `add_argument`.

use crate::detect::{fits, type_of};
use crate::lex::Kind;
use crate::literal::Reader;
use guild_hook::json::Number;
use guild_hook::{decimal, Value};

/// The flags of a file that imports `argparse` and adds arguments; `None` if it does not.
pub fn options(reader: &Reader) -> Option<Vec<(String, Value)>> {
    let count = reader.tokens.len();
    let imported = (1..count).any(|i| {
        reader.is(i, "argparse") && (reader.is(i - 1, "import") || reader.is(i - 1, "from") || reader.kind(i - 1) == Kind::Op(b','))
    });
    if !imported {
        return None;
    }
    let mut flags: Vec<(String, Value)> = Vec::new();
    let (mut at, mut calls) = (0, false);
    while at < count {
        if !reader.is(at, "add_argument") || reader.kind(at + 1) != Kind::Op(b'(') || at > 0 && reader.is(at - 1, "def") {
            at += 1;
            continue;
        }
        calls = true;
        let (call, end) = arguments(reader, at + 2);
        if let Some((name, flag)) = option(call) {
            if !flags.iter().any(|(n, _)| *n == name) {
                flags.push((name, flag));
            }
        }
        at = end;
    }
    calls.then_some(flags)
}

/// What one call says. A value that is not a literal is `None`.
#[derive(Default)]
struct Call {
    /// Positional arguments.
    names: Vec<Option<Value>>,
    /// Keyword arguments: the word, the literal, and the bytes of its last token.
    words: Vec<(Vec<u8>, Option<Value>, Vec<u8>)>,
}

impl Call {
    fn word(&self, name: &str) -> Option<&(Vec<u8>, Option<Value>, Vec<u8>)> {
        self.words.iter().find(|w| w.0 == name.as_bytes())
    }

    fn literal(&self, name: &str) -> Option<&Value> {
        self.word(name)?.1.as_ref()
    }
}

/// Reads the arguments of a call from after its parenthesis, and says where it ends.
fn arguments(reader: &Reader, from: usize) -> (Call, usize) {
    let mut call = Call::default();
    let (mut at, mut depth) = (from, 0u32);
    let mut start = from;
    while at < reader.tokens.len() {
        match reader.kind(at) {
            Kind::Op(b'(' | b'[' | b'{') => depth += 1,
            Kind::Op(b')' | b']' | b'}') if depth == 0 => {
                argument(reader, start, at, &mut call);
                return (call, at + 1);
            }
            Kind::Op(b')' | b']' | b'}') => depth -= 1,
            Kind::Op(b',') if depth == 0 => {
                argument(reader, start, at, &mut call);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    (Call::default(), at)
}

fn argument(reader: &Reader, from: usize, to: usize, call: &mut Call) {
    if from == to || matches!(reader.kind(from), Kind::Op(b'*') | Kind::Op(0)) {
        return;
    }
    if reader.kind(from) == Kind::Name && reader.kind(from + 1) == Kind::Op(b'=') {
        let literal = reader.literal(from + 2, to).filter(|l| !l.style.special).map(|l| l.value);
        call.words.push((reader.bytes(from).to_vec(), literal, reader.bytes(to - 1).to_vec()));
    } else {
        call.names.push(reader.literal(from, to).map(|l| l.value));
    }
}

/// The flag that a call declares, if it is an option with a value or a switch.
fn option(call: Call) -> Option<(String, Value)> {
    let names: Vec<&str> = call.names.iter().map(|n| n.as_ref().and_then(Value::as_str)).collect::<Option<_>>()?;
    // argparse takes the first long option, or else the first.
    let arg = *names.iter().find(|n| n.starts_with("--")).or_else(|| names.first())?;
    let bare = arg.trim_start_matches('-');
    if !arg.starts_with('-') || bare.is_empty() {
        return None; // a positional argument
    }
    let name = match call.word("dest") {
        Some((_, dest, _)) => dest.as_ref()?.as_str()?.to_string(),
        None => bare.chars().map(|c| if c == '-' { '_' } else { c }).collect(),
    };

    let action = call.word("action").map(|(_, action, _)| action.as_ref().and_then(Value::as_str).unwrap_or(""));
    let default = call.literal("default").filter(|v| fits(v));
    let (mut kind, mut choices) = (Some("bool"), None);
    let default = match action {
        Some("store_true") | Some("store_false") => match default {
            Some(Value::Bool(b)) => Some(Value::Bool(*b)),
            _ => Some(Value::Bool(action == Some("store_false"))),
        },
        None | Some("store") => {
            kind = type_of_option(&call, default);
            choices = call.literal("choices").filter(|c| matches!(c, Value::Array(_)) && fits(c)).cloned();
            let default = default.and_then(|d| converted(d, kind));
            if kind == Some(TRUTH) {
                (kind, choices) = (Some("string"), Some(vec!["1", ""].into()));
            }
            default
        }
        _ => return None, // count, append, help, version: not a value
    };
    let text = |word: &str| call.literal(word).filter(|v| v.as_str().is_some()).cloned();
    let fields = [
        ("arg", Some(arg.into())),
        ("choices", choices),
        ("default", default),
        ("help", text("help")),
        ("required", call.literal("required").filter(|v| v.as_bool() == Some(true)).cloned()),
        ("type", kind.map(Value::from)),
    ];
    let mut flag = Vec::new();
    for (key, value) in fields {
        if let Some(value) = value {
            flag.push((key.to_string(), value));
        }
    }
    Some((name, Value::Object(flag)))
}

/// `type=bool`: an option with a value that is true unless empty. No switch, which is what a bool is on a command
/// line, so it is text of two choices.
const TRUTH: &str = "truth";

/// The type of an option's value.
fn type_of_option(call: &Call, default: Option<&Value>) -> Option<&'static str> {
    if call.word("nargs").is_some_and(|(_, n, _)| n.as_ref().and_then(Value::as_str) != Some("?")) {
        return Some("list");
    }
    match call.word("type") {
        Some((_, None, word)) => match word.as_slice() {
            b"int" => Some("int"),
            b"float" => Some("float"),
            b"str" => Some("string"),
            b"bool" => Some(TRUTH),
            _ => None, // a function of the program's own
        },
        Some(_) => None,
        // Without a type it is text; a default of another type shows what is meant.
        None => match default {
            None | Some(Value::Null) => Some("string"),
            Some(value) => type_of(value),
        },
    }
}

/// A default as the program gets it: argparse reads one that is text as if it had been typed.
fn converted(default: &Value, kind: Option<&str>) -> Option<Value> {
    match (default, kind) {
        (Value::Null, _) => None, // as good as none
        (Value::String(text), Some("int")) => text.trim().parse::<i64>().ok().map(Value::from),
        (Value::String(text), Some("float")) => {
            decimal::parse(text.trim())?;
            Number::parse(text.trim()).map(Value::Number)
        }
        (Value::Bool(b), Some(TRUTH)) => Some(if *b { "1" } else { "" }.into()),
        (_, Some(TRUTH)) => None,
        (value, _) => Some(value.clone()),
    }
}
