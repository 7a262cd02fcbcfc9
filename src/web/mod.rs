//! The shell, for browsers: carries out what the core asks for, and tells it what happened. It decides nothing.

mod connector;
mod convert;
mod free;
mod host;
mod lifecycle;
mod source;
mod storage;
mod tab;
