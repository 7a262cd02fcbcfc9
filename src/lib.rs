//! Each browser tab keeps to one account and always has a live token, or says exactly why not.
//!
//! [`core`] makes every decision, as pure functions of data and time; `web`, built for `wasm32` only, carries them
//! out in a browser; the npm package `tabpin` is the surface for applications.

pub mod core;
#[cfg(target_arch = "wasm32")]
pub mod web;
