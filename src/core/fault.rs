//! One-line faults that the tests plant to show that each property can fail.

/// A broken twin of the machine, named after the invariant that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 1: deadlines of those who wait for a hung source are forgotten.
    ForgetDeadline,
    /// 2: whose token it is, is not checked.
    AcceptAnybody,
    /// 3: a forced waiter is given whatever is at hand.
    ServeReplaced,
    /// 4: any null is taken for a sign-out.
    BelieveAnyNull,
    /// 7: a failed attempt throws the live token away.
    DropOnFailure,
    /// 8: dispose leaves what is in flight in flight.
    OutliveDispose,
    /// 9: a header is made of any text.
    BearAnything,
    /// 10: an error quotes the provider's code as it is.
    QuoteAnything,
    /// 11: those who wait on an account that has ended go on to wait on the next.
    Rebind,
}

/// Is this fault planted? Always false in a published build.
#[cfg(feature = "planted-faults")]
macro_rules! planted {
    ($name:ident) => {
        $crate::core::fault::current() == Some($crate::core::fault::Fault::$name)
    };
}
#[cfg(not(feature = "planted-faults"))]
macro_rules! planted {
    ($name:ident) => {
        false
    };
}
pub(crate) use planted;

#[cfg(feature = "planted-faults")]
mod thread {
    use super::Fault;
    use std::cell::Cell;

    thread_local!(static PLANTED: Cell<Option<Fault>> = const { Cell::new(None) });

    /// Plants a fault for this thread, or removes it.
    pub fn plant(fault: Option<Fault>) {
        PLANTED.set(fault);
    }

    pub(crate) fn current() -> Option<Fault> {
        PLANTED.get()
    }
}
#[cfg(feature = "planted-faults")]
pub(crate) use thread::current;
#[cfg(feature = "planted-faults")]
pub use thread::plant;
