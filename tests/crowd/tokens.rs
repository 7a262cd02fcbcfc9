//! Whose tokens tabs come to have from each other, and what they make of garbage.

use super::play::Run;
use super::trace::Kind;
use super::watch::{Watch, ensure, every_step, template};
use crate::support::provider::ISSUER;
use crate::support::tab::{Step, TEMPLATES};
use std::collections::BTreeMap;
use tabpin::core::input::{AccountId, Ask, Input, Style, WaiterId};
use tabpin::core::name::Name;
use tabpin::core::output::{Event, Outcome, Output};
use tabpin::core::peers::Heard;
use tabpin::core::session::SessionRef;
use tabpin::core::token::{Origin, TokenFacts};

/// A refusal that others cause is told no more often, ms.
const QUIET: u64 = 1_000;
/// Half of Convex's leeway, whole seconds, and what nobody can tell of a clock, ms.
const YOUNG: i64 = 5_000 + 1_000 + 2_000;
/// So many tabs are remembered at most.
const MOST_PEERS: u32 = 64;

/// No tab ever has or hands out another account's, organization's, template's or issuer's token, or a dead one.
pub fn tokens_are_the_tabs_own(run: &Run<'_>) -> Result<(), String> {
    every_step(run, |watch, page, step| {
        for (slot, name) in TEMPLATES.iter().enumerate() {
            if let Some((text, _)) = watch.seats[page].hands[slot] {
                belongs(watch, page, step, text, *name)?;
            }
        }
        for output in &step.outputs {
            if let Output::Settle(waiter, Outcome::Token(token)) = output {
                let page_now = &run.browser.pages[page];
                let asked = page_now.asks.iter().find(|asked| asked.waiter == Some(*waiter));
                let name = asked.and_then(|asked| asked.template).map(Name::as_str);
                belongs(watch, page, step, page_now.text(*token), name)?;
            }
        }
        Ok(())
    })
}

fn belongs(watch: &Watch<'_>, page: usize, step: &Step, text: usize, name: Option<&str>) -> Result<(), String> {
    let setup = &watch.run.trace.setup;
    let (seat, text_now) = (&watch.seats[page], &watch.run.browser.tokens.texts[text]);
    let session = seat.account.session.ok_or("a token without an account")?;
    let facts = &text_now.facts;
    ensure(session.belongs(facts.sub, facts.sid), || format!("token {text} is another account's"))?;
    ensure(text_now.made_for.0.map(Name::as_str) == name, || format!("token {text} is another template's"))?;
    // Told late, a tab mints for its account what the provider signs for the session's new organization.
    let minted_as = |variant: Option<Name>| watch.seats.iter().any(|seat| seat.minted.get(&text) == Some(&variant));
    let ours = text_now.made_for.1 == seat.account.variant || minted_as(seat.account.variant);
    ensure(ours, || format!("token {text} is another organization's"))?;
    let issued = !setup.issuer || facts.iss == Some(ISSUER.into());
    ensure(issued, || format!("token {text} is another issuer's"))?;
    let slack = 1_100 + setup.latency as i64;
    let lives = setup.kind == Kind::Wild
        || watch.late.contains(&text)
        || facts.exp.is_none_or(|exp| exp + slack > step.at.real);
    ensure(lives, || format!("token {text} died {} ms ago", step.at.real - facts.exp.unwrap_or(0)))
}

/// A forced call never gets the token that it wants replaced, from wherever that comes, but for `fetchToken` out of
/// budget; and `fetchToken` no borrowed one of which more is gone than half of Convex's leeway.
pub fn forced_calls_get_new_tokens(run: &Run<'_>) -> Result<(), String> {
    let mut handed: BTreeMap<(usize, AccountId, usize), usize> = BTreeMap::new();
    let mut wanted: BTreeMap<(usize, WaiterId), (Ask, Option<usize>)> = BTreeMap::new();
    let mut steps = vec![0; run.browser.pages.len()];
    every_step(run, |watch, page, step| {
        let now = &run.browser.pages[page];
        let served = now.asks.iter().filter(|asked| asked.waiter.is_none() && asked.style == Style::Fetch);
        for asked in served.filter(|asked| asked.step == steps[page]) {
            if let Some((_, Outcome::Token(token))) = asked.settled {
                handed.insert((page, watch.seats[page].account.id, template(asked.template)), now.text(token));
            }
        }
        steps[page] += 1;
        if let Input::Ask(ask) = step.input {
            let slot = template(ask.template);
            let known = handed.get(&(page, ask.account, slot)).copied().filter(|_| ask.style == Style::Fetch);
            let old = known.or_else(|| step.before[slot].map(|id| now.text(id)));
            wanted.insert((page, ask.waiter), (ask, old.filter(|_| ask.forced)));
        }
        let gave_up = step.outputs.iter().any(|output| matches!(output, Output::Event(Event::GaveUp { .. })));
        for output in &step.outputs {
            let Output::Settle(waiter, Outcome::Token(token)) = output else { continue };
            let Some((ask, old)) = wanted.get(&(page, *waiter)) else { continue };
            let text = now.text(*token);
            let fetch = ask.style == Style::Fetch;
            ensure(*old != Some(text) || fetch && gave_up, || format!("waiter {waiter} is given the replaced token"))?;
            let borrowed = !watch.seats[page].minted.contains_key(&text) && run.trace.setup.kind != Kind::Wild;
            let age = run.browser.tokens.texts[text].facts.iat.map_or(0, |iat| step.at.real - iat);
            let young = !(fetch && ask.forced && borrowed) || age <= YOUNG || watch.late.contains(&text);
            ensure(young || gave_up, || format!("waiter {waiter} is given a borrowed token {age} ms old"))?;
            if fetch {
                handed.insert((page, ask.account, template(ask.template)), text);
            }
        }
        Ok(())
    })
}

/// Tabs of different accounts, organizations, templates and namespaces never meet: each lock and each message about
/// tokens has a key, and no two of them have the same.
pub fn keys_differ(run: &Run<'_>) -> Result<(), String> {
    type Owner = (Option<SessionRef>, Option<Name>);
    let mut owners: BTreeMap<String, Owner> = BTreeMap::new();
    every_step(run, |watch, page, step| {
        let account = &watch.seats[page].account;
        for output in &step.outputs {
            let Output::Lock(_, key) = output else { continue };
            let owner = (account.session, account.variant);
            let known = owners.entry(key.as_str().to_owned()).or_insert(owner);
            let same = known.1 == owner.1 && known.0.zip(owner.0).is_some_and(|(a, b)| a.is(b));
            ensure(same, || format!("{known:?} and {owner:?} meet"))?;
        }
        Ok(())
    })
}

/// What is malformed or foreign is refused, is told of at most once a second, and changes nothing.
pub fn garbage_changes_nothing(run: &Run<'_>) -> Result<(), String> {
    let mut told: BTreeMap<usize, u64> = BTreeMap::new();
    every_step(run, |watch, page, step| {
        if matches!(step.input, Input::Part | Input::Join(_)) {
            told.remove(&page);
        }
        let refusals = step
            .outputs
            .iter()
            .filter(|output| matches!(output, Output::Event(Event::Refused { origin: Origin::Adopted, .. })));
        for _ in refusals {
            let last = told.insert(page, step.at.mono);
            let quiet = last.is_none_or(|last| step.at.mono - last >= QUIET);
            ensure(quiet, || "refusals are told of in a row".to_owned())?;
        }
        let Input::Heard(heard) = &step.input else { return Ok(()) };
        let foreign = match heard {
            Heard::Noise | Heard::Token(_, Err(_), _) => true,
            Heard::Token(_, Ok(facts), _) => is_foreign(watch, page, facts),
            _ => false,
        };
        let same = step.before.iter().zip(&step.after).all(|(before, after)| after.is_none() || after == before);
        ensure(!foreign || same, || format!("{heard:?} changes what is at hand"))?;
        // A clock that was set in the meantime causes mints, whatever it is seen with.
        let excused = step.overdue || watch.run.trace.setup.kind == Kind::Wild;
        let moved = |output: &Output| match output {
            Output::Event(Event::Refused { .. } | Event::Expiring { .. }) | Output::Keep(_) => false,
            _ => !excused,
        };
        let stray = step.outputs.iter().find(|output| foreign && moved(output));
        ensure(stray.is_none(), || format!("{heard:?} causes {stray:?}"))
    })?;
    for page in &run.browser.pages {
        ensure(page.tab.machine.stats().tabs <= MOST_PEERS, || "too many tabs are remembered".to_owned())?;
    }
    Ok(())
}

fn is_foreign(watch: &Watch<'_>, page: usize, facts: &TokenFacts) -> bool {
    let session = watch.seats[page].account.session;
    let issuer = watch.run.trace.setup.issuer && facts.iss != Some(ISSUER.into());
    issuer || session.is_none_or(|session| !session.belongs(facts.sub, facts.sid))
}
