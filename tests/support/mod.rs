//! What the tests of the core share: a tab in virtual time, and a provider that can be told to lie.
#![allow(dead_code, reason = "each test crate uses its part")]

pub mod browser;
pub mod draws;
pub mod locks;
pub mod page;
pub mod provider;
pub mod sim;
pub mod tab;
pub mod time;
pub mod tokens;
pub mod wire;
pub mod world;
