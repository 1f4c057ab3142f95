//! From an exported function to a handler.

use crate::error::Result;
use crate::sys;

/// Calls a handler and turns what became of it into the result of the export. `hook!` uses it.
#[doc(hidden)]
pub fn call(handler: fn() -> Result<()>) -> i32 {
    #[cfg(target_arch = "wasm32")]
    std::panic::set_hook(Box::new(|info| {
        // Without this the reason would be lost: all the host sees of a panic is a trap.
        let payload = info.payload();
        let what = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let what = what.unwrap_or("panic");
        match info.location() {
            Some(at) => report(&format!("{what} at {}:{}", at.file(), at.line())),
            None => report(what),
        }
    }));
    match handler() {
        Ok(()) => 0,
        Err(e) => {
            report(&e.to_string());
            1
        }
    }
}

fn report(message: &str) {
    unsafe { sys::panic_message(message.as_ptr(), message.len()) };
}

/// Exports handlers: each event is received by a function `fn() -> guild_hook::Result`.
///
/// ```
/// use guild_hook::*;
///
/// hook! {
///     on_flags_composed => check,
/// }
///
/// fn check() -> Result {
///     if flag("epochs").int_or(1)? < 1 {
///         deny("nothing to do")?;
///     }
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// The name of an event that does not exist is an error of the compiler.
#[macro_export]
macro_rules! hook {
    ($($event:ident => $handler:path),+ $(,)?) => {$(
        const _: $crate::events::Event = $crate::events::$event;
        #[cfg_attr(target_arch = "wasm32", no_mangle)]
        pub extern "C" fn $event() -> i32 {
            $crate::call($handler)
        }
    )+};
}

/// Describes the hook: JSON for `guild hooks inspect`, in a section of the module that is never loaded.
///
/// ```
/// guild_hook::describe!(r#"{"name": "lr-guard", "version": "1.0.0"}"#);
/// ```
#[macro_export]
macro_rules! describe {
    ($json:expr) => {
        const _: () = {
            const TEXT: &str = $json;
            #[cfg_attr(target_arch = "wasm32", link_section = "guild.hook")]
            #[used]
            static SECTION: [u8; TEXT.len()] = {
                let (mut out, mut i) = ([0; TEXT.len()], 0);
                while i < out.len() {
                    out[i] = TEXT.as_bytes()[i];
                    i += 1;
                }
                out
            };
        };
    };
}

/// The events, so that `hook!` can check their names.
#[doc(hidden)]
#[allow(non_upper_case_globals)]
pub mod events {
    pub struct Event;
    macro_rules! events {
        ($($name:ident)+) => {$(pub const $name: Event = Event;)+};
    }
    events! {
        on_init on_flags_detect on_flags_composed on_batch_begin batch_strategy on_batch_plan on_run_skipped
        on_run_staged on_restart_begin on_run_begin on_step_begin on_step_end on_run_progress on_run_end
        on_lock_end on_trial_end on_batch_end on_verify_end on_unlock_begin on_unlock_end on_delete_begin on_delete_end
    }
}
