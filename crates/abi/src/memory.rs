//! Buffers lent to callers, each remembered with its length until it is freed.
//!
//! Remembering them makes a wrong length, a second free and a pointer from elsewhere harmless.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ops::Range;
use std::ptr;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Longest buffer: the longest message with as much again for what it grows by.
const LEN_MAX: usize = 256 << 20;

/// Address and length of every live buffer, ascending.
static LIVE: Mutex<Vec<(usize, usize)>> = Mutex::new(Vec::new());

/// A buffer of zero bytes, or null.
pub(crate) fn alloc(len: usize) -> *mut u8 {
    let Some(layout) = layout(len) else { return ptr::null_mut() };
    let mut live = live();
    if live.try_reserve(1).is_err() {
        return ptr::null_mut();
    }
    // SAFETY: The layout is not empty.
    let buffer = unsafe { alloc_zeroed(layout) };
    if !buffer.is_null() {
        let at = live.partition_point(|(start, _)| *start < buffer.addr());
        live.insert(at, (buffer.addr(), len));
    }
    buffer
}

/// Frees a buffer; false if there is none of that address and length.
pub(crate) fn free(buffer: *mut u8, len: usize) -> bool {
    let Some(layout) = layout(len) else { return false };
    let mut live = live();
    let Ok(at) = live.binary_search(&(buffer.addr(), len)) else { return false };
    live.remove(at);
    // SAFETY: It was live, so it came from `alloc` with this layout and was not freed since.
    unsafe { dealloc(buffer, layout) };
    true
}

/// Whether the addresses lie inside one live buffer.
pub(crate) fn holds(extent: &Range<usize>) -> bool {
    let live = live();
    let after = live.partition_point(|(start, _)| *start <= extent.start);
    let before = after.checked_sub(1).and_then(|at| live.get(at));
    before.is_some_and(|(start, len)| extent.end - start <= *len)
}

fn layout(len: usize) -> Option<Layout> {
    if len == 0 || LEN_MAX < len {
        return None;
    }
    Layout::array::<u8>(len).ok()
}

fn live() -> MutexGuard<'static, Vec<(usize, usize)>> {
    LIVE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_is_freed_once_and_by_its_own_length() {
        let buffer = alloc(16);
        let start = buffer.addr();
        assert!(holds(&(start..start + 16)));
        assert!(holds(&(start + 3..start + 5)));
        assert!(!holds(&(start..start + 17)));
        assert!(!holds(&(start.wrapping_sub(1)..start + 1)));
        assert!(!free(buffer, 15));
        assert!(!free(buffer.wrapping_add(1), 15));
        assert!(free(buffer, 16));
        assert!(!free(buffer, 16));
    }

    #[test]
    fn no_buffer_of_an_impossible_length() {
        assert!(alloc(0).is_null());
        assert!(alloc(LEN_MAX + 1).is_null());
        assert!(alloc(usize::MAX).is_null());
        assert!(!free(ptr::null_mut(), 0));
        assert!(!free(ptr::null_mut(), 8));
    }
}
