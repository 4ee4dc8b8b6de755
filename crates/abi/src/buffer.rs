//! A caller's buffers, checked before anything is read or written.
//!
//! Sound means: not null unless empty, no end beyond the address space, no two of them sharing a
//! byte, and in WASM each inside one live buffer of `tongchou_alloc`.

use std::ops::Range;
use std::ptr;
use std::slice;

use crate::Status;
use crate::memory;
use crate::session::Answer;

/// Where a message stands and where its answer goes.
#[derive(Clone, Copy)]
pub(crate) struct Buffers {
    pub input: *const u8,
    pub in_len: usize,
    pub output: Output,
}

/// Where an answer goes.
#[derive(Clone, Copy)]
pub(crate) struct Output {
    pub out: *mut u8,
    pub cap: usize,
    pub needed: *mut usize,
}

impl Buffers {
    /// Whether input and output are sound and apart.
    pub(crate) fn are_sound(&self) -> bool {
        let Some(input) = extent(self.input.addr(), self.in_len) else { return false };
        let Some([out, needed]) = self.output.extents() else { return false };
        apart(&input, &out) && apart(&input, &needed) && apart(&out, &needed)
    }

    /// The message.
    ///
    /// # Safety
    /// The buffers must be sound, and the input readable and left alone for as long as the
    /// result lives.
    pub(crate) unsafe fn input<'a>(&self) -> &'a [u8] {
        if self.in_len == 0 {
            return &[];
        }
        // SAFETY: Not null, because sound and not empty; readable and left alone by promise.
        unsafe { slice::from_raw_parts(self.input, self.in_len) }
    }
}

impl Output {
    /// Whether the output is sound.
    pub(crate) fn is_sound(&self) -> bool {
        self.extents().is_some_and(|[out, needed]| apart(&out, &needed))
    }

    /// Writes the length and, if it fits, the answer.
    ///
    /// # Safety
    /// The output must be sound and writable.
    pub(crate) unsafe fn hand_out(&self, answer: &Answer) -> Status {
        let text = answer.text.as_bytes();
        // SAFETY: Not null, because sound; writable by promise. The caller need not align it.
        unsafe { self.needed.write_unaligned(text.len()) };
        if self.cap < text.len() {
            return Status::TooSmall;
        }
        // SAFETY: At most `cap` bytes, which are writable by promise; our text is elsewhere.
        unsafe { ptr::copy_nonoverlapping(text.as_ptr(), self.out, text.len()) };
        if answer.refused { Status::Refused } else { Status::Answered }
    }

    fn extents(&self) -> Option<[Range<usize>; 2]> {
        let out = extent(self.out.addr(), self.cap)?;
        let needed = extent(self.needed.addr(), size_of::<usize>())?;
        Some([out, needed])
    }
}

/// The addresses of a buffer, if it can be one; an empty buffer may be null.
fn extent(start: usize, len: usize) -> Option<Range<usize>> {
    if len == 0 {
        return Some(0..0);
    }
    let end = start.checked_add(len)?;
    let possible = start != 0 && isize::try_from(len).is_ok();
    // A native caller may hand in memory of its own; a WASM caller has none but ours.
    let known = !cfg!(target_family = "wasm") || memory::holds(&(start..end));
    (possible && known).then_some(start..end)
}

fn apart(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.is_empty() || b.is_empty() || a.end <= b.start || b.end <= a.start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extent_is_not_null_and_does_not_wrap() {
        assert_eq!(extent(0, 0), Some(0..0));
        assert_eq!(extent(0, 1), None);
        assert_eq!(extent(8, 8), Some(8..16));
        assert_eq!(extent(usize::MAX, 2), None);
        assert_eq!(extent(8, usize::MAX / 2 + 1), None);
    }

    #[test]
    fn neighbours_are_apart() {
        assert!(apart(&(0..4), &(4..8)));
        assert!(apart(&(4..8), &(0..4)));
        assert!(apart(&(2..2), &(0..4)));
        assert!(!apart(&(0..5), &(4..8)));
        assert!(!apart(&(0..9), &(4..5)));
    }
}
