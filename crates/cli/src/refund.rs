//! `refund` of a settlement as it was answered: what the command line adds to make it a message.

use std::fmt::Write;

use crate::{Failure, GiveBack};

/// The keys behind the settlement, as JSON.
///
/// # Errors
/// A dimension that is not written `NAME=VALUE`.
pub fn extra(options: &GiveBack) -> Result<String, Failure> {
    let mut text = String::new();
    let mut put = |name: &str, value: &str| {
        let (name, value) = (serde_json::Value::from(name), serde_json::Value::from(value));
        let _ = write!(text, ",{name}:{value}");
    };
    if let Some(id) = &options.id {
        put("id", id);
    }
    if let Some(amount) = &options.amount {
        put("amount", amount);
    }
    for given in &options.with {
        let Some((name, value)) = given.split_once('=') else {
            return Err(Failure::new(format!(
                "`--with {given}` is no dimension; write NAME=VALUE, such as network=online"
            )));
        };
        put(name, value);
    }
    Ok(text)
}
