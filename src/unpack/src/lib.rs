//! Makes a WebAssembly module out of a list of yes-or-no decisions, each of which it first says how likely it is.
//!
//! Where they come from decides what this is: in a browser they are read out of the packed text (`src/js/unpack.ts`); with
//! the feature `known`, `tools/pack.mjs` knows them, and writes the text. So there is one model of the module for both. A
//! decision that was expected takes next to no room: the core takes a fifth less room than by brotli alone.
//!
//! All numbers are whole or 32-bit floats with `+`, `-`, `*` and `/` only, which every engine rounds alike.
#![no_std]

mod decide;
mod effects;
mod predict;
mod walk;

static mut WALK: walk::Walk = walk::Walk::NEW;

/// Unpacks: where in the memory the module begins. Once per instance.
#[unsafe(export_name = "b")]
pub extern "C" fn unpack() -> *const u8 {
    let walk = &raw mut WALK;
    // SAFETY: called once, on the only thread there is, and no import calls back.
    let walk = unsafe { &mut *walk };
    walk.module();
    walk.out.as_ptr()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
