//! Opens the address that the browser comes back to: loopback only, for one sign-in, with a path of the provider's
//! own (RFC 8252 §7.3; UC-05, UC-06, UC-09). Or finds the one from where the person carries the answer over.

use std::{
    borrow::Cow,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
};

use broker::{
    ByHand, Provider, UpstreamError,
    messages::sign_in,
    provider::{RedirectPolicy, RedirectWay},
};
use url::Url;

/// How often another free port is tried where both families need the same one.
const TRIES: usize = 16;

/// Opens one listening socket.
type Bind<'a> = &'a (dyn Fn(SocketAddr) -> io::Result<TcpListener> + Sync);

/// Listening sockets, and the address that leads to them.
#[derive(Debug)]
struct Bound {
    listeners: Vec<TcpListener>,
    redirect_uri: Url,
}

/// The way back from the provider.
pub(crate) struct WayBack {
    /// Sockets that listen for the browser; none, where the person carries the answer over.
    pub(crate) listeners: Vec<TcpListener>,
    /// The address where the browser ends up; `None`: at a page of the provider's that shows a code.
    pub(crate) address: Option<Url>,
    /// The parameter `redirect_uri`, byte for byte the same in both requests (UC-13); `None`: left out.
    pub(crate) parameter: Option<String>,
    /// What the person carries over.
    pub(crate) by_hand: Option<ByHand>,
}

/// The way back that the provider's policy demands; where any port will do, the one of `before` if it is free.
pub(crate) fn way_back(provider: &Provider, before: Option<&Url>) -> Result<WayBack, UpstreamError> {
    let registered = provider.redirect.address.clone();
    match provider.redirect.way {
        RedirectWay::Loopback => {
            let provider = &on_port_of(provider, before);
            let Bound { listeners, redirect_uri } = bind(provider, &|address| TcpListener::bind(address))?;
            let parameter = Some(redirect_uri.to_string());
            Ok(WayBack { listeners, address: Some(redirect_uri), parameter, by_hand: None })
        }
        RedirectWay::Pasted => {
            let address = registered.as_deref().and_then(own_address).ok_or_else(|| no_address(provider))?;
            let (address, by_hand) = (Some(address), Some(ByHand::Address));
            Ok(WayBack { listeners: Vec::new(), address, parameter: registered, by_hand })
        }
        RedirectWay::Shown => Ok(WayBack {
            listeners: Vec::new(),
            address: None,
            parameter: registered,
            by_hand: Some(ByHand::Code),
        }),
        RedirectWay::Scheme => {
            Err(UpstreamError::Unusable(sign_in::OWN_SCHEME.with([("provider", &provider.name)])))
        }
    }
}

/// The provider with the port of an earlier way back as its first wish, and any other as its second.
fn on_port_of<'p>(provider: &'p Provider, before: Option<&Url>) -> Cow<'p, Provider> {
    let port = before.and_then(Url::port).filter(|_| provider.redirect.ports.is_empty());
    let Some(port) = port else { return Cow::Borrowed(provider) };
    let mut wishing = provider.clone();
    wishing.redirect.ports = vec![port, 0];
    Cow::Owned(wishing)
}

/// An address that codes may be sent to, though nobody of ours listens there: https, and no place for more.
pub(crate) fn own_address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (url.scheme() == "https" && url.has_host() && url.fragment().is_none()).then_some(url)
}

fn no_address(provider: &Provider) -> UpstreamError {
    UpstreamError::Unusable(sign_in::NO_ADDRESS.with([("provider", &provider.name)]))
}

/// Binds what the provider's policy demands.
fn bind(provider: &Provider, bind: Bind<'_>) -> Result<Bound, UpstreamError> {
    let policy = &provider.redirect;
    let (host, listeners) = match policy.host.as_str() {
        "localhost" => ("localhost", both(policy, bind)),
        "::1" | "[::1]" => ("[::1]", one(policy, Ipv6Addr::LOCALHOST.into(), bind)),
        _ => literal(policy, bind),
    };
    let listeners = listeners.map_err(|error| occupied(policy, &error))?;
    let port = port_of(&listeners).map_err(|error| occupied(policy, &error))?;
    let redirect_uri = address(host, port, provider.id.as_str())?;
    Ok(Bound { listeners, redirect_uri })
}

/// IPv4, or IPv6 where there is no IPv4; the literal that was bound is advertised.
fn literal(policy: &RedirectPolicy, bind: Bind<'_>) -> (&'static str, io::Result<Vec<TcpListener>>) {
    match one(policy, Ipv4Addr::LOCALHOST.into(), bind) {
        Err(error) if is_off(&error) => ("[::1]", one(policy, Ipv6Addr::LOCALHOST.into(), bind)),
        bound => ("127.0.0.1", bound),
    }
}

fn one(policy: &RedirectPolicy, ip: IpAddr, bind: Bind<'_>) -> io::Result<Vec<TcpListener>> {
    first(ports(policy), |port| Ok(vec![bind((ip, port).into())?]))
}

/// The name `localhost` may lead to either family, so both listen on the same port.
fn both(policy: &RedirectPolicy, bind: Bind<'_>) -> io::Result<Vec<TcpListener>> {
    let ports = if policy.ports.is_empty() { vec![0; TRIES] } else { policy.ports.clone() };
    first(ports, |port| pair(port, bind))
}

fn pair(port: u16, bind: Bind<'_>) -> io::Result<Vec<TcpListener>> {
    let v4 = match bind((Ipv4Addr::LOCALHOST, port).into()) {
        Err(error) if is_off(&error) => return Ok(vec![bind((Ipv6Addr::LOCALHOST, port).into())?]),
        bound => bound?,
    };
    let port = v4.local_addr()?.port();
    match bind((Ipv6Addr::LOCALHOST, port).into()) {
        Ok(v6) => Ok(vec![v4, v6]),
        Err(error) if is_off(&error) => Ok(vec![v4]),
        Err(error) => Err(error),
    }
}

fn ports(policy: &RedirectPolicy) -> Vec<u16> {
    if policy.ports.is_empty() { vec![0] } else { policy.ports.clone() }
}

/// The first port that works; a family that is off fails at once.
fn first(
    ports: Vec<u16>,
    attempt: impl Fn(u16) -> io::Result<Vec<TcpListener>>,
) -> io::Result<Vec<TcpListener>> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for port in ports {
        match attempt(port) {
            Err(error) if !is_off(&error) => last = error,
            done => return done,
        }
    }
    Err(last)
}

/// Whether the address family itself is missing.
fn is_off(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported)
        || error.raw_os_error() == Some(EAFNOSUPPORT)
}

/// "Address family not supported" has no `ErrorKind` of its own.
#[cfg(target_os = "linux")]
const EAFNOSUPPORT: i32 = 97;
#[cfg(target_os = "windows")]
const EAFNOSUPPORT: i32 = 10_047;
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
const EAFNOSUPPORT: i32 = 47;

fn port_of(listeners: &[TcpListener]) -> io::Result<u16> {
    let first = listeners.first().ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(first.local_addr()?.port())
}

fn address(host: &str, port: u16, provider: &str) -> Result<Url, UpstreamError> {
    let odd = || UpstreamError::Unusable("This provider's id cannot be part of an address.".into());
    let mut url = Url::parse(&format!("http://{host}:{port}/")).map_err(|_| odd())?;
    url.path_segments_mut().map_err(|()| odd())?.clear().extend(["callback", provider]);
    Ok(url)
}

/// The redirect address as it is registered at the provider: with its first port, or with none where any will do
/// (RFC 8252 §7.3).
pub(crate) fn registered(provider: &Provider) -> String {
    let policy = &provider.redirect;
    let host = if policy.host == "localhost" { "localhost" } else { "127.0.0.1" };
    let port = policy.ports.first().map(|port| format!(":{port}")).unwrap_or_default();
    policy.address.clone().unwrap_or_else(|| format!("http://{host}{port}/callback/{}", provider.id))
}

fn occupied(policy: &RedirectPolicy, error: &io::Error) -> UpstreamError {
    let ports: Vec<String> = policy.ports.iter().map(u16::to_string).collect();
    UpstreamError::Unusable(if ports.is_empty() {
        sign_in::NO_WAY_BACK.with([("why", &error.to_string())])
    } else {
        sign_in::PORT_TAKEN.with([("ports", &ports.join(", "))])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(host: &str, ports: &[u16]) -> Provider {
        let mut provider = crate::catalogue::shipped().remove(0);
        provider.redirect =
            RedirectPolicy { host: host.to_owned(), ports: ports.to_vec(), ..RedirectPolicy::default() };
        provider
    }

    fn real(address: SocketAddr) -> io::Result<TcpListener> {
        TcpListener::bind(address)
    }

    fn without_v4(address: SocketAddr) -> io::Result<TcpListener> {
        if address.is_ipv4() { Err(io::ErrorKind::AddrNotAvailable.into()) } else { real(address) }
    }

    fn without_v6(address: SocketAddr) -> io::Result<TcpListener> {
        if address.is_ipv6() { Err(io::Error::from_raw_os_error(EAFNOSUPPORT)) } else { real(address) }
    }

    fn has_v6() -> bool {
        TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok()
    }

    #[test]
    fn uc_06_the_literal_that_was_bound_is_advertised() {
        let bound = bind(&provider("127.0.0.1", &[]), &real).expect("bound");
        assert_eq!(bound.redirect_uri.host_str(), Some("127.0.0.1"));
        let bound = bind(&provider("127.0.0.1", &[]), &without_v6).expect("bound");
        assert_eq!(bound.redirect_uri.host_str(), Some("127.0.0.1"));
        if has_v6() {
            let bound = bind(&provider("127.0.0.1", &[]), &without_v4).expect("bound");
            assert_eq!(bound.redirect_uri.host_str(), Some("[::1]"));
        }
    }

    #[test]
    fn uc_06_localhost_listens_on_both_families_or_on_the_one_there_is() {
        let bound = bind(&provider("localhost", &[]), &real).expect("bound");
        assert_eq!(bound.redirect_uri.host_str(), Some("localhost"));
        assert_eq!(bound.listeners.len(), if has_v6() { 2 } else { 1 });
        assert_eq!(bind(&provider("localhost", &[]), &without_v6).expect("bound").listeners.len(), 1);
    }

    #[test]
    fn uc_05_only_loopback_is_bound() {
        for mut entry in crate::catalogue::shipped() {
            // On any port: another program may have the one that the entry names.
            entry.redirect.ports.clear();
            for listener in bind(&entry, &real).expect("bound").listeners {
                assert!(listener.local_addr().expect("bound").ip().is_loopback());
            }
        }
    }

    #[test]
    fn uc_09_each_provider_has_a_path_of_its_own() {
        let bound = bind(&provider("127.0.0.1", &[]), &real).expect("bound");
        assert_eq!(bound.redirect_uri.path(), format!("/callback/{}", provider("", &[]).id));
        assert_eq!(address("127.0.0.1", 1, "a/../b").expect("built").path(), "/callback/a%2F..%2Fb");
    }

    #[test]
    fn the_port_of_before_is_taken_again_unless_it_is_taken_or_the_provider_names_ports() {
        let before = Url::parse("http://127.0.0.1:1/callback/x").expect("an address");
        assert_eq!(on_port_of(&provider("127.0.0.1", &[]), Some(&before)).redirect.ports, [1, 0]);
        assert!(on_port_of(&provider("127.0.0.1", &[]), None).redirect.ports.is_empty());
        assert_eq!(on_port_of(&provider("127.0.0.1", &[7]), Some(&before)).redirect.ports, [7]);
        let first = way_back(&provider("127.0.0.1", &[]), None).expect("bound");
        let taken = way_back(&provider("127.0.0.1", &[]), first.address.as_ref()).expect("bound");
        assert_ne!(taken.address, first.address, "in use: another one");
        drop(first.listeners);
        let again = way_back(&provider("127.0.0.1", &[]), first.address.as_ref()).expect("bound");
        assert_eq!(again.address, first.address);
    }

    #[test]
    fn loc_12_registered_ports_are_tried_in_turn() {
        let taken = real((Ipv4Addr::LOCALHOST, 0).into()).expect("bound");
        let free = real((Ipv4Addr::LOCALHOST, 0).into()).expect("bound");
        let (taken_port, free_port) =
            (taken.local_addr().expect("bound").port(), free.local_addr().expect("bound").port());
        drop(free);
        let bound = bind(&provider("127.0.0.1", &[taken_port, free_port]), &real).expect("bound");
        assert_eq!(bound.redirect_uri.port(), Some(free_port));
        let error = bind(&provider("127.0.0.1", &[taken_port]), &real).expect_err("taken");
        assert!(error.to_string().contains(&taken_port.to_string()));
    }
}
