//! Broken twins of the machine: a property that cannot fail proves nothing.

use tabpin::core::fault::{Fault, plant};

/// A fault is found within this many cases, or not at all.
pub const CASES: u32 = 10_000;

/// Fails unless `finds` notices that the fault is planted.
pub fn is_found(fault: Fault, finds: impl FnOnce() -> bool) {
    plant(Some(fault));
    let found = finds();
    plant(None);
    assert!(found, "no case finds {fault:?}");
}

/// A test for each fault: planted, it is noticed by `$finds` of what stands beside it.
macro_rules! twins {
    ($finds:expr; $($name:ident = $fault:ident, $what:expr;)*) => {$(
        #[test]
        fn $name() {
            crate::support::twins::is_found(tabpin::core::fault::Fault::$fault, || $finds($what));
        }
    )*};
}
pub(crate) use twins;
