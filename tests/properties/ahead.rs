//! Refreshing ahead, and clocks that are off: laws over lives, skews and dice rather than over traces.

use super::super::runner;
use crate::support::provider::{Mode, Plan, Provider};
use crate::support::sim::Sim;
use crate::support::tab::{Step, Tab};
use crate::support::time::Time;
use crate::support::world::World;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestError};
use tabpin::core::config::{Abilities, Config};
use tabpin::core::input::{Answer, Ask, Input, Style};
use tabpin::core::output::{Event, Output};

/// A law: `Err` says how it is broken.
pub type Law = fn(Case) -> Result<(), String>;

/// What a law is held against.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// A token's life, ms.
    life: i64,
    /// This device's wall clock minus the provider's, ms.
    skew: i64,
    /// The provider dates its tokens so far back, ms.
    backdated: i64,
    leeway: u64,
    latency: u64,
    caches: bool,
    forced: bool,
    dice: u64,
}

/// Holds a law against so many cases.
pub fn holds(law: Law, cases: u32) -> Result<(), String> {
    let lives = prop_oneof![2_500i64..20_000, 20_000i64..400_000, 400_000i64..7_200_000, Just(3_456_000_000)];
    let skews = prop_oneof![-86_400_000i64..86_400_000, -70_000i64..70_000, Just(0)];
    let rest = (0i64..20_000, 0u64..20_000, 0u64..600, any::<bool>(), any::<bool>(), any::<u64>());
    let cases_of = (lives, skews, rest).prop_map(|(life, skew, (backdated, leeway, latency, caches, forced, dice))| {
        Case { life, skew, backdated: backdated.min(life / 4), leeway, latency, caches, forced, dice }
    });
    match runner(cases).run(&cases_of, |case| law(case).map_err(TestCaseError::fail)) {
        Ok(()) => Ok(()),
        Err(TestError::Fail(why, case)) => Err(format!("{why}: {case:?}")),
        Err(other) => Err(other.to_string()),
    }
}

impl Case {
    /// A tab of one user, signed in, whose provider is honest.
    fn tab(&self) -> Sim {
        let source = Abilities { current: true, ..Abilities::default() };
        let config = Config { source, leeway: self.leeway, ..Config::default() };
        let mut world = World { named: true, ..World::default() };
        let time = Time::new(self.skew, self.dice);
        world.sign_in(0, time.real);
        let mut provider = Provider::new(self.life, self.caches);
        provider.backdated = self.backdated;
        let mut sim = Sim::new(Tab::new(config, time), world, provider);
        sim.put(Input::Start { stored: Ok(None), online: true });
        sim
    }

    fn plan(&self, mode: Mode) -> Plan {
        Plan { mode, count: 255, latency: self.latency, late_signed: false }
    }
}

fn ask(sim: &mut Sim, waiter: u32, forced: bool) {
    let account = sim.tab.machine.account_id();
    let ask = Ask { waiter, account, template: None, style: Style::Token, forced, replaces: None, timeout: None };
    sim.put(Input::Ask(ask));
}

fn count(sim: &Sim, wanted: fn(&Output) -> bool) -> usize {
    sim.tab.steps.iter().flat_map(|step| &step.outputs).filter(|output| wanted(output)).count()
}

fn is_mint(output: &Output) -> bool {
    matches!(output, Output::Mint { .. })
}

fn is_expiring(output: &Output) -> bool {
    matches!(output, Output::Event(Event::Expiring { .. }))
}

/// Ms until the machine refreshes on its own.
fn until_refresh(sim: &Sim) -> u64 {
    sim.tab.machine.deadline().expect("a refresh is planned") - sim.tab.time.mono
}

/// With any constant skew, however backdated the tokens are: at most two mints in twenty calls.
pub fn twenty_calls_mint_twice_at_most(case: Case) -> Result<(), String> {
    let mut sim = case.tab();
    sim.provider.plan = case.plan(Mode::Honest);
    // Twenty calls within a third of what is left of a life, so that a right clock sees none end; not of so short a
    // life that one ends while another is waited for, which takes up to a second.
    let pause = ((case.life - case.backdated) as u64 / 60).min(60_000);
    if pause < 150 {
        return Ok(());
    }
    for waiter in 1..=20 {
        ask(&mut sim, waiter, case.forced && waiter == 1);
        sim.wait(pause, 0);
        while !sim.tab.open.is_empty() {
            sim.wait(20, 0);
        }
    }
    let minted = count(&sim, is_mint);
    let story = || sim.tab.steps.iter().map(|step| format!("\n{} {:?}: {:?}", step.at.mono, step.input, step.outputs));
    if minted <= 2 { Ok(()) } else { Err(format!("{minted} mints in 20 calls{}", story().collect::<String>())) }
}

/// Hidden tabs refresh after visible ones, spread out, and before the token stops being usable.
pub fn hidden_tabs_come_later_and_in_time(case: Case) -> Result<(), String> {
    let mut moments = Vec::new();
    let case = Case { skew: 0, backdated: 0, ..case };
    for tab in 0..20u64 {
        let dice = case.dice.wrapping_mul(2 * tab + 3);
        let mut sim = Case { dice, ..case }.tab();
        sim.provider.plan = case.plan(Mode::Honest);
        ask(&mut sim, 1, false);
        sim.wait(case.latency, 0);
        let visible = until_refresh(&sim);
        sim.put(Input::Hidden(true));
        let hidden = until_refresh(&sim);
        let usable = case.life - (case.latency + 1_000) as i64 - case.leeway.min(case.life as u64 / 4) as i64;
        let lead = (case.life / 10).min(5_000) as u64;
        if hidden <= visible {
            return Err(format!("hidden after {hidden} ms, visible after {visible} ms"));
        }
        if visible > case.life as u64 / 2 && hidden as i64 + lead as i64 / 4 > usable + 1_000 {
            return Err(format!("hidden after {hidden} ms, usable for {usable} ms"));
        }
        sim.put(Input::Hidden(false));
        if until_refresh(&sim) != visible {
            return Err("a page that is shown again is no visible one".to_owned());
        }
        moments.push(hidden);
    }
    moments.sort_unstable();
    moments.dedup();
    let lead = (case.life / 10).min(5_000);
    if lead < 1_000 || moments.len() > 14 { Ok(()) } else { Err(format!("20 tabs at {moments:?}")) }
}

/// While no attempt brings a new token, it is told once, in time, that the one at hand goes.
pub fn it_is_told_in_time_that_a_token_goes(case: Case) -> Result<(), String> {
    let case = Case { skew: 0, backdated: 0, ..case };
    let mut sim = case.tab();
    sim.provider.plan = case.plan(Mode::Honest);
    ask(&mut sim, 1, false);
    sim.wait(case.latency, 0);
    let wait = if case.forced { Some(200) } else { None };
    sim.provider.plan = case.plan(Mode::Reject(503, wait));
    if sim.tab.time.now().mono < 2_000 && case.life > 100_000_000 {
        // Too long to be played attempt by attempt.
        return Ok(());
    }
    let end = sim.tab.machine.stats().expires_at.unwrap_or_default();
    while sim.tab.time.real < end {
        let left = (end - sim.tab.time.real) as u64;
        sim.provider.plan.count = 255;
        sim.wait(left.min(60_000), 0);
    }
    let told = count(&sim, is_expiring);
    let usable = end - case.leeway.min(case.life as u64 / 4) as i64;
    let step = sim.tab.steps.iter().find(|step| step.outputs.iter().any(is_expiring));
    let when = step.map(|step| step.at.real);
    let fails = |step: &Step| matches!(step.input, Input::Minted(_, Answer::Failed(_))) && step.at.real < end;
    let failed = sim.tab.steps.iter().any(fails);
    match when {
        Some(at) if told == 1 && at <= usable + case.latency as i64 + 10 && at >= usable - 10 => Ok(()),
        // Until an attempt has failed, the next token may be on its way; without any leeway there is nothing to go yet.
        None if !failed || usable == end => Ok(()),
        _ => Err(format!("told {told} times, first at {when:?}, usable until {usable}, ends at {end}")),
    }
}
