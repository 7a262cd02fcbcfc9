//! On a busy device, timers and other tabs' answers are late, and a tab listens for longer before it mints.

use super::super::kit::examples;
use super::{LATENCY, adopted, ask, config, empty, waited};
use crate::support::browser::Browser;
use crate::support::wire::Weather;

/// Timers, and messages at most, are so late, ms.
const LATE: u64 = 25;

/// A tab that has a token, and others that have just come, on a device that is busy from now on.
fn busy(newcomers: usize) -> Browser {
    let mut browser = empty(0);
    browser.open(config(), 0, 0, false, 0);
    ask(&mut browser, 0);
    browser.wait(1_000);
    browser.wire.weather = Weather { delay: 20 + LATE, ..Weather::FAIR };
    for _ in 0..newcomers {
        let new = browser.open(config(), 0, 0, false, 0);
        browser.pages[new].lag = LATE;
    }
    browser
}

examples! {
    fn tabs_that_come_at_once_borrow_although_the_answer_is_late() {
        let mut browser = busy(4);
        (1..5).for_each(|tab| ask(&mut browser, tab));
        browser.wait(1_000);
        assert_eq!(browser.mints.len(), 1);
        assert_eq!((1..5).map(|tab| adopted(&browser, tab)).sum::<u32>(), 4);
    }

    fn a_tab_whose_thread_was_busy_has_heard_nobody_and_does_not_take_itself_for_alone() {
        let mut browser = busy(0);
        let new = browser.open(config(), 0, 0, false, 0);
        // Nothing gets through to it for longer than it would listen: no message, no timer.
        browser.freeze(new, false);
        browser.wait(70);
        browser.thaw(new, false);
        ask(&mut browser, new);
        browser.wait(1_000);
        assert_eq!((browser.mints.len(), adopted(&browser, new)), (1, 1));
    }

    fn a_tab_alone_is_put_off_once_by_as_much_as_its_timer_was_late() {
        let mut browser = empty(0);
        let tab = browser.open(config(), 0, 0, false, 0);
        browser.pages[tab].lag = LATE;
        ask(&mut browser, tab);
        browser.wait(1_000);
        assert_eq!(waited(&browser, tab), 50 + 3 * LATE + LATENCY);
    }
}
