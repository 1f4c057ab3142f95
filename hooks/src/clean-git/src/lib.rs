//! The built-in hook `clean-git`: refuses runs of source code that is not committed, so that the commit says what ran.

use guild_hook::{deny, describe, event, hook, info, param, params, run, Result};

const ABOUT: &str = r#"{"name":"clean-git","version":"1.0.0","description":"refuses runs of source code that is not committed","events":["on_init","on_flags_composed"],"params":{"untracked":{"type":"string","choices":["deny","ignore"],"default":"deny","help":"what files mean that git does not know and does not ignore"}},"wants":["vcs"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_flags_composed => check,
}

pub fn init() -> Result {
    params::check(ABOUT)
}

/// How many files the refusal names.
const SHOWN: usize = 10;

pub fn check() -> Result {
    // What is started again, or was staged, was checked when its source code was copied.
    if run("is_restart").bool_or(false)? || run("is_staged").bool_or(false)? {
        return Ok(());
    }
    if !event("project.vcs").exists() {
        return deny("this guild does not tell hooks of version control");
    }
    if let Some(error) = event("project.vcs.error").string()? {
        return deny(["the project's commit is not known: ", &error].concat());
    }
    let Some(commit) = event("project.vcs.commit").string()? else {
        return deny("nothing is committed yet");
    };
    let ignore = param("untracked").string_or("deny")? == "ignore";
    let mut changed = event("project.vcs.changed").texts()?;
    changed.retain(|change| !ignore || !change.starts_with("untracked "));
    if changed.is_empty() {
        info(["commit ", &commit].concat());
        return Ok(());
    }
    let more = changed.len().saturating_sub(SHOWN);
    changed.truncate(SHOWN);
    let mut reason = ["not committed: ", &changed.join(", ")].concat();
    if more > 0 {
        reason.push_str(&[", and ", &guild_hook::decimal::integer(more as i64), " more"].concat());
    }
    deny(reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::fake::Host;

    fn repository(changed: &[&str]) -> Host {
        Host::new().set("project.vcs.commit", "0123abc").set("project.vcs.changed", changed.to_vec())
    }

    fn denied(host: Host) -> Option<String> {
        let host = host.call(check);
        assert_eq!(host.failure, None);
        host.denied
    }

    #[test]
    fn work_trees() {
        let clean = repository(&[]).call(check);
        assert_eq!((clean.denied, clean.logs[0].1.as_str()), (None, "commit 0123abc"));
        assert_eq!(denied(repository(&["modified a.py", "untracked b.py"])).unwrap(), "not committed: modified a.py, untracked b.py");
        assert_eq!(denied(repository(&["untracked b.py"]).param("untracked", "ignore")), None);
        assert_eq!(denied(repository(&["added a", "untracked b"]).param("untracked", "ignore")).unwrap(), "not committed: added a");
        let names: Vec<String> = (0..14).map(|i| format!("modified {i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert!(denied(repository(&names)).unwrap().ends_with(", modified 9, and 4 more"));
        assert_eq!(denied(repository(&["modified a.py"]).run("is_restart", true)), None);
        assert_eq!(denied(repository(&["modified a.py"]).run("is_staged", true)), None);
    }

    #[test]
    fn no_commit() {
        let error = Host::new().set("project.vcs.error", "not a git repository");
        assert_eq!(denied(error).unwrap(), "the project's commit is not known: not a git repository");
        let none = Host::new().set("project.vcs.changed", vec!["untracked a"]);
        assert_eq!(denied(none).unwrap(), "nothing is committed yet");
        assert_eq!(denied(Host::new()).unwrap(), "this guild does not tell hooks of version control");
    }

    #[test]
    fn parameters() {
        let denied = Host::new().param("untracked", "allow").call(init).denied.unwrap();
        assert_eq!(denied, "invalid value \"allow\" for parameter \"untracked\": want one of deny, ignore");
    }
}
