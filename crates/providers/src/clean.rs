//! Makes words of a stranger fit to be shown: no control or direction characters, no tokens, not long (UPS-09).

/// The longest text that is passed on.
const MAX_CHARS: usize = 200;

/// A run this long without a space that has both letters and digits may be a token, and is not shown.
const TOKEN_LIKE: usize = 24;

/// The text as it may be shown; `secrets` are what we sent and what must not come back into sight (LEK-01).
pub(crate) fn shown(text: &str, secrets: &[&str]) -> String {
    // First what cannot be seen goes: taken out later, it would put together a secret that it had parted.
    let mut plain = visible(text);
    for secret in secrets.iter().map(|secret| visible(secret)).filter(|secret| !secret.is_empty()) {
        plain = plain.replace(&secret, "…");
    }
    let words: Vec<&str> =
        plain.split_whitespace().map(|word| if is_token_like(word) { "…" } else { word }).collect();
    shorten(&words.join(" "))
}

/// A name (of an account, a server): as [`shown`], but long words are left alone.
pub(crate) fn name(text: &str) -> String {
    shorten(visible(text).trim())
}

/// An error code of RFC 6749 §5.2 as a word; anything else is called `unknown_error`.
pub(crate) fn code(text: &str) -> String {
    let fits = !text.is_empty() && text.len() <= 64;
    let clean = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if fits && clean && !is_token_like(text) { text.to_owned() } else { "unknown_error".to_owned() }
}

fn is_token_like(word: &str) -> bool {
    word.len() >= TOKEN_LIKE
        && word.bytes().any(|b| b.is_ascii_digit())
        && word.bytes().any(|b| b.is_ascii_alphabetic())
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= MAX_CHARS {
        return text.to_owned();
    }
    text.chars().take(MAX_CHARS - 1).chain(['…']).collect()
}

/// The text without what cannot be seen; each kind of space is a space.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| is_visible(*c)).collect()
}

/// Whether a character can be seen and does not reorder or hide others.
fn is_visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ups_09_hostile_text_is_shown_harmlessly() {
        assert_eq!(shown("a\u{202e}b\x1b[31m\u{200b}c\r\nd", &[]), "ab[31mc d");
        assert_eq!(shown("\u{e0041}<b>no</b>", &[]), "<b>no</b>");
        assert_eq!(shown(&"ab ".repeat(1000), &[]).chars().count(), MAX_CHARS);
    }

    #[test]
    fn lek_01_no_token_comes_back_into_sight() {
        assert_eq!(shown("bad token rt-1 here", &["rt-1"]), "bad token … here");
        assert_eq!(shown("bad token r\0t-\u{200b}1 here", &["rt-1"]), "bad token … here");
        assert_eq!(shown("bad eyJhbGciOiJSUzI1NiJ9.e30.abcdef", &[]), "bad …");
    }

    #[test]
    fn codes_are_words() {
        assert_eq!(code("invalid_grant"), "invalid_grant");
        for odd in ["", "a b", "<b>", "x\u{202e}", &"x".repeat(65)] {
            assert_eq!(code(odd), "unknown_error");
        }
    }
}
