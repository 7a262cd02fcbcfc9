//! What the tests of the core share: a tab in virtual time, and a provider that can be told to lie.
#![allow(dead_code, unused_imports, unused_macros, reason = "each test crate uses its part")]

pub mod bits;
pub mod browser;
pub mod draws;
pub mod locks;
pub mod page;
pub mod provider;
pub mod sim;
pub mod smallest;
pub mod tab;
pub mod tally;
pub mod time;
pub mod tokens;
#[cfg(feature = "planted-faults")]
pub mod twins;
pub mod wire;
pub mod world;
