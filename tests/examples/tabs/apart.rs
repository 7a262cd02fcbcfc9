//! Tabs that have nothing to say to each other about tokens, and what they know of each other all the same.

use super::super::kit::examples;
use super::{LIFE, adopted, ask, ask_all, at_hand, config, empty, outputs, tabs, waited};
use crate::support::browser::Browser;
use crate::support::wire::Weather;
use tabpin::core::config::Config;
use tabpin::core::input::Input;
use tabpin::core::output::{Event, Output, Where};
use tabpin::core::pin::Status;

fn several(browser: &Browser, tab: usize) -> Option<bool> {
    browser.pages[tab].tab.machine.snapshot().multi_session
}

/// Two tabs of different users, in this weather, whose source cannot tell how many there are.
fn two_accounts(weather: Weather) -> Browser {
    let mut browser = empty(0);
    browser.world.lists = false;
    browser.wire.weather = weather;
    for session in 0..2 {
        browser.open(config(), 0, session, false, 0);
    }
    browser
}

examples! {
    fn tabs_of_another_organization_keep_to_themselves() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(2_000);
        browser.world.sessions[0].variant = Some("org_1".into());
        browser.tell(0, 0);
        browser.wait(10);
        ask(&mut browser, 0);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        let texts = [0, 1].map(|tab| at_hand(&mut browser, tab).map(|text| browser.tokens.texts[text].made_for.1));
        assert_eq!(texts, [Some(Some("org_1".into())), Some(None)]);
        // Once it is told too, the other tab borrows what the first one has.
        browser.tell(1, 0);
        browser.wait(10);
        ask(&mut browser, 1);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(at_hand(&mut browser, 0), at_hand(&mut browser, 1));
    }

    fn namespaces_do_not_meet() {
        let mut browser = empty(0);
        for place in 0..2 {
            browser.open(config(), place, 0, false, 0);
        }
        ask_all(&mut browser);
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(browser.pages[0].tab.machine.stats().tabs, 0);
    }

    fn a_tab_that_shares_nothing_neither_lends_nor_borrows() {
        let mut browser = empty(0);
        browser.open(Config { share: false, ..config() }, 0, 0, false, 0);
        browser.open(config(), 0, 0, false, 0);
        browser.wait(100);
        for tab in [0, 1, 0] {
            ask(&mut browser, tab);
            browser.wait(2_000);
        }
        assert_eq!([0, 1].map(|tab| adopted(&browser, tab)), [0, 0]);
        assert_eq!(browser.mints.len(), 2);
        assert_eq!(browser.pages[0].tab.machine.stats().tabs, 1);
    }

    fn another_tabs_account_is_a_second_session_until_that_tab_closes() {
        let mut browser = two_accounts(Weather::FAIR);
        browser.wait(100);
        assert_eq!([0, 1].map(|tab| several(&browser, tab)), [Some(true); 2]);
        let drifts = outputs(&browser, 0).filter(|output| {
            matches!(output, Output::Event(Event::Drift { place: Where::Tab, .. }))
        });
        assert_eq!(drifts.count(), 1);
        browser.close(1, false);
        browser.wait(100);
        assert_eq!(several(&browser, 0), None);
    }

    fn a_tab_that_crashed_is_forgotten_when_this_one_wakes() {
        let mut browser = two_accounts(Weather::FAIR);
        browser.wait(100);
        browser.close(1, true);
        browser.wait(10_000);
        assert_eq!(several(&browser, 0), Some(true));
        browser.put(0, Input::Wake);
        browser.wait(999);
        assert_eq!(several(&browser, 0), Some(true));
        browser.wait(1);
        assert_eq!(several(&browser, 0), None);
    }

    fn tabs_that_never_heard_of_each_other_find_out_when_one_wakes() {
        let mut browser = two_accounts(Weather::SILENT);
        browser.wait(1_000);
        assert_eq!(several(&browser, 0), None);
        browser.wire.weather = Weather::FAIR;
        browser.put(0, Input::Wake);
        browser.wait(100);
        assert_eq!([0, 1].map(|tab| several(&browser, tab)), [Some(true); 2]);
    }

    fn nothing_that_happens_to_other_tabs_signs_this_one_out() {
        let mut browser = tabs(2);
        ask_all(&mut browser);
        browser.wait(1_000);
        browser.close(1, true);
        browser.hog(true);
        browser.mute = true;
        browser.wait(3 * LIFE);
        assert_eq!(browser.pages[0].tab.machine.snapshot().status, Status::SignedIn);
        ask(&mut browser, 0);
        assert_eq!(waited(&browser, 0), 0);
    }
}
