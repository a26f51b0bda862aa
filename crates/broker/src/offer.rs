//! `Offer`: a provider's entry that a file in the person's configuration directory proposes.
//!
//! Every program of the person's can write such a file. So it changes nothing by itself: it counts from when the person
//! has seen where it leads and accepted it, as it stood then. What it says later is another offer.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::{Provider, caller::hex};

/// What a file proposes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// The file's name.
    pub file: String,
    /// Its entry.
    pub entry: Arc<Provider>,
    /// Names exactly what stands in the file: a *yes* is a yes to this.
    pub shown: String,
}

/// How an offer stands to what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is no provider of that id yet.
    New,
    /// The person accepted it as it stands.
    Accepted,
    /// The provider of that id was accepted or added otherwise: it stays as it was then.
    Changed,
}

impl Offer {
    /// An entry that was read from this text of a file.
    #[must_use]
    pub fn new(file: &str, text: &str, entry: Provider) -> Self {
        Self { file: file.to_owned(), entry: Arc::new(entry), shown: hex(&Sha256::digest(text)) }
    }

    /// How it stands to the provider that is kept under its id.
    #[must_use]
    pub fn standing(&self, kept: Option<&Provider>) -> Standing {
        match kept {
            None => Standing::New,
            Some(kept) if kept.accepted.as_ref() == Some(&self.shown) => Standing::Accepted,
            Some(_) => Standing::Changed,
        }
    }
}
