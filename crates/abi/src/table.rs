//! Handles: a place in a table and the generation of that place.
//!
//! - A handle is never 0, and a dropped one never comes back: a place whose generations are used
//!   up is not used again.
//! - The table is locked only to look a handle up. Calls on one handle wait for each other, calls
//!   on different handles do not.
//! - A call that panics poisons its handle; every later call on it says so.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Status;
use crate::session::Session;

/// The lower bits of a handle are its place, counted from 1; the upper ones its generation.
const PLACE_BITS: u32 = 12;
/// Engines alive at once.
const PLACES_MAX: u32 = (1 << PLACE_BITS) - 1;
const GENERATION_MAX: u32 = (1 << (u32::BITS - PLACE_BITS)) - 1;

type Shared = Arc<Mutex<State>>;

static TABLE: Mutex<Vec<Place>> = Mutex::new(Vec::new());

struct Place {
    generation: u32,
    session: Option<Shared>,
}

enum State {
    Ready(Box<Session>),
    /// A panic was caught; the engine may be half-way through something.
    Poisoned,
}

/// A new engine's handle; none if the table is full.
pub(crate) fn insert() -> Option<u32> {
    let session = Some(Arc::new(Mutex::new(State::Ready(Box::default()))));
    let mut table = lock(&TABLE);
    let usable = |p: &Place| p.session.is_none() && p.generation <= GENERATION_MAX;
    let free = table.iter_mut().zip(1..).find(|(place, _)| usable(place));
    if let Some((place, number)) = free {
        place.session = session;
        return Some(handle(place.generation, number));
    }
    let number = u32::try_from(table.len()).ok()?.checked_add(1)?;
    if PLACES_MAX < number {
        return None;
    }
    table.push(Place { generation: 0, session });
    Some(handle(0, number))
}

/// Makes a handle stale; none if it was already.
pub(crate) fn remove(handle: u32) -> Option<()> {
    let mut table = lock(&TABLE);
    let place = find(&mut table, handle)?;
    let session = place.session.take()?;
    place.generation += 1;
    // The engine goes after the table is free again: it may be large.
    drop(table);
    drop(session);
    Some(())
}

/// Runs work on a handle's session.
pub(crate) fn with<T>(handle: u32, work: impl FnOnce(&mut Session) -> T) -> Result<T, Status> {
    let shared = find(&mut lock(&TABLE), handle).and_then(|place| place.session.clone());
    let shared = shared.ok_or(Status::Misuse)?;
    let mut state = lock(&shared);
    let State::Ready(session) = &mut *state else { return Err(Status::Panicked) };
    let done = catch_unwind(AssertUnwindSafe(|| work(session)));
    done.map_err(|_| {
        *state = State::Poisoned;
        Status::Panicked
    })
}

fn handle(generation: u32, number: u32) -> u32 {
    generation << PLACE_BITS | number
}

/// The place of a handle, if its generation is the current one.
fn find(table: &mut [Place], handle: u32) -> Option<&mut Place> {
    let index = (handle & PLACES_MAX).checked_sub(1)?;
    let place = table.get_mut(usize::try_from(index).ok()?)?;
    (place.generation == handle >> PLACE_BITS).then_some(place)
}

/// Nothing that can panic runs while the table is locked, and `with` catches its own panics.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, and one panics on purpose"
)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_handle_stays_stale() {
        let first = insert().unwrap();
        assert_eq!(with(first, |_| 7), Ok(7));
        assert_eq!(remove(first), Some(()));
        assert_eq!(remove(first), None);
        let second = insert().unwrap();
        assert_ne!(first, second);
        assert_eq!(with(first, |_| 7), Err(Status::Misuse));
        assert_eq!(remove(second), Some(()));
    }

    #[test]
    fn no_place_and_no_generation_too_many() {
        let mut places = vec![Place { generation: GENERATION_MAX, session: None }];
        assert!(find(&mut places, 0).is_none());
        assert!(find(&mut places, 2).is_none());
        assert!(find(&mut places, handle(0, 1)).is_none());
        assert!(find(&mut places, handle(GENERATION_MAX, 1)).is_some());
        assert_eq!(handle(GENERATION_MAX, PLACES_MAX), u32::MAX);
        places[0].generation += 1;
        assert!((0..=u32::MAX).step_by(4096).all(|h| find(&mut places, h | 1).is_none()));
    }

    #[test]
    fn a_panic_is_caught_and_poisons_its_handle_only() {
        let (bad, good) = (insert().unwrap(), insert().unwrap());
        let hook = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| ()));
        let caught = with(bad, |_| panic!("planted"));
        std::panic::set_hook(hook);
        assert_eq!(caught, Err::<(), _>(Status::Panicked));
        assert_eq!(with(bad, |_| 7), Err(Status::Panicked));
        assert_eq!(with(good, |_| 7), Ok(7));
        assert_eq!((remove(bad), remove(good)), (Some(()), Some(())));
        assert_eq!(with(bad, |_| 7), Err(Status::Misuse));
    }
}
