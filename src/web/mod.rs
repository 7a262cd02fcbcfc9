//! The shell, for browsers: carries out what the core asks for, and tells it what happened. It decides nothing.

mod connector;
pub mod convert;
mod free;
pub mod host;
pub mod lifecycle;
pub mod source;
pub mod storage;
pub mod tab;
