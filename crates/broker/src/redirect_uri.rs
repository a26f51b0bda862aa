//! Redirect addresses of local programs: which are acceptable, and when two are the same (RFC 8252 §7, RFC 9700 §4.1.3).

use url::{Host, Url};

use crate::{Error, Message, messages::refusals};

const MAX_BYTES: usize = 2048;

/// Checks an address at registration and again at authorization.
///
/// # Errors
/// [`Error::InvalidRequest`] with what is wrong and what would do.
pub fn check(address: &str) -> Result<(), Error> {
    let url = parse(address).ok_or_else(|| refused(refusals::NO_ABSOLUTE))?;
    if url.fragment().is_some() {
        return Err(refused(refusals::FRAGMENT));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused(refusals::NAMES_USER));
    }
    match url.scheme() {
        "http" if is_loopback(&url) => Ok(()),
        "http" => Err(refused(refusals::PLAIN_HTTP)),
        "https" => Ok(()),
        scheme if scheme.contains('.') && url.host().is_none() => Ok(()),
        _ => Err(refused(refusals::BAD_SCHEME)),
    }
}

/// Whether `asked` is the registered address: the same string, but for the port of an `http` address whose host is a
/// loopback IP literal (RFC 8252 §7.3). `localhost`, `127.0.0.1` and `[::1]` are three different hosts.
#[must_use]
pub fn matches(registered: &str, asked: &str) -> bool {
    if registered == asked {
        return true;
    }
    let (Some(mut one), Some(mut two)) = (parse(registered), parse(asked)) else { return false };
    if !(is_loopback_literal(&one) && is_loopback_literal(&two)) {
        return false;
    }
    one.set_port(None).is_ok() && two.set_port(None).is_ok() && one.as_str() == two.as_str()
}

/// Host and port for the person to see.
#[must_use]
pub fn shown(address: &str) -> String {
    let Some(url) = parse(address) else { return String::new() };
    match (url.host_str(), url.port_or_known_default()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        _ => format!("{}:", url.scheme()),
    }
}

/// The port of an `http` address on loopback, where a local program waits for its answer.
#[must_use]
pub fn loopback_port(address: &str) -> Option<u16> {
    parse(address).filter(is_loopback).and_then(|url| url.port_or_known_default())
}

/// Parses only what is already in the spelling that parsing would give it: odd spellings of hosts, paths with
/// backslashes, tabs and the like are refused and not repaired.
fn parse(address: &str) -> Option<Url> {
    if address.len() > MAX_BYTES || address.bytes().any(|b| b <= b' ' || b >= 0x7f || b == b'\\') {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let plain = url.as_str() == address || url.as_str().strip_suffix('/') == Some(address);
    plain.then_some(url)
}

fn is_loopback(url: &Url) -> bool {
    is_loopback_literal(url) || (url.scheme() == "http" && url.host() == Some(Host::Domain("localhost")))
}

fn is_loopback_literal(url: &Url) -> bool {
    let literal = match url.host() {
        Some(Host::Ipv4(ip)) => ip == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(ip)) => ip == std::net::Ipv6Addr::LOCALHOST,
        _ => false,
    };
    url.scheme() == "http" && literal
}

fn refused(why: Message) -> Error {
    Error::InvalidRequest(refusals::REDIRECT.with([("why", &why)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_01_only_the_port_of_a_loopback_literal_may_differ() {
        assert!(matches("http://127.0.0.1/cb", "http://127.0.0.1:8912/cb"));
        assert!(matches("http://[::1]:1/cb", "http://[::1]:2/cb"));
        for asked in [
            "http://localhost:8912/cb",
            "http://[::1]:8912/cb",
            "http://127.0.0.1:8912/cb/",
            "http://127.0.0.1:8912/CB",
            "http://127.0.0.1:8912/cb?x=1",
            "http://u@127.0.0.1:8912/cb",
            "https://127.0.0.1:8912/cb",
            "http://127.1:8912/cb",
            "http://0x7f000001:8912/cb",
            "http://[::ffff:127.0.0.1]:8912/cb",
            "http://127.0.0.1.nip.io:8912/cb",
            "http://127.0.0.1:8912\\@evil.example/cb",
            "http://127.0.0.1:8912/x/../cb",
        ] {
            assert!(!matches("http://127.0.0.1/cb", asked), "{asked}");
        }
        assert!(!matches("http://localhost:1/cb", "http://localhost:2/cb"), "a name is not a literal");
    }

    #[test]
    fn as_03_oau_06_schemes_that_run_things_are_refused() {
        for address in [
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ms-settings:x",
            "vscode://x/y",
            "http://example.org/cb",
            "http://127.0.0.1/cb#f",
            "http://user@127.0.0.1/cb",
            "http://127.0.0.1/c b",
            "http://127.0.0.1/\tcb",
            "//127.0.0.1/cb",
            "http://[::1%25lo]/cb",
            "",
        ] {
            assert!(check(address).is_err(), "{address}");
        }
        for address in
            ["http://127.0.0.1/cb", "http://localhost:8080/", "https://app.example/cb", "org.example.app:/cb"]
        {
            assert!(check(address).is_ok(), "{address}");
        }
    }
}
