//! Invariant 11: one account's business never becomes another's.

use super::oracle::{Oracle, ensure, every_step, settled, settles};
use super::play::Run;
use crate::support::tab::Step;
use tabpin::core::input::{Input, Style};
use tabpin::core::output::{Account, Event, Outcome, Output, Task};
use tabpin::core::pin::{Cause, Status};
use tabpin::core::session::SessionRef;

/// Nothing started as one account ever runs as another account.
pub fn nothing_started_as_one_account_runs_as_another(run: &Run) -> Result<(), String> {
    let mut known: Option<Known> = None;
    let mut accounts: Vec<Account> = Vec::new();
    every_step(run, |oracle, step| {
        ensure(oracle.was == Status::Unknown || oracle.status != Status::Unknown, || "unknown returns".to_owned())?;
        account_is_one(oracle, step, &mut accounts)?;
        ended_is_over(oracle, step)?;
        orders_are_the_accounts(oracle, step)?;
        pinned_for_a_reason(oracle, step, &mut known)
    })
}

/// An account is one session in one variant, from its first pin to its end, and never comes back.
fn account_is_one(oracle: &Oracle<'_>, step: &Step, accounts: &mut Vec<Account>) -> Result<(), String> {
    for output in &step.outputs {
        let Output::Account(account) = output else { continue };
        let ended = oracle.had_ended(step, account.id, |output| *output == Output::Account(*account));
        ensure(!ended, || format!("account {} comes back", account.id))?;
        if let Some(before) = accounts.iter().rfind(|other| other.id == account.id)
            && let (Some(was), Some(is)) = (before.session, account.session)
        {
            ensure(was.is(is), || format!("account {} is somebody else now", account.id))?;
            let settled = oracle.was != Status::SignedIn || before.variant == account.variant;
            ensure(settled, || format!("account {} changes its variant", account.id))?;
        }
        accounts.push(*account);
    }
    Ok(())
}

/// With the account, everything that was started as it ends.
fn ended_is_over(oracle: &Oracle<'_>, step: &Step) -> Result<(), String> {
    for (waiter, wait, outcome) in settled(oracle, step) {
        let over = oracle.had_ended(step, wait.account, settles(waiter)) || wait.account > oracle.account.id;
        let token = matches!(outcome, Outcome::Token(_));
        ensure(!(over && token), || format!("waiter {waiter} of an ended account is given a token"))?;
    }
    for output in &step.outputs {
        let Output::Ended(account) = output else { continue };
        let answered = |id| settled(oracle, step).any(|(other, ..)| other == id);
        let waits = oracle.waiters.iter().find(|(id, wait)| {
            let bound = !matches!(wait.style, None | Some(Style::Ready));
            wait.account == *account && bound && !wait.settled && !answered(**id)
        });
        ensure(waits.is_none(), || format!("{waits:?} goes on waiting after its account's end"))?;
        let flies = oracle.flights.iter().find(|(_, flight)| flight.account == *account);
        ensure(flies.is_none(), || format!("mint {flies:?} goes on after its account's end"))?;
    }
    Ok(())
}

/// What is ordered of the source is ordered for the session that this tab keeps to.
fn orders_are_the_accounts(oracle: &Oracle<'_>, step: &Step) -> Result<(), String> {
    for (at, output) in step.outputs.iter().enumerate() {
        match output {
            Output::Mint { session, .. } => {
                ensure(*session == oracle.account.session, || format!("a mint for {session:?}"))?;
                let fits = session.is_none() || oracle.status == Status::SignedIn || oracle.learns();
                ensure(fits, || format!("a mint for {session:?} in {:?}", oracle.status))?;
            }
            Output::Errand(_, Task::Select | Task::Reload, session) => {
                // What was put off in a prerendered page may begin and end an account at once.
                let ends = |later: &Output| match later {
                    Output::Ended(account) => oracle.accounts.get(account)?.session,
                    _ => None,
                };
                let before = step.outputs[at..].iter().find_map(ends).is_some_and(|before| before.is(*session));
                let ours = oracle.pin == Some(*session) && oracle.status == Status::SignedIn;
                ensure(ours || before, || format!("an errand for {session:?}"))?;
            }
            Output::Errand(_, Task::SignOut, session) => {
                let stored = oracle.stored.map(|stored| stored.session);
                let chosen = oracle.inputs(step).find_map(|input| match input {
                    Input::Pin(_, chosen) if chosen.is(*session) => Some(*chosen),
                    _ => None,
                });
                let ours = chosen.or(oracle.had).or(stored);
                ensure(ours.is_some_and(|ours| ours.is(*session)), || format!("a sign-out of {session:?}"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Who was there when the user signed out or unpinned here: not adopted without being asked for.
struct Known {
    there: Vec<SessionRef>,
    current: Option<SessionRef>,
    unpinned: bool,
}

/// The tab moves to a session only as the pin's table says.
fn pinned_for_a_reason(oracle: &Oracle<'_>, step: &Step, known: &mut Option<Known>) -> Result<(), String> {
    let there = || oracle.view.everybody().into_iter().map(|seen| seen.session);
    let left_by_hand = |input: &&Input| match input {
        Input::SignOut(_) => true,
        Input::Restored(Ok(None)) | Input::Unpin => oracle.was == Status::SignedIn,
        _ => false,
    };
    if let Some(input) = oracle.inputs(step).find(left_by_hand) {
        let unpinned = *input == Input::Unpin;
        let current = oracle.view.current().or(oracle.had);
        *known = Some(Known { there: there().chain(oracle.had).collect(), current, unpinned });
    }
    for output in &step.outputs {
        let Output::Event(Event::Pinned { session, cause, .. }) = *output else { continue };
        let had = oracle.had;
        let was = oracle.was;
        let fits = match cause {
            Cause::Asked => oracle.inputs(step).any(|input| matches!(input, Input::Pin(_, asked) if asked.is(session))),
            Cause::Restored if was != Status::Unknown => came_back(step, session),
            Cause::Restored => was == Status::Unknown && had_stored(oracle, |stored| stored.is(session)),
            Cause::Renewed => {
                let same = |gone: SessionRef| gone.user_id == session.user_id;
                had.filter(|_| was != Status::Unknown).map_or_else(|| had_stored(oracle, same), same)
            }
            Cause::Switched => {
                let before = oracle.seen.current();
                let listed = |pin: SessionRef| oracle.view.sessions.iter().flatten().any(|seen| seen.session.is(pin));
                was == Status::SignedIn
                    && oracle.run.config.source.per_tab
                    && had.is_some_and(|pin| before.is_none_or(|before| before.is(pin)) && listed(pin))
            }
            Cause::First => was != Status::SignedIn && was != Status::Lost,
            Cause::Adopted => was != Status::SignedIn,
        };
        ensure(fits, || format!("{was:?} with {had:?} → {session:?} ({cause:?}) on {:?}", step.input))?;
        if let Some(known) = known.take()
            && !(matches!(cause, Cause::Asked) || came_back(step, session))
        {
            let older =
                |other: &SessionRef| other.started_at.zip(session.started_at).is_some_and(|(old, new)| old < new);
            let barred = known.there.iter().any(|other| other.is(session) && !older(other));
            let moved = known.unpinned && known.current.is_some_and(|current| !current.is(session));
            ensure(!barred || moved, || format!("{session:?} was there before, and is adopted ({cause:?})"))?;
        }
    }
    if let Some(known) = known
        && (oracle.learns() || oracle.view.current != tabpin::core::session::Current::Unknown)
    {
        let null = oracle.learns() && oracle.nulls.values().any(|nulls| *nulls > 0);
        known.there.retain(|other| !null && (oracle.learns() || oracle.view.find(*other).is_some()));
    }
    Ok(())
}

/// Did another page of this tab pin the session while this one was away?
fn came_back(step: &Step, session: SessionRef) -> bool {
    matches!(step.input, Input::Restored(Ok(Some(stored))) if stored.session.is(session))
}

fn had_stored(oracle: &Oracle<'_>, fits: impl Fn(SessionRef) -> bool) -> bool {
    oracle.stored.is_some_and(|stored| fits(stored.session))
}
