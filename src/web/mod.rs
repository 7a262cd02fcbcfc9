//! The shell, for browsers: carries out what the core asks for, and tells it what happened. It decides nothing.
//!
//! What comes in is numbers, and text where only text will do: JavaScript reads the source's answers, and sends a
//! name's number for its text. What goes out is serialised.

mod connector;
mod free;
pub mod host;
pub mod numbers;
pub mod tab;

use crate::core::value::Value;
use serde::Serialize;
use talc::base::CHUNK_UNIT;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::wasm::WasmGrowAndClaim;
use wasm_bindgen::JsValue;

/// A value for JavaScript: absent values are null, as the contract says.
fn to_js(value: impl Into<Value>) -> JsValue {
    serialized(value.into())
}

fn serialized(value: Value) -> JsValue {
    value.serialize(&serde_wasm_bindgen::Serializer::json_compatible()).unwrap_or(JsValue::NULL)
}

/// Rust's own allocator is 3 KB larger, and made for threads.
#[global_allocator]
static TALC: TalcSyncCell<WasmGrowAndClaim, Sizes> = TalcSyncCell::new_wasm(WasmGrowAndClaim);

/// A list of free memory for each size below 1 KiB, and one for all others: these are few.
struct Sizes;

impl Binning for Sizes {
    type AvailabilityBitField = u64;
    const BIN_COUNT: u32 = u64::BITS - 1;

    fn size_to_bin(size: usize) -> u32 {
        (size / CHUNK_UNIT) as u32
    }
}
