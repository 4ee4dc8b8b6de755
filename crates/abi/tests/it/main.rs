//! The exported functions, called as a host calls them.
#![expect(clippy::unwrap_used, reason = "a test says so when it fails")]

mod answers;
mod misuse;

use std::ptr;

use tongchou_abi::exports::{
    tongchou_call, tongchou_drop, tongchou_fetch, tongchou_load_pack, tongchou_new,
};

/// A pack that ships, as its canonical text.
fn canonical(id: &str) -> String {
    let source = tongchou_packs::find(id).unwrap();
    tongchou_policy::check(source.text, id).unwrap().canonical
}

/// A message that every pack can refuse or answer: the smallest bill.
fn bill(pack: &str) -> String {
    format!(
        r#"{{"contract":1,"pack":"{pack}","member":{{"person":"active","age":40}},
            "encounter":{{"id":"e1","care":"inpatient","level":"tier3","admitted":"2024-05-06"}},
            "totals":{{"in_scope":"20000.00"}}}}"#
    )
}

/// An engine that is dropped at the end of the test.
struct Host(u32);

impl Host {
    fn new() -> Self {
        let handle = tongchou_new();
        assert_ne!(handle, 0);
        Self(handle)
    }

    fn call(&self, input: &[u8], cap: usize) -> (i32, usize, String) {
        let mut out = vec![b'.'; cap];
        let mut needed = usize::MAX;
        let out_ptr = if cap == 0 { ptr::null_mut() } else { out.as_mut_ptr() };
        // SAFETY: The three buffers are our own and live.
        let status = unsafe {
            tongchou_call(self.0, input.as_ptr(), input.len(), out_ptr, cap, &raw mut needed)
        };
        answer(status, needed, out)
    }

    fn load(&self, input: &[u8], cap: usize) -> (i32, usize, String) {
        let mut out = vec![b'.'; cap];
        let mut needed = usize::MAX;
        // SAFETY: The three buffers are our own and live.
        let status = unsafe {
            let (input, len) = (input.as_ptr(), input.len());
            tongchou_load_pack(self.0, input, len, out.as_mut_ptr(), cap, &raw mut needed)
        };
        answer(status, needed, out)
    }

    fn fetch(&self, cap: usize) -> (i32, usize, String) {
        let mut out = vec![b'.'; cap];
        let mut needed = usize::MAX;
        // SAFETY: The two buffers are our own and live.
        let status = unsafe { tongchou_fetch(self.0, out.as_mut_ptr(), cap, &raw mut needed) };
        answer(status, needed, out)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        tongchou_drop(self.0);
    }
}

/// What was written and nothing behind it.
fn answer(status: i32, needed: usize, mut out: Vec<u8>) -> (i32, usize, String) {
    let written = if matches!(status, 0 | -1) { needed } else { 0 };
    assert!(out.iter().skip(written).all(|byte| *byte == b'.'), "wrote beyond its answer");
    out.truncate(written);
    (status, needed, String::from_utf8(out).unwrap())
}
