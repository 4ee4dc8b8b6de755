//! The exported functions. Their contract is `README.md`; `cargo xtask tidy` compares this file
//! with the hash noted there, so a change here is a change there.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::buffer::{Buffers, Output};
use crate::session::{self, Session};
use crate::{ABI_VERSION, Status, memory, table};

/// Version of these functions.
#[unsafe(no_mangle)]
pub extern "C" fn tongchou_abi_version() -> u32 {
    ABI_VERSION
}

/// Makes an engine without packs; 0 if no more can be made.
#[unsafe(no_mangle)]
pub extern "C" fn tongchou_new() -> u32 {
    catch_unwind(table::insert).ok().flatten().unwrap_or(0)
}

/// Drops an engine; its handle is stale from now on.
#[unsafe(no_mangle)]
pub extern "C" fn tongchou_drop(handle: u32) -> i32 {
    guarded(|| table::remove(handle).map_or(Status::Misuse, |()| Status::Answered))
}

/// A buffer of `len` zero bytes; null if `len` is 0 or there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn tongchou_alloc(len: usize) -> *mut u8 {
    catch_unwind(|| memory::alloc(len)).unwrap_or(std::ptr::null_mut())
}

/// Frees a buffer of `tongchou_alloc`; anything else is refused as misuse.
#[unsafe(no_mangle)]
pub extern "C" fn tongchou_free(ptr: *mut u8, len: usize) -> i32 {
    guarded(|| if memory::free(ptr, len) { Status::Answered } else { Status::Misuse })
}

/// Loads a canonical pack.
///
/// # Safety
/// `input` must be readable for `in_len` bytes, `out` writable for `cap` bytes and `needed`
/// writable for a `usize`; nobody else may use them meanwhile. The WASM build checks all of it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tongchou_load_pack(
    handle: u32,
    input: *const u8,
    in_len: usize,
    out: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> i32 {
    let buffers = Buffers { input, in_len, output: Output { out, cap, needed } };
    // SAFETY: The caller promises what `exchange` asks for.
    guarded(|| unsafe { exchange(handle, buffers, Session::load_pack) })
}

/// Answers one message of the contract.
///
/// # Safety
/// As for [`tongchou_load_pack`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tongchou_call(
    handle: u32,
    input: *const u8,
    in_len: usize,
    out: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> i32 {
    let buffers = Buffers { input, in_len, output: Output { out, cap, needed } };
    // SAFETY: The caller promises what `exchange` asks for.
    guarded(|| unsafe { exchange(handle, buffers, Session::call) })
}

/// Hands out the last answer of a handle again.
///
/// # Safety
/// `out` must be writable for `cap` bytes and `needed` for a `usize`; nobody else may use them
/// meanwhile.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tongchou_fetch(
    handle: u32,
    out: *mut u8,
    cap: usize,
    needed: *mut usize,
) -> i32 {
    let output = Output { out, cap, needed };
    guarded(|| {
        if !output.is_sound() {
            return Status::Misuse;
        }
        let answer = table::with(handle, |session| session.last().cloned());
        match answer {
            // SAFETY: The output is sound, and the caller promises that it is writable.
            Ok(Some(answer)) => unsafe { output.hand_out(&answer) },
            Ok(None) => Status::Misuse,
            Err(status) => status,
        }
    })
}

/// Reads the input, does the work and hands out its answer.
///
/// # Safety
/// The input must be readable, the output writable, and both left alone by others.
unsafe fn exchange(
    handle: u32,
    buffers: Buffers,
    work: impl FnOnce(&mut Session, &[u8]) -> session::Answer,
) -> Status {
    if !buffers.are_sound() {
        return Status::Misuse;
    }
    // SAFETY: The buffers are sound, and the caller promises that the input is readable.
    let input = unsafe { buffers.input() };
    match table::with(handle, |session| session.keep(|session| work(session, input))) {
        // SAFETY: The buffers are sound, and the caller promises that the output is writable.
        Ok(answer) => unsafe { buffers.output.hand_out(&answer) },
        Err(status) => status,
    }
}

fn guarded(work: impl FnOnce() -> Status) -> i32 {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Status::Panicked).code()
}
