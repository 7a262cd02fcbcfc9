//! What the core does, told by examples.

mod support;
mod examples {
    pub mod ahead;
    pub mod bare;
    pub mod clock;
    pub mod document;
    pub mod explain;
    pub mod fetch;
    pub mod header;
    pub mod kit;
    pub mod leaving;
    pub mod network;
    pub mod page;
    pub mod pin;
    pub mod regressions;
    pub mod retries;
    pub mod seed;
    mod seen;
    pub mod tabs;
    pub mod tokens;
    #[cfg(feature = "planted-faults")]
    mod twins;
    pub mod waits;
    pub mod words;
}

use examples::{ahead, bare, clock, document, explain, fetch, header, leaving, network};
use examples::{page, pin, regressions, retries, seed, tabs, tokens, waits};

/// Every example, to be run again with a fault planted.
pub const TABLES: &[&[(&str, fn())]] = &[
    pin::TABLE,
    leaving::TABLE,
    bare::TABLE,
    seed::TABLE,
    tokens::TABLE,
    clock::TABLE,
    document::TABLE,
    network::TABLE,
    page::TABLE,
    ahead::TABLE,
    waits::TABLE,
    retries::TABLE,
    fetch::TABLE,
    header::TABLE,
    explain::TABLE,
    regressions::TABLE,
    tabs::turns::TABLE,
    tabs::going::TABLE,
    tabs::lent::TABLE,
    tabs::refused::TABLE,
    tabs::apart::TABLE,
    tabs::busy::TABLE,
];
