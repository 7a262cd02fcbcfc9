//! Every decision, as pure functions of data and time: no clock, no browser, no randomness, no token text.
//!
//! [`machine::Machine`] is the whole of it: hand it an [`input::Input`], drain its [`output::Output`]s, arm one timer.

mod ask;
mod base64;
pub mod challenge;
pub mod claims;
pub mod clock;
pub mod config;
pub mod connector;
pub mod error;
pub mod explain;
pub mod fault;
pub mod header;
pub mod hearing;
mod identity;
pub mod input;
mod json;
pub mod machine;
pub(crate) mod mint;
pub mod name;
pub mod output;
mod page;
pub mod peers;
pub mod pin;
mod pump;
#[cfg(feature = "models")]
pub mod relative;
pub mod session;
mod slot;
mod snapshot;
pub mod token;
pub mod turns;
pub mod value;
