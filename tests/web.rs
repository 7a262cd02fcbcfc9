//! What only Rust in a browser can show: timers, a drain loop that is called back into, a host that throws, and what
//! comes in as numbers and as a token's text.
#![cfg(target_arch = "wasm32")]

mod web {
    mod drain;
    mod inputs;
    mod kit;
    mod numbers;
    mod timer;
    mod tokens;
}

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
