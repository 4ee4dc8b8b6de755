//! Reports as text, in Chinese and English: for a terminal, as CSV, as a page.
//!
//! Everything here is a pure function of what came of a run; nothing is measured or read.

pub mod about;
mod chart;
pub mod columns;
pub mod impact;
pub mod numbers;
mod page;
mod words;
