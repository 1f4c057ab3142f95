//! The built-in hook `python`: finds the flags of a Python script, and writes their values into the staged copy of it.
//!
//! A file that adds arguments with `argparse` gets its flags on the command line (`args`). Any other has its flags in
//! the literals it assigns at its top level (`globals`); before such a run starts, the literals in the staged file
//! are replaced by the values of this run, so that what runs is plain Python, and `diff` shows what was changed.
//!
//! Needs the grant `stage.write` for the main file, and writes nothing else.

pub mod argparse;
pub mod assign;
pub mod decode;
pub mod detect;
pub mod lex;
pub mod literal;
pub mod quote;
pub mod repr;
pub mod rewrite;

use guild_hook::{answer, describe, hook, own_flags, run, stage, Error, Result};

describe!(
    r#"{"name":"python","version":"1.0.0","description":"finds the flags of Python scripts and writes their values into the staged script","events":["on_flags_detect","on_run_staged"],"allow":["stage.write:**/*.py"]}"#
);

hook! {
    on_flags_detect => find_flags,
    on_run_staged => write_flags,
}

/// The main file, if it is Python.
fn main_file() -> Result<Option<String>> {
    Ok(run("main").string()?.filter(|main| main.ends_with(".py")))
}

pub fn find_flags() -> Result {
    match main_file()? {
        Some(main) => answer(detect::detect(&stage::read(&main)?)),
        None => Ok(()),
    }
}

pub fn write_flags() -> Result {
    let Some(main) = main_file()? else { return Ok(()) };
    if run("flags_dest").string()?.as_deref() != Some("globals") {
        return Ok(());
    }
    match rewrite::rewrite(&stage::read(&main)?, &own_flags()?) {
        Ok(None) => Ok(()),
        Ok(Some(source)) => stage::write(&main, source),
        Err(problems) => {
            let mut text = main;
            for (i, problem) in problems.iter().enumerate() {
                text.push_str(if i == 0 { ": " } else { "; " });
                text.push_str(problem);
            }
            Err(Error::new(text))
        }
    }
}
