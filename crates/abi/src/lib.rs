//! The C boundary of Tongchou: JSON text in, JSON text out, and a status.
//!
//! One build is the WASM module without imports, the other a native library; both offer the
//! functions of [`exports`], which are described for their callers in this crate's `README.md`
//! and declared in `include/tongchou.h`.
//!
//! - This crate decodes, calls the engine and encodes. It decides nothing about a bill.
//! - No panic crosses: natively it is caught and the handle is poisoned; in WASM it is a trap.
//! - A handle that was dropped is recognised for ever; it never means another engine.
//! - **Only this crate has `unsafe` code**, and only in [`exports`] and two private modules.

mod buffer;
pub mod exports;
mod memory;
mod session;
mod table;

/// Version of these functions. It rises when one of them changes its meaning.
pub const ABI_VERSION: u32 = 1;

/// What a function returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Status {
    /// Answered; the answer is in `out`.
    Answered = 0,
    /// The answer did not fit: `needed` says how long it is, `tongchou_fetch` hands it out.
    TooSmall = 1,
    /// Refused; the refusal is in `out`, nothing was settled or loaded.
    Refused = -1,
    /// The call itself was wrong; nothing was done and nothing was written.
    Misuse = -2,
    /// A mistake of ours was met; the handle can only be dropped.
    Panicked = -3,
}

impl Status {
    /// The number that a caller sees.
    #[must_use]
    pub const fn code(self) -> i32 {
        self as i32
    }
}
