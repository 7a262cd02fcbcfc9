//! Invariants 2 and 3: whose tokens are handed out, and which.

use super::oracle::{Oracle, Wait, ensure, every_step, settled, settles};
use super::play::Run;
use crate::support::tab::Step;
use tabpin::core::input::Style;
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::token::TokenId;

/// A token reaches a waiter only if it is the waiter's account's, both when asked and when settled. And it lives.
pub fn a_token_is_the_waiters_accounts(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        for (waiter, wait, outcome) in settled(oracle, step) {
            if let Outcome::Token(token) = outcome {
                let over = oracle.had_ended(step, wait.account, settles(waiter));
                ensure(!over, || format!("waiter {waiter}: the account had ended"))?;
                belongs(oracle, step, wait, *token).map_err(|why| format!("waiter {waiter}, token {token}: {why}"))?;
            }
        }
        for output in &step.outputs {
            if let Output::Judge(waiter, token) = output {
                let wait = &oracle.waiters[waiter];
                let over = oracle.had_ended(step, wait.account, |other| other == output);
                ensure(!over, || format!("judge {waiter}: the account had ended"))?;
                belongs(oracle, step, wait, *token).map_err(|why| format!("judge {waiter}, token {token}: {why}"))?;
            }
        }
        Ok(())
    })
}

fn belongs(oracle: &Oracle<'_>, step: &Step, wait: &Wait, token: TokenId) -> Result<(), String> {
    let run = oracle.run;
    let text = run.tokens.get(token);
    let account = &oracle.accounts[&wait.account];
    let session = account.session.ok_or("the account has no session")?;
    ensure(text.facts.sub == Some(session.user_id), || "of another user".to_owned())?;
    let sids = (text.facts.sid, session.session_id);
    ensure(sids.0.is_none() || sids.1.is_none() || sids.0 == sids.1, || "of another session".to_owned())?;
    let key = (run.tokens.number(token), wait.template);
    let came = oracle.came.get(&key).ok_or("it never came in for this template")?;
    let first = &oracle.accounts[&came.account].variant;
    // With the account before last the shell has forgotten the text, and nobody can know it again.
    let before = came.account + 1 == account.id && oracle.was_in_place(account.id);
    let fits = *first == account.variant || text.made_for.1 == account.variant || !before || came.seeded;
    ensure(fits, || format!("minted as {first:?}, asked as {:?}", account.variant))?;
    let wanted = &run.config.issuers;
    let issuer = wanted.is_empty() || text.facts.iss.is_some_and(|iss| wanted.contains(&iss));
    ensure(issuer, || "of another issuer".to_owned())?;
    let lives = text.facts.life().is_none_or(|life| step.at.mono.saturating_sub(came.mono) < life.max(0) as u64);
    ensure(lives || came.seeded || came.account != account.id, || "it came longer ago than it lives".to_owned())
}

/// A forced waiter never gets the token that it wants replaced. One exception: `fetchToken`, out of budget, returns
/// the replaced token while that still lives, and re-arms.
pub fn a_forced_waiter_never_gets_the_replaced_token(run: &Run) -> Result<(), String> {
    every_step(run, |oracle, step| {
        for (waiter, wait, outcome) in settled(oracle, step) {
            let Outcome::Token(token) = outcome else { continue };
            let Some(wanted) = wait.wanted else { continue };
            let given = run.tokens.number(*token);
            if given != wanted {
                let [old, new] = [wait.at_hand.unwrap_or(given), given].map(|text| &run.tokens.texts[text].facts);
                let lives = old.exp.is_some_and(|exp| exp > step.at.real && exp > step.at.wall);
                let jumped = wait.at_hand.and_then(|text| oracle.came.get(&(text, wait.template)));
                let trusted = jumped.is_none_or(|came| oracle.jumped.is_none_or(|jumped| jumped < came.mono));
                let older = lives && trusted && old.iat.is_some() && new.iat.is_some() && new.iat < old.iat;
                ensure(!older, || format!("waiter {waiter} is given one older than the one it had"))?;
                continue;
            }
            ensure(wait.style == Some(Style::Fetch), || format!("waiter {waiter} is given the replaced token"))?;
            let spent = out_of_budget(oracle, step, wait);
            ensure(spent, || format!("waiter {waiter} is given the replaced token with budget left"))?;
            let gave_up = |output: &Output| matches!(output, Output::Event(Event::GaveUp { .. }));
            ensure(step.outputs.iter().any(gave_up), || format!("waiter {waiter}: nobody is told to re-arm"))?;
            let goes_on = step.deadline.is_some() || !oracle.flights.is_empty();
            ensure(goes_on, || format!("waiter {waiter}: nothing goes on after giving up"))?;
        }
        Ok(())
    })
}

/// May the machine hold that this waiter's budget is spent?
pub fn out_of_budget(oracle: &Oracle<'_>, step: &Step, wait: &Wait) -> bool {
    let awake = step.at.awake.most - wait.awake.most;
    let online = step.at.online.most - wait.online.most;
    match wait.style {
        Some(Style::Fetch) => online >= oracle.run.config.give_up_after || awake >= 600_000,
        _ => awake >= wait.timeout,
    }
}
