//! Text that is compared and copied far more often than it is read: user ids, session ids, templates, issuers.

use serde::Serialize;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, PoisonError};

/// A name. The same text is kept once, for good: an application meets few of them, and never a token among them.
#[derive(Clone, Copy, Debug, Eq, Serialize)]
#[serde(transparent)]
pub struct Name(&'static str);

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        // The same text is the same allocation.
        std::ptr::eq(self.0.as_ptr(), other.0.as_ptr())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

static NAMES: Mutex<Vec<&'static str>> = Mutex::new(Vec::new());

impl Name {
    /// The name of this text.
    pub fn new(text: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = names.iter().find(|known| **known == text) {
            return Self(known);
        }
        let kept: &'static str = Box::leak(Box::from(text));
        names.push(kept);
        Self(kept)
    }

    /// Any of these, as text; `None` where there are none.
    pub fn either(names: &[Self]) -> Option<Self> {
        let (first, others) = names.split_first()?;
        let mut text = String::from(first.0);
        for other in others {
            text.push_str(" or ");
            text.push_str(other.0);
        }
        Some(Self::new(&text))
    }

    /// The text of this name.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Name {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}
