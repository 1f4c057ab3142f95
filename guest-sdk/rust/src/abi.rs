//! The constants of the ABI, as in `abi/abi.go`. A test keeps the two equal.

/// The module that every host function is imported from.
pub const MODULE: &str = "guild_v1";

/// No such path, key or file.
pub const NOT_FOUND: i32 = -1;
/// The grant does not cover it.
pub const DENIED: i32 = -2;
/// A malformed argument.
pub const INVALID: i32 = -3;
/// A pointer or a length is outside the guest's memory.
pub const FAULT: i32 = -4;
/// One value is over its limit.
pub const TOO_BIG: i32 = -5;
/// Not in this event.
pub const READ_ONLY: i32 = -6;
/// It is there already.
pub const EXISTS: i32 = -7;
/// The host could not read or write.
pub const IO: i32 = -8;
/// The total for this event is used up.
pub const LIMIT: i32 = -9;
/// The stored version is not the expected one.
pub const CONFLICT: i32 = -10;
/// Called during initialisation.
pub const STATE: i32 = -11;
/// This host cannot do it here.
pub const UNSUPPORTED: i32 = -12;

/// Log levels.
pub const LEVEL_DEBUG: i32 = -1;
pub const LEVEL_INFO: i32 = 0;
pub const LEVEL_WARN: i32 = 1;
pub const LEVEL_ERROR: i32 = 2;

/// Scopes of state.
pub const SCOPE_RUN: i32 = 0;
pub const SCOPE_BATCH: i32 = 1;
pub const SCOPE_PROJECT: i32 = 2;

/// Modes of `stage_write`.
pub const WRITE_REPLACE: i32 = 0;
pub const WRITE_APPEND: i32 = 1;

/// Kinds of `stage_stat`, and the size of what it writes.
pub const KIND_FILE: u32 = 1;
pub const KIND_DIR: u32 = 2;
pub const KIND_SYMLINK: u32 = 3;
pub const KIND_OTHER: u32 = 4;
pub const STAT_SIZE: usize = 24;

/// Values of `state_put`'s expected version that are not versions.
pub const VERSION_ANY: i64 = -1;
pub const VERSION_ABSENT: i64 = 0;

/// The most that one `stage_write` takes, in bytes.
pub const MAX_DATA: usize = 1 << 20;
/// The most that one `random` fills, in bytes.
pub const MAX_RANDOM: usize = 64 << 10;
/// How deep JSON may be nested.
pub const MAX_JSON_DEPTH: usize = 64;

/// The names of the errnos, from -1 down.
pub const ERRNOS: [&str; 12] =
    ["NOT_FOUND", "DENIED", "INVALID", "FAULT", "TOO_BIG", "READ_ONLY", "EXISTS", "IO", "LIMIT", "CONFLICT", "STATE", "UNSUPPORTED"];
