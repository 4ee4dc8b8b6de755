//! Wrong calls: each ends with a status, and nothing is written.

use std::ptr;

use tongchou_abi::exports::{
    tongchou_alloc, tongchou_call, tongchou_drop, tongchou_fetch, tongchou_free, tongchou_new,
};

use crate::{Host, bill};

const MISUSE: i32 = -2;

#[test]
fn a_stale_or_invented_handle_is_misuse() {
    let dropped = tongchou_new();
    assert_eq!(tongchou_drop(dropped), 0);
    assert_eq!(tongchou_drop(dropped), MISUSE);
    for handle in [dropped, 0, 1 << 12, u32::MAX] {
        let host = Host(handle);
        assert_eq!(host.call(b"{}", 4096), (MISUSE, usize::MAX, String::new()));
        assert_eq!(host.load(b"{}", 4096), (MISUSE, usize::MAX, String::new()));
        assert_eq!(host.fetch(4096), (MISUSE, usize::MAX, String::new()));
        assert_eq!(tongchou_drop(handle), MISUSE);
    }
    assert_ne!(tongchou_new(), dropped);
}

#[test]
fn null_is_misuse_unless_it_stands_for_nothing() {
    let host = Host::new();
    let (mut out, mut needed) = ([0_u8; 8], 7_usize);
    let (message, none) = (b"{}".as_ptr(), ptr::null());
    let call = |input, in_len, out, cap, needed| {
        // SAFETY: What is not null is our own and of the length given.
        unsafe { tongchou_call(host.0, input, in_len, out, cap, needed) }
    };
    let (to, count) = (out.as_mut_ptr(), &raw mut needed);
    assert_eq!(call(none, 2, to, 8, count), MISUSE);
    assert_eq!(call(message, 2, ptr::null_mut(), 8, count), MISUSE);
    assert_eq!(call(message, 2, to, 8, ptr::null_mut()), MISUSE);
    assert_eq!((out, needed), ([0; 8], 7));
    let (to, count) = (ptr::null_mut(), &raw mut needed);
    assert_eq!(call(none, 0, to, 0, count), 1);
    assert!(7 < needed);
}

#[test]
fn lengths_that_no_memory_has_are_misuse() {
    let host = Host::new();
    let (mut out, mut needed) = ([0_u8; 8], 7_usize);
    let (to, count) = (out.as_mut_ptr(), &raw mut needed);
    for len in [usize::MAX, usize::MAX / 2 + 1] {
        // SAFETY: Such lengths are refused before anything is read.
        let status = unsafe { tongchou_call(host.0, b"{}".as_ptr(), len, to, 8, count) };
        assert_eq!(status, MISUSE);
        // SAFETY: Such lengths are refused before anything is written.
        let status = unsafe { tongchou_call(host.0, b"{}".as_ptr(), 2, to, len, count) };
        assert_eq!(status, MISUSE);
    }
    assert_eq!((out, needed), ([0; 8], 7));
}

#[test]
fn buffers_that_share_a_byte_are_misuse() {
    let host = Host::new();
    let mut memory = *b"{}..............................";
    let start = memory.as_mut_ptr();
    let call = |input: usize, out: usize, needed: usize| {
        let needed = start.wrapping_add(needed).cast::<usize>();
        // SAFETY: Every range lies inside `memory`.
        unsafe { tongchou_call(host.0, start.add(input), 2, start.wrapping_add(out), 8, needed) }
    };
    assert_eq!(call(0, 1, 16), MISUSE);
    assert_eq!(call(7, 0, 16), MISUSE);
    assert_eq!(call(0, 8, 15), MISUSE);
    assert_eq!(call(0, 16, 9), MISUSE);
    assert_eq!(call(8, 16, 1), MISUSE);
    assert_eq!(memory, *b"{}..............................");
}

#[test]
fn the_length_may_be_written_to_any_address() {
    let host = Host::new();
    let message = bill("nobody");
    let mut memory = [0_u8; 32];
    let needed = memory.as_mut_ptr().wrapping_add(3).cast::<usize>();
    let (input, len) = (message.as_ptr(), message.len());
    // SAFETY: `needed` lies inside `memory`; there is no output.
    let status = unsafe { tongchou_call(host.0, input, len, ptr::null_mut(), 0, needed) };
    assert_eq!(status, 1);
    // SAFETY: As above.
    let again = unsafe { tongchou_fetch(host.0, ptr::null_mut(), 0, needed) };
    assert_eq!(again, 1);
    // SAFETY: As above.
    let length = unsafe { needed.read_unaligned() };
    assert_eq!(length, host.call(message.as_bytes(), 4096).1);
}

#[test]
fn memory_is_given_back_once_and_whole() {
    let buffer = tongchou_alloc(64);
    assert!(!buffer.is_null());
    // SAFETY: The buffer has 64 bytes.
    let zero = unsafe { std::slice::from_raw_parts(buffer, 64) }.iter().all(|byte| *byte == 0);
    assert!(zero);
    assert_eq!(tongchou_free(buffer, 63), MISUSE);
    assert_eq!(tongchou_free(buffer.wrapping_add(1), 63), MISUSE);
    assert_eq!(tongchou_free(buffer, 64), 0);
    assert_eq!(tongchou_free(buffer, 64), MISUSE);
    assert_eq!(tongchou_free(ptr::null_mut(), 0), MISUSE);
    assert!(tongchou_alloc(0).is_null());
    assert!(tongchou_alloc(usize::MAX).is_null());
}

#[test]
fn many_threads_share_one_engine() {
    let host = Host::new();
    let expected = host.call(bill("nobody").as_bytes(), 4096);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert_eq!(host.call(bill("nobody").as_bytes(), 4096), expected);
                    let own = Host::new();
                    assert_eq!(own.fetch(4096).0, MISUSE);
                }
            });
        }
    });
}
