//! What the demo provider remembers, in memory and bounded: programs, sign-ins under way, codes and tokens.

use std::collections::VecDeque;

use super::{client::Client, person::Person, scope::Scope};

/// A bounded list by name; the oldest entry makes room for the newest.
#[derive(Debug)]
pub struct Shelf<T>(VecDeque<(String, T)>);

/// Enough for every demo, and no more than a megabyte.
const ROOM: usize = 1000;

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Shelf<T> {
    /// Adds an entry.
    pub fn put(&mut self, name: String, entry: T) {
        if self.0.len() == ROOM {
            self.0.pop_front();
        }
        self.0.push_back((name, entry));
    }

    /// Looks an entry up.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
    }

    /// The same, to change it.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut T> {
        self.0.iter_mut().find(|(known, _)| known == name).map(|(_, entry)| entry)
    }

    /// Removes an entry and returns it.
    pub fn take(&mut self, name: &str) -> Option<T> {
        let place = self.0.iter().position(|(known, _)| known == name)?;
        self.0.remove(place).map(|(_, entry)| entry)
    }
}

/// A sign-in that waits for the person, under its ticket.
#[derive(Clone)]
pub struct Waiting {
    pub client_id: String,
    pub redirect_uri: String,
    pub scopes: Vec<&'static Scope>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: String,
    pub until: u64,
}

/// A code that was issued, under its digest. It stays when it is used, so that a replay is noticed (RFC 6749 §4.1.2).
pub struct Code {
    pub asked: Waiting,
    pub person: &'static Person,
    pub granted: Vec<&'static Scope>,
    pub until: u64,
    /// The family that it produced.
    pub used_for: Option<String>,
}

/// Everything that descends from one sign-in; it ends as a whole (RFC 9700 §4.14.2).
#[derive(Clone)]
pub struct Family {
    pub client_id: String,
    pub person: &'static Person,
    pub scopes: Vec<&'static Scope>,
    /// Digest of the refresh token that is good now.
    pub current: Option<String>,
}

/// An access token, under its digest.
#[derive(Clone)]
pub struct Access {
    pub family: String,
    pub scopes: Vec<&'static Scope>,
    pub until: u64,
}

/// All of it. Tokens and codes are kept as digests only.
#[derive(Default)]
pub struct Store {
    pub clients: Shelf<Client>,
    pub waiting: Shelf<Waiting>,
    pub codes: Shelf<Code>,
    pub families: Shelf<Family>,
    pub access: Shelf<Access>,
    /// Families by the digest of any refresh token that they ever had.
    pub refresh: Shelf<String>,
    /// What programs added, with the subject of whose album it is.
    pub added_photos: Shelf<serde_json::Value>,
}

#[cfg(test)]
mod tests {
    use super::{ROOM, Shelf};

    #[test]
    fn dos_02_as_25_ten_thousand_entries_stay_bounded() {
        let mut shelf = Shelf::default();
        (0..10_000).for_each(|number| shelf.put(number.to_string(), number));
        assert_eq!(shelf.0.len(), ROOM);
        assert_eq!((shelf.get("9000"), shelf.get("8999")), (Some(&9000), None));
        assert_eq!((shelf.take("9999"), shelf.get("9999")), (Some(9999), None));
    }
}
