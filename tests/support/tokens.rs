//! The shell's side of tokens: texts under ids, forgotten when the machine says so.

use tabpin::core::name::Name;
use tabpin::core::token::{TokenFacts, TokenId};

/// Every text that the provider ever signed begins like this, as every JWT does.
pub const HEAD: &str = "eyJhbGciOiJSUzI1NiJ9.";
/// Every signature begins like this, so that a part of a token is recognised too.
pub const SIGNATURE: &str = "S1gn";

/// Which text, over the whole run: unlike an id it is never forgotten.
pub type TextNo = usize;

/// A signed text and what it says.
#[derive(Clone, Debug)]
pub struct Text {
    /// What the provider writes into a header for it.
    pub text: String,
    /// Its claims; the id is filled in when the shell names it.
    pub facts: TokenFacts,
    /// The template and variant that it was signed for.
    pub made_for: (Option<Name>, Option<Name>),
    id: Option<TokenId>,
}

/// Everything ever signed, and the ids in use.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// By number.
    pub texts: Vec<Text>,
    /// Each has an id of its own (`jti`), so that none is like another.
    pub unique: bool,
    ids: Vec<TextNo>,
}

impl Tokens {
    /// Signs these claims; unless told otherwise the same claims make the same text, as with RS256.
    pub fn sign(&mut self, facts: TokenFacts, made_for: (Option<Name>, Option<Name>), clean: bool) -> TextNo {
        let same = |text: &Text| text.facts == facts && text.made_for == made_for && text.text.is_ascii() == clean;
        if let Some(number) = self.texts.iter().rposition(same).filter(|_| !self.unique) {
            return number;
        }
        let number = self.texts.len();
        let tail = if clean { "" } else { "\u{e9}" };
        let text = format!("{HEAD}eyJuIjoi{number}In0.{SIGNATURE}{number}{tail}");
        self.texts.push(Text { text, facts, made_for, id: None });
        number
    }

    /// The shell reads the text: its claims under its id.
    pub fn read(&mut self, number: TextNo) -> TokenFacts {
        let next = self.ids.len() as TokenId;
        let id = *self.texts[number].id.get_or_insert(next);
        if id == next {
            self.ids.push(number);
        }
        TokenFacts { id, ..self.texts[number].facts }
    }

    /// Forgets every text but these.
    pub fn keep(&mut self, kept: &[TokenId]) {
        for text in &mut self.texts {
            text.id = text.id.filter(|id| kept.contains(id));
        }
    }

    /// Which text the id stands, or stood, for.
    pub fn number(&self, id: TokenId) -> TextNo {
        self.ids[id as usize]
    }

    /// Is the id still in use?
    pub fn knows(&self, id: TokenId) -> bool {
        self.get(id).id == Some(id)
    }

    /// The text under the id, were it still known.
    pub fn get(&self, id: TokenId) -> &Text {
        &self.texts[self.number(id)]
    }
}
