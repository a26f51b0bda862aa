//! The path of a request to the gateway, brought into its one normal form or refused (RG-06, RG-08).
//!
//! The provider may decode a path in ways of its own. So everything that could mean another path there is refused
//! here: dot segments, empty segments, and encoded separators, however often they are encoded.

use std::fmt::Write;

/// Where a request goes.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// The account's id.
    pub account: String,
    /// The path below the account, normal.
    pub path: String,
}

/// Decoding is repeated at most so often; what still changes then is refused.
const MAX_LAYERS: usize = 3;

impl Place {
    /// Reads `/gateway/{account}/…` from a raw request path.
    pub fn read(raw: &str) -> Option<Self> {
        let rest = raw.strip_prefix("/gateway/")?;
        let (account, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, "/"),
        };
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let named = !account.is_empty() && account.bytes().all(plain);
        named.then_some(())?;
        Some(Self { account: account.to_owned(), path: normal(path)? })
    }
}

/// The normal form (RFC 3986 §6.2.2): unreserved characters plain, other escapes in upper case.
fn normal(path: &str) -> Option<String> {
    path.bytes().all(|b| b == b'/' || b == b'%' || is_pchar(b)).then_some(())?;
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    let last = segments.len() - 1;
    // A slash at the end is one empty segment, and the only one that may be.
    let empty = |(at, segment): (usize, &&str)| segment.is_empty() && at != last;
    if segments.iter().enumerate().any(empty) || !segments.iter().all(|segment| is_harmless(segment)) {
        return None;
    }
    segments.into_iter().map(|segment| plain(segment).map(|text| format!("/{text}"))).collect()
}

/// Characters of a path segment (RFC 3986 §3.3).
fn is_pchar(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@".contains(&b)
}

/// Whether no number of decodings makes a segment mean something else.
fn is_harmless(segment: &str) -> bool {
    let mut bytes = segment.as_bytes().to_vec();
    for layer in 0..=MAX_LAYERS {
        // Some servers cut parameters (`;x`) off before they look at dots.
        let name = bytes.split(|b| *b == b';').next().unwrap_or_default();
        let dots = matches!(name, b"." | b"..");
        let separates = |b: &u8| matches!(b, b'/' | b'\\') || b.is_ascii_control();
        if dots || bytes.iter().any(separates) {
            return false;
        }
        match decoded(&bytes, layer == 0) {
            Some(next) if next == bytes => return true,
            Some(next) => bytes = next,
            None => return false,
        }
    }
    false
}

/// One decoding. A stray `%` is refused in the raw path, and means itself deeper down.
fn decoded(bytes: &[u8], raw: bool) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        match (first, after.get(..2).and_then(byte)) {
            (b'%', Some(value)) => {
                decoded.push(value);
                rest = &after[2..];
            }
            (b'%', None) if raw => return None,
            _ => {
                decoded.push(first);
                rest = after;
            }
        }
    }
    Some(decoded)
}

fn plain(segment: &str) -> Option<String> {
    let mut normal = String::with_capacity(segment.len());
    let mut rest = segment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first != b'%' {
            normal.push(char::from(first));
            rest = after;
            continue;
        }
        let value = byte(after.get(..2)?)?;
        if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
            normal.push(char::from(value));
        } else {
            let _ = write!(normal, "%{value:02X}");
        }
        rest = &after[2..];
    }
    Some(normal)
}

fn byte(digits: &[u8]) -> Option<u8> {
    let digit = |b: &u8| char::from(*b).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(digits.first()?)? << 4 | digit(digits.get(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(raw: &str) -> Option<String> {
        Place::read(&format!("/gateway/acc_1{raw}")).map(|place| place.path)
    }

    #[test]
    fn rg_08_paths_come_into_one_form() {
        for (raw, wanted) in [
            ("", "/"),
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/%72epos/%7euser", "/repos/~user"),
            ("/a%2ab/x%3dy", "/a%2Ab/x%3Dy"),
            ("/v1/files/a.b..c/%E2%82%ac", "/v1/files/a.b..c/%E2%82%AC"),
            ("/a:b@c;d=e,f", "/a:b@c;d=e,f"),
            ("/100%25", "/100%25"),
        ] {
            assert_eq!(path(raw).as_deref(), Some(wanted), "{raw}");
        }
    }

    #[test]
    fn rg_06_rg_08_paths_that_could_mean_another_are_refused() {
        for raw in [
            "//evil.example",
            "/a//b",
            "/.",
            "/a/..",
            "/a/../b",
            "/a/%2e%2e/b",
            "/a/.%2E/b",
            "/a/%252e%252e/b",
            "/a/%25252e%25252e/b",
            "/a/%2525252525252e./b",
            "/a/..;/b",
            "/a/..%3b/b",
            "/a%2fb",
            "/a%2Fb",
            "/a%252fb",
            "/a%5cb",
            "/a%255cb",
            "/a\\b",
            "/a%00",
            "/a%0d%0aHost:%20evil",
            "/a%2500",
            "/a%",
            "/a%zz",
            "/ü",
            "/a b",
        ] {
            assert_eq!(path(raw), None, "{raw}");
        }
    }

    proptest::proptest! {
        #[test]
        fn rg_08_what_passes_is_normal_and_leads_nowhere_else(raw in "/[/.;a%2eE5fFcC0u]{0,24}") {
            if let Some(normal) = path(&raw) {
                proptest::prop_assert_eq!(path(&normal), Some(normal.clone()));
                let url = url::Url::parse(&format!("https://api.example{normal}")).expect("an address");
                proptest::prop_assert_eq!(url.path(), normal.as_str());
                proptest::prop_assert_eq!(url.host_str(), Some("api.example"));
            }
        }
    }

    #[test]
    fn rg_06_the_account_is_an_id_and_nothing_else() {
        for raw in
            ["/gateway/", "/gateway//x", "/gateway/a%2e/x", "/gateway/../x", "/gateway/a@b/x", "/other/a"]
        {
            assert_eq!(Place::read(raw), None, "{raw}");
        }
    }
}
