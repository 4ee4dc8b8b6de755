//! What the kernel is measured against: the same results by code written for one policy.
//!
//! Nothing here reads a policy or shares code with the kernel, and nothing is `unsafe`.
//!
//! - [`huadian`]: the stateless loop as published elsewhere, and the same loop written better.
//! - [`inpatient`]: stays in hospital with a state per person, structure in code.
//! - [`mod@reference`]: the inpatient results again, in exact fractions, for the tests.

pub mod huadian;
pub mod inpatient;
pub mod reference;

pub use huadian::{peers_loop, tuned_loop};
pub use inpatient::{VisitOut, YearState, inpatient_control, inpatient_touch32};
pub use reference::inpatient_reference;
