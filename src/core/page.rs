//! The page around the machine: hidden, frozen, kept in the back/forward cache, prerendered.

use super::fault::planted;
use super::input::Input;
use super::machine::Machine;
use super::pin::{Cause, Status, Stored};

/// What the browser has done to the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Page {
    /// While hidden: a throw of the dice, by which hidden tabs refresh one after another.
    pub(super) hidden: Option<u16>,
    /// Nothing runs until the next input.
    frozen: bool,
    /// Prerendered, and not shown yet.
    dormant: bool,
    /// What waits for the page to be shown.
    deferred: Vec<Input>,
}

impl Machine {
    /// What to take in now. A prerendered page neither pins nor mints, and nobody's time runs; what was asked waits.
    pub(super) fn admit(&mut self, input: Input) -> Option<Input> {
        match input {
            Input::Prerendered => self.page.dormant = true,
            Input::Start { .. } | Input::Dispose => {
                self.page.dormant = false;
                return Some(input);
            }
            _ if !self.page.dormant => return Some(input),
            Input::Pin(..) if planted!(PinUnseen) && self.page.deferred.is_empty() => return Some(input),
            // Read anew at the start, or asked for again.
            Input::View(_) | Input::Online(_) | Input::Restored(_) | Input::Sibling(_) | Input::Heard(_) => {}
            Input::Timer | Input::Wake => {}
            _ => self.page.deferred.push(input),
        }
        None
    }

    /// What has waited until now, one after another.
    pub(super) fn deferred(&mut self) -> Option<Input> {
        (!self.page.deferred.is_empty()).then(|| self.page.deferred.remove(0))
    }

    /// The page will run nothing until it is resumed, if ever.
    pub(super) fn freeze(&mut self) {
        self.page.frozen = !self.disposed;
    }

    /// Was the page frozen until now?
    pub(super) fn thaws(&mut self) -> bool {
        std::mem::take(&mut self.page.frozen)
    }

    /// Hidden, or shown again.
    pub(super) fn hide(&mut self, hidden: bool) {
        self.page.hidden = hidden.then_some(self.clock.now.roll);
        if !hidden {
            self.wake();
        }
    }

    /// The page comes out of the back/forward cache. Another page of the same tab may have moved the pin since, so
    /// what is stored wins; `Err` where that is not to be relied on.
    pub(super) fn restored(&mut self, stored: Result<Option<Stored>, ()>) {
        match stored {
            Ok(stored) if self.pin.status == Status::Unknown => self.pin.stored = stored,
            Ok(Some(Stored { session, .. })) => {
                let ours = self.pin.session.is_some_and(|pin| pin.is(session));
                let status = self.pin.status;
                let stays = ours && status == Status::SignedIn || planted!(StayLost) && status == Status::Lost;
                if !stays {
                    self.adopt(session, Cause::Restored);
                }
            }
            Ok(None) if self.pin.status == Status::SignedIn => self.fence(),
            _ => {}
        }
        self.wake();
    }
}
