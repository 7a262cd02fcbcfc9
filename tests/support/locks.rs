//! Locks as Web Locks are: exclusive, first come first served, and released when their holder crashes.

use std::collections::VecDeque;
use tabpin::core::name::Name;

/// Who holds a lock, or queues for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// This tab, under its own number.
    Tab(usize, u32),
    /// A script that is none of ours, and never lets go by itself.
    Foreign,
}

/// The lock manager of one origin.
#[derive(Clone, Debug, Default)]
pub struct Locks {
    /// The browser has none.
    pub absent: bool,
    /// A foreign script takes every lock first.
    pub hogged: bool,
    /// Namespace and key; the first holds.
    pub queues: Vec<(usize, Name, VecDeque<Holder>)>,
}

impl Locks {
    /// Queues for a lock. True when it is had at once.
    pub fn request(&mut self, place: usize, key: Name, tab: usize, id: u32) -> bool {
        let index = self.queues.iter().position(|queue| (queue.0, queue.1) == (place, key)).unwrap_or_else(|| {
            let first = self.hogged.then_some(Holder::Foreign);
            self.queues.push((place, key, first.into_iter().collect()));
            self.queues.len() - 1
        });
        let queue = &mut self.queues[index].2;
        queue.push_back(Holder::Tab(tab, id));
        queue.len() == 1
    }

    /// Whoever fits leaves every queue; those who come to hold a lock by it.
    pub fn leave(&mut self, fits: impl Fn(Holder) -> bool) -> Vec<(usize, u32)> {
        let mut granted = Vec::new();
        for (_, _, queue) in &mut self.queues {
            let first = queue.front().copied();
            queue.retain(|holder| !fits(*holder));
            if let Some(Holder::Tab(tab, id)) = queue.front().copied().filter(|now| Some(*now) != first) {
                granted.push((tab, id));
            }
        }
        self.queues.retain(|(_, _, queue)| !queue.is_empty());
        granted
    }

    /// A foreign script asks for every lock there is, and takes every later one first; or lets go of all.
    pub fn hog(&mut self, hogged: bool) -> Vec<(usize, u32)> {
        self.hogged = hogged;
        if !hogged {
            return self.leave(|holder| holder == Holder::Foreign);
        }
        self.queues.iter_mut().for_each(|(_, _, queue)| queue.push_back(Holder::Foreign));
        Vec::new()
    }

    /// What this tab holds: numbers and keys.
    pub fn held_by(&self, tab: usize) -> impl Iterator<Item = (u32, Name)> {
        self.queues.iter().filter_map(move |(_, key, queue)| match queue.front() {
            Some(Holder::Tab(other, id)) if *other == tab => Some((*id, *key)),
            _ => None,
        })
    }

    /// Does this tab hold the lock of this number?
    pub fn holds(&self, tab: usize, id: u32) -> bool {
        self.held_by(tab).any(|(other, _)| other == id)
    }

    /// Does this tab hold a lock, or queue for one?
    pub fn knows(&self, tab: usize) -> bool {
        self.queues
            .iter()
            .any(|(_, _, queue)| queue.iter().any(|holder| matches!(holder, Holder::Tab(other, _) if *other == tab)))
    }
}
