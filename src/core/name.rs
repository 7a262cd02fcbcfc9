//! Text that is compared and copied far more often than it is read: user ids, session ids, templates, issuers.

use super::value::Value;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};

/// A name, by its number. The same text is kept once, for good: an application meets few of them, and never a token
/// among them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(NonZeroU32);

/// The same name, or none both times? By their numbers: Rust compares optional ones in several steps.
pub fn same(one: Option<Name>, other: Option<Name>) -> bool {
    let number = |name: Option<Name>| name.map_or(0, Name::number);
    number(one) == number(other)
}

/// With so many names no foreign ones are taken in.
const MOST_FOREIGN: usize = 2_000;
/// Longer foreign text is no name, bytes.
const LONGEST_FOREIGN: usize = 1_000;

static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

impl Name {
    /// The name of this text.
    pub fn new(text: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let index = names.iter().position(|known| *known == text).unwrap_or_else(|| {
            names.push(Box::leak(Box::from(text)));
            names.len() - 1
        });
        Self(NonZeroU32::MIN.saturating_add(index as u32))
    }

    /// The name of text that somebody else sent: what is long, or one too many, has none, for names are kept for good.
    pub fn foreign(text: &str) -> Option<Self> {
        let known = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        let room = known.len() < MOST_FOREIGN && text.len() <= LONGEST_FOREIGN;
        let stays = room || known.contains(&text);
        drop(known);
        stays.then(|| Self::new(text))
    }

    /// The name of this number; `None` for 0.
    pub fn numbered(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// Its number.
    pub fn number(self) -> u32 {
        self.0.get()
    }

    /// These, as one text; `None` where there are none.
    pub fn joined(names: &[Self], separator: &str) -> Option<Self> {
        let (first, others) = names.split_first()?;
        let mut text = String::from(first.as_str());
        for other in others {
            text.push_str(separator);
            text.push_str(other.as_str());
        }
        Some(Self::new(&text))
    }

    /// Is it one of these? Where there are none to choose from, anything is.
    #[inline(never)]
    pub fn is_among(name: Option<Self>, allowed: &[Self]) -> bool {
        allowed.is_empty() || name.is_some_and(|name| allowed.contains(&name))
    }

    /// The text of this name.
    pub fn as_str(self) -> &'static str {
        NAMES.lock().unwrap_or_else(PoisonError::into_inner).get(self.0.get() as usize - 1).copied().unwrap_or_default()
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, out: &mut fmt::Formatter) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), out)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Name> for Value {
    fn from(name: Name) -> Self {
        Self::Text(name.as_str())
    }
}
