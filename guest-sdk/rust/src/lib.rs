//! Hooks for guild: WebAssembly modules that are called around runs.
//!
//! A hook is a `cdylib` for `wasm32-unknown-unknown` that exports one function per event it wants ([`hook!`]). In a
//! handler, [`flag`], [`run`], [`event`] and [`param`] say what is known, [`stage`] has the files, [`Scope`] keeps
//! state, and [`deny`], [`set_flag`], [`set_env`], [`set_label`] and the like act. An `Err` makes the hook fail with its text.
//!
//! What a handler sets or writes is applied only if it returns `Ok` and has not denied.
//!
//! Importing a function is asking for what it can do, so a hook has only the imports it uses. Off `wasm32` the
//! functions work on a [`fake`] host, for tests.

pub mod abi;
mod action;
#[cfg(all(target_arch = "wasm32", feature = "allocator"))]
mod alloc;
pub mod decimal;
mod error;
#[cfg(not(target_arch = "wasm32"))]
pub mod fake;
mod field;
mod handler;
pub mod json;
pub mod params;
mod pull;
pub mod stage;
mod state;
mod sys;
mod trial;

pub use action::*;
pub use error::{Error, Result};
pub use field::{event, flag, flags, own_flags, param, run, Field};
pub use handler::{call, events};
pub use json::Value;
pub use state::{Expect, Scope};
pub use trial::{trials, Trial};
