//! Invariant 4: "signed out" is never said lightly.

use super::oracle::{Oracle, Wait, ensure, every_step, settled};
use super::play::Run;
use super::tokens::out_of_budget;
use crate::support::tab::{Step, TEMPLATES};
use tabpin::core::error::Code;
use tabpin::core::input::{Answer, Input, Style};
use tabpin::core::output::Outcome;
use tabpin::core::pin::Status;
use tabpin::core::session::{Current, SessionRef, View};

/// "Signed out" is answered only when the source said so for this session (and does not contradict itself), when the
/// account has ended, or when the budget is spent and no live token is left.
pub fn signed_out_is_answered_only_when_it_is_so(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        if oracle.was != Status::SignedOut && oracle.status == Status::SignedOut {
            ensure(source_said_so(oracle, step), || format!("{:?} → SignedOut without a reason", oracle.was))?;
        }
        for (waiter, wait, outcome) in settled(oracle, step) {
            let says = match outcome {
                Outcome::Null => true,
                Outcome::Reject(error) => error.code == Code::SignedOut,
                _ => false,
            };
            if says && wait.style.is_some() {
                let stands = wait.account == oracle.account.id && !oracle.ended.contains(&wait.account);
                let fits = oracle.disposed
                    || !stands
                    || oracle.status == Status::SignedOut
                    || wait.style == Some(Style::Fetch) && oracle.status == Status::Lost
                    || wait.style == Some(Style::Fetch)
                        && out_of_budget(oracle, step, wait)
                        && !live_token_left(oracle, step, wait);
                ensure(fits, || format!("waiter {waiter} is told {outcome:?} in {:?}: {wait:?}", oracle.status))?;
            }
        }
        Ok(())
    })
}

/// Did the source say, or the user do, what makes this tab signed out?
fn source_said_so(oracle: &Oracle<'_>, step: &Step) -> bool {
    if oracle.inputs(step).any(|input| matches!(input, Input::SignOut(_) | Input::Restored(Ok(None)))) {
        return true;
    }
    if oracle.learns() {
        // A bare function: asked at least twice, and nothing but null came.
        return oracle.nulls.values().any(|nulls| *nulls > 1);
    }
    let pin = oracle.had.or(oracle.stored.map(|stored| stored.session));
    matches!(step.input, Input::View(_)) && nobody(&oracle.view, pin)
}

/// The source says "nobody", and lists neither the pin nor, where it would be lost rather, anybody else.
fn nobody(view: &View, pin: Option<SessionRef>) -> bool {
    let listed = |pin: SessionRef| view.sessions.iter().flatten().any(|seen| seen.session.is(pin));
    view.current == Current::Nobody && !pin.is_some_and(listed)
}

/// A token that lives by every clock, came for this account and template, and would do.
fn live_token_left(oracle: &Oracle<'_>, step: &Step, wait: &Wait) -> bool {
    let session = oracle.accounts[&wait.account].session;
    let slot = TEMPLATES.iter().position(|name| *name == wait.template);
    // A newer token may have taken its place.
    let at_hand = slot.and_then(|slot| step.after[slot]);
    oracle.came.iter().any(|((text, template), came)| {
        let facts = &oracle.run.tokens.texts[*text].facts;
        let (Some(iat), Some(exp), Some(session)) = (facts.iat, facts.exp, session) else { return false };
        let issuers = &oracle.run.config.issuers;
        *template == wait.template
            && came.account == wait.account
            && session.belongs(facts.sub, facts.sid)
            && (issuers.is_empty() || facts.iss.is_some_and(|iss| issuers.contains(&iss)))
            && exp - iat > 2_000
            && exp > step.at.real
            && exp > step.at.wall
            && oracle.jumped.is_none_or(|jumped| jumped < came.mono)
            && at_hand.is_some_and(|id| oracle.run.tokens.number(id) == *text)
    })
}

/// A transient failure changes neither the live token nor who is signed in (invariant 7).
pub fn a_transient_failure_changes_nothing(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        let transient = match &step.input {
            Input::Minted(_, Answer::Failed(_) | Answer::Undefined | Answer::Malformed(_)) => true,
            Input::Minted(_, Answer::Null) | Input::Timer => !oracle.learns(),
            Input::Done(_, result) => result.is_err(),
            Input::Online(online) => !online,
            _ => false,
        };
        if !transient || (step.overdue && step.input != Input::Timer) || oracle.jumped == Some(step.at.mono) {
            return Ok(());
        }
        let (was, now) = (oracle.was, oracle.status);
        ensure(was == now && oracle.had == oracle.pin, || format!("{was:?} → {now:?} on {:?}", step.input))?;
        ensure(step.before == step.after, || format!("the token at hand is gone after {:?}", step.input))
    })
}
