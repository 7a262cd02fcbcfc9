//! The design's table of the pin, said a second time: not what the tab does, but what it may do.

use super::generations::{Action, index_of, person};
use tabpin::core::pin::Status;
use tabpin::core::session::{Current, View};

/// Where the tab stood.
#[derive(Clone, Debug)]
pub struct Before {
    pub status: Status,
    pub pin: Option<usize>,
    /// From before the reload.
    pub stored: Option<usize>,
    /// The source's current session at the last look.
    pub looked: Option<usize>,
    pub barred: Option<(Vec<usize>, Option<usize>)>,
    pub selecting: bool,
    pub per_tab: bool,
}

/// May the tab stand so after this? `view`: what the source just said.
pub fn is_allowed(
    before: &Before,
    after: (Status, Option<usize>),
    action: Option<Action>,
    view: Option<&View>,
) -> bool {
    let (status, pin) = after;
    if (before.status, before.pin) == after || (before.status, status) == (Status::SignedOut, Status::SignedOut) {
        return true;
    }
    match action {
        Some(Action::Pin(asked)) if view.is_none() => return after == (Status::SignedIn, Some(asked)),
        Some(Action::SignOut) if view.is_none() => return after == (Status::SignedOut, None),
        Some(Action::Unpin) if view.is_none() => {
            return before.status == Status::SignedIn && after == (Status::Lost, before.pin);
        }
        _ => {}
    }
    // Nothing but the source moves the tab otherwise, and only when it knows.
    let Some(view) = view.filter(|view| view.current != Current::Unknown) else { return false };
    let there: Vec<usize> = view.everybody().iter().map(|seen| index_of(seen.session)).collect();
    let current = view.current().map(index_of);
    let same_user = |index: usize, other: usize| person(index).user_id == person(other).user_id;
    let gone = |index: usize| !there.contains(&index);
    let kin = |index: usize| there.iter().any(|other| same_user(index, *other));
    match (before.status, status) {
        (_, Status::Unknown) => false,
        (Status::Unknown, Status::SignedIn) => match (before.stored, pin) {
            (Some(stored), Some(pin)) if stored == pin => !gone(pin),
            (Some(stored), Some(pin)) if same_user(stored, pin) => gone(stored) && !gone(pin),
            (Some(stored), Some(pin)) => {
                gone(stored) && !kin(stored) && there == [pin] && person(pin).started_at > person(0).started_at
            }
            (None, pin) => pin == current,
            (Some(_), None) => false,
        },
        (Status::Unknown, Status::SignedOut) => match before.stored {
            Some(_) => there.is_empty(),
            None => current.is_none(),
        },
        (Status::Unknown, Status::Lost) => {
            before.stored.is_some_and(|stored| gone(stored) && !kin(stored)) && !there.is_empty()
        }
        (Status::SignedIn, Status::SignedIn) => {
            let (Some(old), Some(new)) = (before.pin, pin) else { return false };
            let renewed = gone(old) && same_user(old, new) && !gone(new);
            let at_home = before.per_tab && before.looked == Some(old) && !gone(old) && !before.selecting;
            renewed || at_home && current == Some(new)
        }
        (Status::SignedIn, Status::SignedOut) => there.is_empty(),
        (Status::SignedIn, Status::Lost) => {
            pin == before.pin && before.pin.is_some_and(|old| gone(old) && !kin(old)) && !there.is_empty()
        }
        (Status::SignedOut | Status::Lost, Status::SignedIn) => {
            let Some(new) = pin else { return false };
            match (&before.barred, before.status) {
                (Some((barred, then)), _) => {
                    current == Some(new) && (!barred.contains(&new) || then.is_some_and(|then| then != new))
                }
                (None, Status::Lost) => before.pin.is_some_and(|old| same_user(old, new)) && !gone(new),
                (None, _) => current == Some(new),
            }
        }
        (Status::Lost, Status::SignedOut) => there.is_empty(),
        (Status::Lost, Status::Lost) | (Status::SignedOut, _) => false,
    }
}
