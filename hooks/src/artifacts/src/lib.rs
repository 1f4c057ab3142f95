//! The built-in hook `artifacts`: a list of the files that a run made, results by condition for a batch, versions of both, and advice on
//! which of them need not be kept. It removes nothing.

mod advice;
mod batch;
mod made;
mod shell;
mod versions;

use guild_hook::{describe, hook, params, Result};

const ABOUT: &str = r#"{"name":"artifacts","version":"1.0.0","description":"lists the files that runs made, numbers their versions, and says which are old","events":["on_init","on_run_staged","on_run_end","on_batch_end","on_delete_end"],"params":{"exclude":{"type":"list","items":"string","default":[],"help":"globs of files that are not listed"},"versions":{"type":"bool","default":true,"help":"false: no versions, and no advice"},"retention":{"type":"int","max":100,"default":3,"help":"how many versions are worth keeping; 0 or less: all"},"big_file_threshold_mb":{"type":"number","min":0,"default":10,"help":"files over so many MiB are worth keeping in the newest version only"}},"allow":["stage.write:artifacts.json","stage.write:metadata.json","stage.write:*/results.json","attrs.set","emit"]}"#;
describe!(ABOUT);

hook! {
    on_init => init,
    on_run_staged => made::remember,
    on_run_end => made::list,
    on_batch_end => batch::results,
    on_delete_end => versions::deleted,
}

pub fn init() -> Result {
    params::check(ABOUT)
}

#[cfg(test)]
mod tests;
