//! Refuses a run whose learning rate is over a limit.
//!
//! Parameters: `flag`, the name of the flag (default `lr`), and `max`, the limit (default 1.0).

use guild_hook::{deny, describe, flag, hook, param, Result};

describe!(
    r#"{"name":"lr-guard","version":"1.0.0","description":"refuses a learning rate over a limit","events":["on_flags_composed"],"params":{"flag":{"type":"string","default":"lr","help":"the flag to look at"},"max":{"type":"float","default":1.0,"help":"the limit"}}}"#
);

hook! {
    on_flags_composed => check,
}

fn check() -> Result {
    let name = param("flag").string_or("lr")?;
    let max = param("max");
    let rate = flag(&name);
    if rate.is_null() {
        return Ok(()); // not given to the process
    }
    let Some(value) = rate.float()? else {
        return Ok(()); // an operation without this flag
    };
    if value > max.float_or(1.0)? {
        // The JSON texts, so that numbers are shown as they were given.
        let (rate, max) = (rate.json()?.unwrap_or_default(), max.json()?.unwrap_or("1.0"));
        deny([&name, "=", rate, " is over the limit of ", max].concat())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use guild_hook::{fake::Host, Value};

    #[test]
    fn limits() {
        let denied = |h: Host| h.call(check).denied;
        assert_eq!(denied(Host::new().flag("lr", 2.0)).unwrap(), "lr=2.0 is over the limit of 1.0");
        assert_eq!(denied(Host::new().flag("lr", 1.0)), None);
        assert_eq!(denied(Host::new()), None);
        assert_eq!(denied(Host::new().flag("lr", Value::Null)), None);
        let odd = Host::new().param("flag", "opt.rate").param("max", 3);
        assert_eq!(denied(odd.flag("opt.rate", 1e30)).unwrap(), "opt.rate=1e30 is over the limit of 3");
        let text = Host::new().flag("lr", "high").call(check);
        assert_eq!(text.failure.unwrap(), "flag lr is \"high\", not a number");
    }
}
