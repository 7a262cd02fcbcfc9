//! One-line faults that the tests plant to show that each property can fail.

/// A broken twin of the machine, by the invariant that it breaks, where it has a number. Each sits in a corner where no example looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// 1: while the source reloads, the deadline of who waits for it is forgotten.
    ForgetDeadline,
    /// 2: whose token a late answer brings is not looked at.
    AcceptAnybody,
    /// 3: by a named template, a forced waiter is given whatever is at hand.
    ServeReplaced,
    /// 4: a second null is taken for a sign-out although the source says otherwise.
    BelieveAnyNull,
    /// 5: a forced ask does not wait for the unforced mint under way.
    MintTwice,
    /// 7: a source that does not know yet costs the live token of a named template.
    DropOnFailure,
    /// 8: dispose leaves abandoned mints in flight.
    OutliveDispose,
    /// 9: a header is made of any text that begins like a token.
    BearAnyTail,
    /// 10: a provider's code with dots in it is quoted.
    QuoteDots,
    /// 11: who rests between two looks at the claims goes on as the next account.
    Rebind,
    /// 11: Convex's server is not told that the client moves to another account.
    KeepServer,
    /// A Convex client that is armed again is given a token at once: a socket that it had stopped stays so.
    TokenFirst,
    /// A 404 is believed where the source cannot list its sessions.
    BelieveNotFound,
    /// Time in a frozen page counts when several wait.
    FrozenTimeCounts,
    /// A forced mint from before the network went is still waited for when it is back.
    AwaitGoneNetwork,
    /// A hidden page that wakes does not care about `Retry-After`.
    WakeRudely,
    /// A prerendered page pins when asked to.
    PinUnseen,
    /// Back from the cache, a page that had lost its session keeps to that.
    StayLost,
    /// Hidden tabs refresh long-lived tokens only once these are no longer usable.
    StaggerPastUse,
    /// Of a long-lived token nobody is told that it goes.
    WarnNobody,
    /// A clock that is hours ahead is not corrected for.
    BelieveFastClock,
    /// 5: by a named template, tabs do not take turns.
    Rush,
    /// 5: on a device that is very busy, a turn comes as soon as on an idle one.
    Hasty,
    /// 6: by a named template, patience ends ten times as late.
    Linger,
    /// 6: while nobody waits, a named template's turn comes only when its token has gone.
    RefreshLate,
    /// 6: that a tab of which it never heard is gone, a tab takes for a sign-out.
    LeaveWithOthers,
    /// By a named template, whose token another tab lends is not looked at.
    BorrowAnybodys,
    /// By a named template, tabs of different organizations meet.
    MixVariants,
    /// Each expired token of another tab's is told of.
    TellEvery,
    /// When the page goes away, a named template's lock is kept.
    KeepLock,
    /// A roll call among more than two forgets nobody.
    RememberAll,
    /// By a named template, who ran out of time is forgotten.
    ForgetLate,
    /// That a source's user has another session is told to the other instances in the document.
    ShareRenewed,
}

impl Fault {
    /// Every fault there is.
    pub const ALL: [Self; 33] = [
        Self::ForgetDeadline,
        Self::AcceptAnybody,
        Self::ServeReplaced,
        Self::BelieveAnyNull,
        Self::MintTwice,
        Self::DropOnFailure,
        Self::OutliveDispose,
        Self::BearAnyTail,
        Self::QuoteDots,
        Self::Rebind,
        Self::KeepServer,
        Self::TokenFirst,
        Self::BelieveNotFound,
        Self::FrozenTimeCounts,
        Self::AwaitGoneNetwork,
        Self::WakeRudely,
        Self::PinUnseen,
        Self::StayLost,
        Self::StaggerPastUse,
        Self::WarnNobody,
        Self::BelieveFastClock,
        Self::Rush,
        Self::Hasty,
        Self::Linger,
        Self::RefreshLate,
        Self::LeaveWithOthers,
        Self::BorrowAnybodys,
        Self::MixVariants,
        Self::TellEvery,
        Self::KeepLock,
        Self::RememberAll,
        Self::ForgetLate,
        Self::ShareRenewed,
    ];
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
