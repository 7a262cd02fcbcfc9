//! What the core does, told by examples.

mod support;
mod examples {
    pub mod bare;
    pub mod explain;
    pub mod fetch;
    pub mod header;
    pub mod kit;
    pub mod pin;
    pub mod tokens;
    #[cfg(feature = "planted-faults")]
    mod twins;
    pub mod waits;
}

use examples::{bare, explain, fetch, header, pin, tokens, waits};

/// Every example, to be run again with a fault planted.
pub const TABLES: &[&[(&str, fn())]] =
    &[pin::TABLE, bare::TABLE, fetch::TABLE, waits::TABLE, tokens::TABLE, header::TABLE, explain::TABLE];
