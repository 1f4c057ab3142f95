//! What the built-in hooks say of batches in numbers: groups of trials, their statistics, and times for people.

use guild_hook::{decimal, json, Result, Trial, Value};

/// Names, each with the place it was first seen at.
#[derive(Default)]
pub struct Names {
    pub list: Vec<String>,
    sorted: Vec<usize>,
}

impl Names {
    /// The place of a name, a new one if it was not seen before.
    pub fn place(&mut self, name: String) -> usize {
        match self.sorted.binary_search_by(|i| self.list[*i].cmp(&name)) {
            Ok(at) => self.sorted[at],
            Err(at) => {
                self.sorted.insert(at, self.list.len());
                self.list.push(name);
                self.list.len() - 1
            }
        }
    }
}

/// The group of a trial, together with others that differ in nothing but what repetitions differ in: its condition, or if that has no
/// name its flags but those in `over`.
pub fn group(trial: &Trial, over: &[String]) -> Result<String> {
    let condition = trial.condition()?;
    if condition.is_empty() {
        return Ok(flags_text(&trial.flags()?, over));
    }
    Ok(condition)
}

/// Flags as people type them, without those in `over`.
pub fn flags_text(flags: &[(String, Value)], over: &[String]) -> String {
    let mut out = String::new();
    for (name, value) in flags.iter().filter(|(n, _)| !over.contains(n)) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(name);
        out.push('=');
        match value {
            Value::String(text) => out.push_str(text),
            other => out.push_str(&other.to_json()),
        }
    }
    out
}

/// What is known of some numbers, as JSON text.
#[derive(Debug, PartialEq)]
pub struct Stats {
    pub count: String,
    pub mean: String,
    pub min: String,
    pub max: String,
    /// Of a sample: with n - 1. `null` for one number, which has none.
    pub std: String,
}

/// The mean of some numbers; none of none.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The statistics of numbers, given as JSON text; none of none. What is no number, such as null, is left out.
pub fn stats(texts: &[String]) -> Option<Stats> {
    let numbers: Vec<(f64, &String)> = texts.iter().filter_map(|t| Some((decimal::parse(t)?, t))).collect();
    let values: Vec<f64> = numbers.iter().map(|n| n.0).collect();
    let mean = mean(&values)?;
    let squares: f64 = values.iter().map(|v| (v - mean) * (v - mean)).sum();
    let std = if values.len() > 1 { number((squares / (values.len() - 1) as f64).sqrt()) } else { "null".to_string() };
    // The extremes are numbers that were given: as they were.
    let (mut min, mut max) = (numbers[0], numbers[0]);
    for n in numbers {
        min = if n.0 < min.0 { n } else { min };
        max = if n.0 > max.0 { n } else { max };
    }
    Some(Stats { count: decimal::integer(values.len() as i64), mean: number(mean), min: min.1.clone(), max: max.1.clone(), std })
}

impl Stats {
    /// As a JSON object.
    pub fn json(&self) -> String {
        let Stats { count, mean, min, max, std } = self;
        ["{\"count\":", count, ",\"mean\":", mean, ",\"min\":", min, ",\"max\":", max, ",\"std\":", std, "}"].concat()
    }
}

/// A number of 12 digits that count, as JSON has it; all that the library's exact way has more is 20 KB of code.
pub fn number(n: f64) -> String {
    const DIGITS: i32 = 12;
    let size = n.abs();
    if size == 0.0 {
        return "0".to_string();
    }
    if !size.is_finite() {
        return "null".to_string();
    }
    // size = scaled * 10^exponent, with scaled from 10^11 to 10^12.
    let (mut scaled, mut exponent) = (size, 0);
    while scaled < 1e11 {
        let step = if scaled < 1e-3 { 14 } else { 1 };
        (scaled, exponent) = (scaled * power(step), exponent - step);
    }
    while scaled >= 1e12 {
        let step = if scaled >= 1e26 { 14 } else { 1 };
        (scaled, exponent) = (scaled / power(step), exponent + step);
    }
    let mut digits = decimal::integer((scaled + 0.5) as i64);
    exponent += digits.len() as i32 - 1; // of the first digit, one more where it was rounded up to a power
    while digits.len() > 1 && digits.ends_with('0') {
        digits.pop();
    }
    let sign = if n < 0.0 { "-" } else { "" };
    let point = exponent + 1;
    let zeros = |n: i32| "0".repeat(n as usize);
    if (-5..=0).contains(&point) {
        [sign, "0.", &zeros(-point), &digits].concat()
    } else if point > 0 && point <= DIGITS + 3 {
        let have = digits.len() as i32;
        let (whole, rest) = digits.split_at(point.min(have) as usize);
        let dot = if rest.is_empty() { "" } else { "." };
        [sign, whole, &zeros((point - have).max(0)), dot, rest].concat()
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        [sign, first, dot, rest, "e", &decimal::integer(exponent.into())].concat()
    }
}

fn power(n: i32) -> f64 {
    (0..n).fold(1.0, |p, _| p * 10.0)
}

/// Seconds with one decimal: `12.3s`. Nothing that is over two hours is said in seconds.
pub fn seconds(time: f64) -> String {
    let tenths = (time.max(0.0) * 10.0 + 0.5) as i64;
    let number = decimal::integer;
    match tenths / 36000 {
        0 | 1 => [&number(tenths / 10), ".", &number(tenths % 10), "s"].concat(),
        hours => [&number(hours), "h ", &number(tenths / 600 % 60), "m"].concat(),
    }
}

/// How many there are of something: `1 trial`, `2 trials`.
pub fn count(n: i64, noun: &str) -> String {
    [decimal::integer(n).as_str(), " ", noun, if n == 1 { "" } else { "s" }].concat()
}

/// Whether it can be the name of a scalar or a flag in a path of the event document.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.bytes().any(|c| c == b'"')
}

/// Whether a file can be written there: a path below the run's directory, and not in guild's own part of it.
pub fn is_path(path: &str) -> bool {
    let odd = |part: &str| part.is_empty() || part == "." || part == "..";
    path.len() <= 1024
        && !path.bytes().any(|c| c < b' ' || c == b'\\')
        && !path.split('/').any(odd)
        && path.split('/').next() != Some(".guild")
}

/// Text as a JSON string.
pub fn quoted(text: &str) -> String {
    let mut out = String::new();
    json::quote(&mut out, text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::{fake::Host, trials};

    #[test]
    fn grouped() {
        fn handler() -> Result {
            let (mut names, over) = (Names::default(), ["seed".to_string()]);
            let mut places = Vec::new();
            for trial in trials() {
                places.push(names.place(group(&trial, &over)?));
            }
            assert_eq!(
                (places, names.list.as_slice()),
                (vec![0, 1, 0, 2, 1], &["lr=0.1 opt=adam".to_string(), "b".into(), "a".into()][..])
            );
            Ok(())
        }
        let list = r#"[{"index":0,"flags":{"lr":0.1,"opt":"adam","seed":1}},{"index":1,"condition":"b","flags":{"lr":1}},
            {"index":2,"flags":{"lr":0.1,"opt":"adam","seed":2}},{"index":3,"condition":"a"},{"index":4,"condition":"b"}]"#;
        assert_eq!(Host::new().set("batch.trials", json::parse(list).unwrap()).call(handler).failure, None);
    }

    #[test]
    fn statistics() {
        let of = |list: &[&str]| stats(&list.iter().map(|s| s.to_string()).collect::<Vec<_>>());
        let s = of(&["2.0", "4", "4", "4", "5", "5", "null", "7", "9e0"]).unwrap();
        assert_eq!(s.json(), r#"{"count":8,"mean":5,"min":2.0,"max":9e0,"std":2.1380899353}"#);
        assert_eq!(of(&["0.1"]).unwrap().json(), r#"{"count":1,"mean":0.1,"min":0.1,"max":0.1,"std":null}"#);
        assert_eq!((of(&[]), of(&["null"]), mean(&[]), mean(&[1.0, 2.0])), (None, None, None, Some(1.5)));
    }

    #[test]
    fn numbers() {
        for (n, want) in [
            (0.0, "0"),
            (-0.5, "-0.5"),
            (0.1 + 0.2, "0.3"),
            (1.0 / 3.0, "0.333333333333"),
            (2.0 / 3.0, "0.666666666667"),
            (100.0, "100"),
            (123456.789, "123456.789"),
            (999999999999.9, "1000000000000"),
            (1e14, "100000000000000"),
            (1e15, "1e15"),
            (1.5e300, "1.5e300"),
            (f64::MAX, "1.79769313486e308"),
            (0.00001, "0.00001"),
            (0.000001, "0.000001"),
            (0.0000001, "1e-7"),
            (-2.5e-300, "-2.5e-300"),
            (5e-324, "4.94065645841e-324"),
            (f64::INFINITY, "null"),
            (f64::NAN, "null"),
        ] {
            assert_eq!(number(n), want, "{n}");
        }
        // Whatever it is, reading it again gives the number, but for the thirteenth digit.
        let mut bits = 1u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let n = f64::from_bits(bits);
            if n.is_finite() && n.abs() > 1e-300 {
                let back: f64 = number(n).parse().unwrap();
                assert!(((back - n) / n).abs() < 6e-12, "{n:e} {}", number(n));
            }
        }
    }

    #[test]
    fn times() {
        for (time, want) in [
            (0.0, "0.0s"),
            (0.04, "0.0s"),
            (0.05, "0.1s"),
            (12.34, "12.3s"),
            (59.96, "60.0s"),
            (7199.9, "7199.9s"),
            (7200.0, "2h 0m"),
            (-1.0, "0.0s"),
        ] {
            assert_eq!(seconds(time), want);
        }
        assert_eq!(seconds(9000.0), "2h 30m");
        let paths = ["a", "a/b.csv", "größe.csv", "", "/a", "../a", "a/../b", "a//b", "./a", ".guild/a", "a\\b", "a\n"];
        assert_eq!(paths.map(is_path), [true, true, true, false, false, false, false, false, false, false, false, false]);
        assert_eq!(["loss", "val.größe", "", "a\"b"].map(is_name), [true, true, false, false]);
        assert_eq!([0, 1, 2].map(|n| count(n, "trial")), ["0 trials", "1 trial", "2 trials"]);
    }
}
