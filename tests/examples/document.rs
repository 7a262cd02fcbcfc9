//! Instances in one document, which share one pin.

use super::kit::{BARE, Desk, FULL, examples, session, view};
use tabpin::core::input::{Input, Style};
use tabpin::core::output::Output;
use tabpin::core::pin::Move;

/// Two instances, and how much each has heard from the other.
struct Pair {
    desks: [Desk; 2],
    heard: [usize; 2],
}

impl Pair {
    fn of(desks: [Desk; 2]) -> Self {
        Self { desks, heard: [0; 2] }
    }

    /// What this one has told so far.
    fn told(&self, number: usize) -> Vec<Move> {
        let moves = self.desks[number].all().filter_map(|output| match output {
            Output::Share(moved) => Some(*moved),
            _ => None,
        });
        moves.collect()
    }

    /// Each hears what the other tells, and so on, a hundred times at most.
    fn talk(&mut self) {
        for turn in 0..100 {
            let [from, to] = [turn % 2, (turn + 1) % 2];
            let told = self.told(from);
            for moved in &told[self.heard[to]..] {
                self.desks[to].tab.put(Input::Sibling(*moved));
            }
            self.heard[to] = told.len();
        }
    }
}

examples! {
    fn sources_that_disagree_do_not_send_each_other_to_and_fro() {
        // Two bare functions, with a session each of the same user.
        let mut pair = Pair::of([(); 2].map(|()| Desk::with(BARE).started()));
        for _ in 0..3 {
            for (desk, number) in pair.desks.iter_mut().zip([11, 12]) {
                desk.force(Style::Token);
                desk.mints(number);
            }
            pair.talk();
        }
        let pins = pair.desks.each_ref().map(|desk| desk.stands().1.and_then(|pin| pin.session_id));
        assert_eq!(pins, [11, 12].map(|number| session(number).session_id));
        assert_eq!([pair.told(0).len(), pair.told(1).len()], [0, 0]);
    }

    fn what_the_user_does_with_one_instance_goes_for_the_other_and_does_not_come_back() {
        let mut pair = Pair::of([11, 21].map(|number| {
            let mut desk = Desk::with(FULL).started();
            desk.view(view(Some(number), &[11, 21]));
            desk
        }));
        for (chooser, number) in [(0, 21), (1, 11)] {
            pair.desks[chooser].pin(number);
            pair.talk();
            assert!(pair.desks.iter().all(|desk| desk.keeps_to(number)));
        }
        // The user switches in the interface of one of the sources.
        pair.desks[0].view(view(Some(11), &[11, 21]));
        pair.desks[0].done(Ok(()));
        pair.desks[0].view(view(Some(21), &[11, 21]));
        pair.talk();
        assert!(pair.desks.iter().all(|desk| desk.keeps_to(21)));
        assert_eq!([pair.told(0).len(), pair.told(1).len()], [2, 1]);
    }
}
