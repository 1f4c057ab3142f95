use super::*;
use guild_hook::fake::Host;

/// Credentials are made from two parts here, so that this file has none.
fn join(a: &str, b: &str) -> String {
    [a, b].concat()
}

const RANDOM: &str = "k3J9xQ2mZ7pL4vT8wR1sY6bN5cF0hD2gA9eUq3W7";

fn refused(host: Host) -> Option<String> {
    let host = host.call(scan);
    assert_eq!(host.failure, None);
    host.denied
}

#[test]
fn tokens() {
    for (token, kind) in [
        (join("AKIA", "J3K9XQ2MZ7PL4VT8"), "AWS access key id"),
        (join("gh", &format!("p_{RANDOM}")), "GitHub token"),
        (join("github", &format!("_pat_{RANDOM}")), "GitHub token"),
        (join("xox", &format!("b-{RANDOM}")), "Slack token"),
        (join("sk", &format!("-{RANDOM}")), "OpenAI key"),
        (join("sk-pro", &format!("j-{RANDOM}")), "OpenAI key"),
        (join("sk_li", &format!("ve_{RANDOM}")), "Stripe key"),
        (join("AI", "zaSyk3J9xQ2mZ7pL4vT8wR1sY6bN5cF0hD2gA"), "Google API key"),
        (join("hf", &format!("_{RANDOM}")), "Hugging Face token"),
        (join("gl", "pat-k3J9xQ2mZ7pL4vT8wR1s"), "GitLab token"),
    ] {
        for text in [format!("x = '{token}'\n"), token.clone(), format!("KEY={token}\n"), format!("url?key={token}&b")] {
            let want = format!("credentials must not be staged: a.py:1 ({kind})");
            assert_eq!(refused(Host::new().file("a.py", &text)), Some(want), "{text}");
            // Part of a longer word it is none.
            assert_eq!(refused(Host::new().file("a.py", format!("x{token}"))), None, "x{token}");
        }
    }
    for text in [
        "sk-learn",
        "task-force",
        "AKIA",
        "AKIAAAAAAAAAAAAAAAAA",
        "ghp_",
        "xoxb-123",
        "risk-adjusted-returns-of-many-years",
        "hf_hub_download",
    ] {
        assert_eq!(refused(Host::new().file("a.py", text)), None, "{text}");
    }
}

#[test]
fn private_keys() {
    for kind in ["RSA ", "", "OPENSSH ", "EC ", "ENCRYPTED "] {
        let text = join("\n\n-----BEGIN ", &format!("{kind}PRIVATE KEY-----\nabc\n"));
        assert_eq!(refused(Host::new().file("a/key.txt", text)).unwrap(), "credentials must not be staged: a/key.txt:3 (private key)");
    }
    assert_eq!(refused(Host::new().file("a.txt", "-----BEGIN PUBLIC KEY-----\n-----BEGIN CERTIFICATE-----\n")), None);
}

#[test]
fn assignments() {
    let value = "tR7!kq9zLm";
    for text in [
        format!("password = \"{value}\""),
        format!("db_password='{value}'"),
        format!("\"passwd\": \"{value}\","),
        format!("PWD: '{value}'"),
        format!("client.connect(password=\"{value}\")"),
        "API_KEY = \"k3J9xQ2mZ7pL4vT8\"".to_string(),
        "'access-token': 'k3J9xQ2mZ7pL4vT8'".to_string(),
    ] {
        let want = "credentials must not be staged: a.py:2 (value assigned to a name such as password)";
        assert_eq!(refused(Host::new().file("a.py", format!("import os\n{text}\n"))).as_deref(), Some(want), "{text}");
    }
    for text in [
        "password = \"\"",
        "password = os.environ[\"DB_PASSWORD\"]",
        "password = \"changeme123\"",
        "password = \"${PASSWORD}\"",
        "password = \"<your password>\"",
        "password_file = \"secrets/file1\"",
        "pad_token = \"[PAD]\"",
        "eos_token = \"<|endoftext|>\"",
        "token = \"sentencepiece\"",
        "token = \"the quick brown fox 12\"",
        "secret = \"abcdefghijklmnopqrst\"",
        "tokenizer = \"bert-base-uncased-2018\"",
        "if password == \"\":",
        "password = \"abc\"",
        "password: \"unterminated",
    ] {
        assert_eq!(refused(Host::new().file("a.py", text)), None, "{text}");
    }
}

#[test]
fn what_is_looked_at() {
    let token = join("gh", &format!("p_{RANDOM}"));
    let host = || {
        Host::new().file("a.py", &token).file("fixtures/b/c.txt", format!("\n\n{token}\n{token}")).file(".env", "").file("ok.py", "x = 1")
    };
    let all = "credentials must not be staged: .env (environment file), a.py:1 (GitHub token), fixtures/b/c.txt:3 (GitHub token), fixtures/b/c.txt:4 (GitHub token)";
    assert_eq!(refused(host()).unwrap(), all);
    assert!(!all.contains(&token));
    assert_eq!(refused(host().param("allow", vec!["fixtures/**", "a.py", ".env"])), None);
    assert_eq!(
        refused(host().param("allow", vec!["**/*.txt", ".env", "a.py"]).param("files", vec!["ok.*"])).unwrap(),
        "credentials must not be staged: ok.py (forbidden by parameter \"files\")"
    );
    let patterns = Host::new()
        .file("guild.toml", "patterns = ['db.internal']")
        .file("a.py", "\n host = 'db.internal'\n")
        .param("patterns", vec!["db.internal"]);
    assert_eq!(refused(patterns).unwrap(), "credentials must not be staged: a.py:2 (forbidden by parameter \"patterns\")");
    // No text.
    assert_eq!(refused(Host::new().file("a.bin", format!("\0{token}"))), None);
    // Over the limits.
    let far = Host::new().file("a.py", format!("{}{token}", " ".repeat(1000)));
    assert_eq!(refused(far.clone().param("max_bytes", 1000)), None);
    assert!(refused(far).is_some());
    let two = Host::new().file("a", " ".repeat(600)).file("b", " ".repeat(600)).file("c", &token).param("max_total", 1200).call(scan);
    assert_eq!((two.denied, two.logs[0].1.as_str()), (None, "1 files were not looked at: there is more than max_total"));
}

#[test]
fn odd_files() {
    let token = join("gh", &format!("p_{RANDOM}"));
    let mut bytes = vec![0xff, 0xfe, b'\n'];
    bytes.extend(token.bytes());
    bytes.push(0xc3);
    let host = Host::new().file("empty", "").file("größe/ä b.txt", bytes).file("long", "a".repeat(1 << 20));
    assert_eq!(refused(host).unwrap(), "credentials must not be staged: größe/ä b.txt:2 (GitHub token)");
    // At the very end of what is looked at it is whole or not at all.
    let near = |max: usize| refused(Host::new().file("a", &token).param("max_bytes", max as i64));
    assert_eq!((near(token.len()).is_some(), near(10), near(0)), (true, None, None));
}

#[test]
fn many_findings() {
    let token = join("gh", &format!("p_{RANDOM}"));
    let host = Host::new().file("a.py", format!("{token}\n").repeat(12));
    let reason = refused(host).unwrap();
    assert!(reason.ends_with("a.py:10 (GitHub token), and 2 more"), "{reason}");
}

#[test]
fn parameters() {
    let denied = |h: Host| h.call(init).denied.unwrap_or_default();
    assert_eq!(denied(Host::new().param("patterns", vec!["abc"])), "parameter \"patterns\": a text of less than 4 bytes is in every file");
    assert_eq!(denied(Host::new().param("max_bytes", -1)), "invalid value -1 for parameter \"max_bytes\": want at least 0");
    assert_eq!(denied(Host::new().param("patterns", vec!["abcd"])), "");
    // What is more than memory has would be nothing, to 32 bits.
    assert_eq!(
        denied(Host::new().param("max_bytes", 1i64 << 32)),
        "invalid value 4294967296 for parameter \"max_bytes\": want at most 16777216"
    );
    assert_eq!(
        denied(Host::new().param("max_total", 1i64 << 32)),
        "invalid value 4294967296 for parameter \"max_total\": want at most 1073741824"
    );
}
