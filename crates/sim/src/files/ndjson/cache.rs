//! Which profile a piece of JSON is.

/// Most pieces kept.
const PIECES_MAX: usize = 1 << 18;
/// Longest search: a piece that would need more is not kept, so no file can make this slow.
const STEPS_MAX: usize = 16;
const MIX: u64 = 0x9e37_79b9_7f4a_7c15;

/// Pieces of JSON in two parts, and the index of the profile that they spell.
#[derive(Debug)]
pub struct Cache {
    /// Number of a piece, from 1; 0 for none.
    slots: Vec<u32>,
    pieces: Vec<Piece>,
    bytes: Vec<u8>,
}

#[derive(Debug)]
struct Piece {
    hash: u64,
    start: usize,
    middle: usize,
    end: usize,
    index: u16,
}

impl Default for Cache {
    fn default() -> Self {
        Self { slots: vec![0; 1 << 10], pieces: Vec::new(), bytes: Vec::new() }
    }
}

impl Cache {
    /// The profile of a piece.
    #[inline(always)]
    pub fn get(&self, head: &[u8], tail: &[u8]) -> Option<u16> {
        let hash = hash(head, tail);
        for slot in self.steps(hash) {
            let number = *self.slots.get(slot)?;
            let piece = self.pieces.get((number as usize).checked_sub(1)?)?;
            if piece.hash == hash
                && self.bytes.get(piece.start..piece.middle) == Some(head)
                && self.bytes.get(piece.middle..piece.end) == Some(tail)
            {
                return Some(piece.index);
            }
        }
        None
    }

    /// Keeps a piece.
    pub fn put(&mut self, head: &[u8], tail: &[u8], index: u16) {
        if self.pieces.len() == PIECES_MAX {
            return;
        }
        if self.slots.len() < 4 * (self.pieces.len() + 1) {
            self.grow();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(head);
        let middle = self.bytes.len();
        self.bytes.extend_from_slice(tail);
        let (hash, end) = (hash(head, tail), self.bytes.len());
        self.pieces.push(Piece { hash, start, middle, end, index });
        self.place(self.pieces.len(), hash);
    }

    fn grow(&mut self) {
        self.slots = vec![0; 4 * self.slots.len()];
        let hashes: Vec<u64> = self.pieces.iter().map(|piece| piece.hash).collect();
        for (number, hash) in (1..).zip(hashes) {
            self.place(number, hash);
        }
    }

    fn place(&mut self, number: usize, hash: u64) {
        for slot in self.steps(hash) {
            if let Some(slot) = self.slots.get_mut(slot)
                && *slot == 0
            {
                *slot = u32::try_from(number).unwrap_or(0);
                return;
            }
        }
    }

    fn steps(&self, hash: u64) -> impl Iterator<Item = usize> + use<> {
        let mask = self.slots.len() - 1;
        let first = usize::try_from(hash >> 20).unwrap_or(0);
        (0..STEPS_MAX).map(move |step| first.wrapping_add(step) & mask)
    }
}

#[inline(always)]
fn hash(head: &[u8], tail: &[u8]) -> u64 {
    let hash = mix(MIX ^ (head.len() as u64) << 32 ^ tail.len() as u64, head);
    if tail.is_empty() { hash } else { mix(hash, tail) }
}

#[inline(always)]
fn mix(mut hash: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut add = |word: u64| {
        hash = (hash ^ word).wrapping_mul(MIX);
        hash ^= hash >> 29;
    };
    for word in words {
        add(u64::from_le_bytes(*word));
    }
    if !rest.is_empty() {
        add(rest.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_piece_is_found_as_it_was_put_and_no_other() {
        let mut cache = Cache::default();
        let text = |n: u32| (format!(",\"class\":\"{}\"", n % 977), format!("{}", n / 977));
        for n in 0..20_000 {
            let (head, tail) = text(n);
            assert_eq!(cache.get(head.as_bytes(), tail.as_bytes()), None);
            cache.put(head.as_bytes(), tail.as_bytes(), u16::try_from(n).unwrap());
        }
        let found = (0..20_000).filter(|n| {
            let (head, tail) = text(*n);
            let index = cache.get(head.as_bytes(), tail.as_bytes());
            assert!(index.is_none_or(|index| u32::from(index) == *n));
            index.is_some()
        });
        assert!(found.count() > 19_900);
        assert_eq!(cache.get(b"a", b"bc"), None);
        cache.put(b"a", b"bc", 1);
        assert_eq!((cache.get(b"a", b"bc"), cache.get(b"ab", b"c")), (Some(1), None));
    }
}
