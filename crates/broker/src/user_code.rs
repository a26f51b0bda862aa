//! `UserCode`: what a program shows and the person types into Keylodge's own prompt (RFC 8628 §3.3, §6.1).

use std::fmt;

use serde::{Serialize, Serializer};

use crate::{Entropy, Secret, TokenHash};

/// Letters that nobody mistakes for another one, and that spell no word (RFC 8628 §6.1).
const ALPHABET: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
const LETTERS: u64 = ALPHABET.len() as u64;
/// So many letters, which is 34 bits: out of reach in the few tries there are (RFC 8628 §5.1).
const LENGTH: usize = 8;

/// A code that is to be typed; of the code itself only the hash is kept. Neither is ever printed: the person gets the
/// code from the program's screen, and nowhere else.
#[derive(Clone, PartialEq, Eq)]
pub struct UserCode(TokenHash);

impl UserCode {
    /// A fresh code as it is shown (`WDJB-MJHT`), and what is kept of it.
    pub fn generate(entropy: &dyn Entropy) -> (Secret<String>, Self) {
        let mut bytes = [0u8; 8];
        entropy.fill(&mut bytes);
        // Out of 2^64 numbers no code is likelier than another by more than a billionth.
        let mut number = u64::from_le_bytes(bytes);
        let mut letters = String::with_capacity(LENGTH + 1);
        for _ in 0..LENGTH {
            let at = usize::try_from(number % LETTERS).unwrap_or_default();
            letters.push(char::from(ALPHABET[at]));
            number /= LETTERS;
        }
        let kept = Self(TokenHash::of_text(&letters));
        letters.insert(LENGTH / 2, '-');
        (Secret::new(letters), kept)
    }

    /// Whether the person has typed this code; dashes, spaces and small letters are the same code (RFC 8628 §6.1).
    #[must_use]
    pub fn is(&self, typed: &str) -> bool {
        let letters = typed.chars().filter(char::is_ascii_alphanumeric).take(LENGTH + 1);
        self.0.matches(&Secret::new(letters.map(|letter| letter.to_ascii_uppercase()).collect()))
    }
}

impl fmt::Debug for UserCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UserCode(…)")
    }
}

/// Says only that there is one: 34 bits could be guessed from a hash of them.
impl Serialize for UserCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("typed")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Number(u64);

    impl Entropy for Number {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.copy_from_slice(&self.0.to_le_bytes());
        }
    }

    #[test]
    fn as_30_a_code_is_eight_readable_letters_and_a_dash() {
        for number in [0, 1, 0x0123_4567_89ab_cdef, u64::MAX] {
            let (shown, _) = UserCode::generate(&Number(number));
            let (front, back) = shown.expose().split_once('-').expect("a dash");
            assert_eq!((front.len(), back.len()), (4, 4));
            assert!(front.bytes().chain(back.bytes()).all(|letter| ALPHABET.contains(&letter)));
        }
    }

    #[test]
    fn as_30_it_may_be_typed_as_people_type() {
        let (shown, kept) = UserCode::generate(&Number(0x0123_4567_89ab_cdef));
        let shown = shown.expose();
        let small = format!(" {} ", shown.to_lowercase().replace('-', " "));
        assert!(kept.is(shown) && kept.is(&small) && kept.is(&shown.replace('-', "")));
        let (other, _) = UserCode::generate(&Number(7));
        for wrong in ["", "-", &shown[1..], &format!("{shown}B"), other.expose()] {
            assert!(!kept.is(wrong), "{wrong}");
        }
    }

    #[test]
    fn oau_12_a_code_stands_in_no_output() {
        let (shown, kept) = UserCode::generate(&Number(7));
        let (_, other) = UserCode::generate(&Number(8));
        assert_eq!(format!("{kept:?}"), format!("{other:?}"));
        let json = |code: &UserCode| serde_json::to_string(code).expect("serialises");
        assert_eq!(json(&kept), json(&other));
        assert!(!format!("{shown:?}").contains(shown.expose()));
    }
}
