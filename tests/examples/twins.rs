//! The other half of every broken twin: the examples do not notice it. Only the property does.

use tabpin::core::fault::{Fault, plant};

#[test]
fn no_example_notices_a_planted_fault() {
    for fault in Fault::ALL {
        plant(Some(fault));
        for (name, example) in crate::TABLES.iter().copied().flatten() {
            let outcome = std::panic::catch_unwind(example);
            assert!(outcome.is_ok(), "{name} notices {fault:?}: make the fault subtler");
        }
        plant(None);
    }
}
