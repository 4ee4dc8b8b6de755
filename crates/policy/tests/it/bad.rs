//! One mistake each: what is said about it, where, and what to do.

mod examples;
mod keys;
mod layers;
mod names;
mod several;
mod tables;
mod units;
mod vocabulary;
