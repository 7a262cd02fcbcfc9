//! Each browser tab keeps to one account and always has a live token, or says exactly why not.

pub mod core;
