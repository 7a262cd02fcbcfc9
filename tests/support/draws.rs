//! How many random cases are drawn, and which: the same ones every time, unless told otherwise.

use proptest::test_runner::{Config, RngSeed};

/// `TABPIN_CASES`, else as many as this.
pub fn cases(usual: u32) -> u32 {
    std::env::var("TABPIN_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(usual)
}

/// So many cases, of the seed `PROPTEST_RNG_SEED` or of a fixed one. Nothing is written to disk.
pub fn config(cases: u32) -> Config {
    let mut config = Config { cases, failure_persistence: None, ..Config::default() };
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(0x7ab);
    }
    config
}
