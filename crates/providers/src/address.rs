//! Says which addresses may be called: https and public ones, unless the person vouched for a private one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

use crate::fault::Fault;

/// How far a provider's addresses may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// https to public addresses only (DM-07, UPS-01).
    Public,
    /// https to any address, and plain http to this machine: the person entered it, or it is the demo.
    Private,
}

impl Reach {
    /// What `Provider::private` means.
    pub(crate) fn of(private: bool) -> Self {
        if private { Self::Private } else { Self::Public }
    }

    /// Reads an address and checks all that can be known before its name is resolved.
    pub(crate) fn check(self, address: &str) -> Result<Url, Fault> {
        let odd = || Fault::Forbidden(format!("“{}” is not an address", crate::clean::name(address)));
        let url = Url::parse(address).map_err(|_| odd())?;
        self.check_url(&url)?;
        Ok(url)
    }

    /// The same for a parsed address.
    pub(crate) fn check_url(self, url: &Url) -> Result<(), Fault> {
        let shown = crate::clean::name(url.as_str());
        let host = url.host().ok_or_else(|| Fault::Forbidden(format!("{shown} names no host")))?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(Fault::Forbidden(format!("{shown} carries a user name or a fragment")));
        }
        let plain = url.scheme() == "http" && self == Self::Private && is_this_machine(&host);
        if url.scheme() != "https" && !plain {
            return Err(Fault::Forbidden(format!("{shown} is not an https address")));
        }
        match ip_of(&host) {
            Some(ip) if !self.admits(ip) => Err(Fault::Forbidden(private_address(&shown))),
            _ => Ok(()),
        }
    }

    /// Whether a connection to this address may be made.
    pub(crate) fn admits(self, ip: IpAddr) -> bool {
        self == Self::Private || is_public(ip)
    }
}

/// The sentence for an address that is not public.
pub(crate) fn private_address(name: &str) -> String {
    format!("{name} is an address of this machine or of a private network")
}

/// Whether the host is this machine by its spelling alone.
pub(crate) fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => is_localhost(name),
        Host::Ipv4(ip) => ip.is_loopback(),
        Host::Ipv6(ip) => ip.is_loopback(),
    }
}

/// Whether the name is one that RFC 6761 §6.3 keeps for this machine.
pub(crate) fn is_localhost(name: &str) -> bool {
    let name = name.trim_end_matches('.');
    name.eq_ignore_ascii_case("localhost") || name.to_ascii_lowercase().ends_with(".localhost")
}

fn ip_of(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(ip) => Some(IpAddr::V4(*ip)),
        Host::Ipv6(ip) => Some(IpAddr::V6(*ip)),
    }
}

/// Whether an address belongs to the public Internet (IANA special-purpose registries).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let special = match ip.octets() {
        // This network, private use, loopback, benchmarks of the three-octet kind, multicast and reserved.
        [0 | 10 | 127 | 224..=255, ..]
        // Shared address space of carriers (RFC 6598).
        | [100, 64..=127, ..]
        // Link-local; the metadata service of clouds is here.
        | [169, 254, ..]
        | [172, 16..=31, ..]
        | [192, 168, ..]
        // Protocol assignments, documentation, the old 6to4 relay.
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18 | 19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _] => true,
        _ => false,
    };
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(v4) = embedded_v4(ip) {
        return is_public_v4(v4);
    }
    match ip.segments() {
        // Protocol assignments (Teredo, ORCHID), documentation, 6to4.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => false,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

/// The IPv4 address inside a mapped one (`::ffff:0:0/96`) or behind NAT64 (`64:ff9b::/96`, RFC 6052).
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
            Some(Ipv4Addr::new(a, b, c, d))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ups_01_special_addresses_are_not_public() {
        for ip in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "169.254.169.254",
            "100.64.0.1",
            "172.31.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2001::1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "::127.0.0.1",
        ] {
            assert!(!is_public(ip.parse().expect("an address")), "{ip}");
        }
        for ip in ["8.8.8.8", "140.82.121.3", "2a00:1450:4001::1", "2606:4700::1", "64:ff9b::808:808"] {
            assert!(is_public(ip.parse().expect("an address")), "{ip}");
        }
    }

    #[test]
    fn dm_07_only_https_to_public_literals_passes() {
        for address in [
            "http://issuer.example/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://[::ffff:169.254.169.254]/",
            "https://169.254.169.254/latest",
            "ftp://issuer.example/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "https://user@issuer.example/",
            "https://issuer.example/#f",
            "$(calc)",
            "--flag",
            "\\\\host\\share",
            "https://",
        ] {
            assert!(Reach::Public.check(address).is_err(), "{address}");
        }
        assert!(Reach::Public.check("https://issuer.example/path?x=1").is_ok());
    }

    #[test]
    fn dm_07_a_private_provider_may_be_on_this_machine_but_plain_http_goes_no_further() {
        for address in ["http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost:9/", "https://10.0.0.1/"]
        {
            assert!(Reach::Private.check(address).is_ok(), "{address}");
        }
        for address in ["http://10.0.0.1/", "http://issuer.example/", "http://localhost.evil.example/"] {
            assert!(Reach::Private.check(address).is_err(), "{address}");
        }
    }
}
