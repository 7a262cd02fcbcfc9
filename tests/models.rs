//! Exhaustive models: the real core in small worlds, of which every reachable state is visited.
//!
//! Run with `cargo test --features models --test models`, or `npm test -- models`. Two states count as one when their
//! 64-bit fingerprints are equal: for a million states a chance of one in thirty million that one was overlooked.

mod models {
    mod clocks;
    mod composition;
    mod convex;
    mod generations;
    mod kit;
    mod settlement;
    mod shadow;
    mod table;
    mod turns;
}
