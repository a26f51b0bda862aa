//! The system browser: opened with an address as data, never through a shell (DM-10, UPS-08).

use std::process::Stdio;

use tokio::process::Command;
use url::{Host, Url};

use crate::service_manager::OURS;

/// Programs that open an address in the person's browser, best first.
const OPENERS: [&str; 4] = ["xdg-open", "x-www-browser", "sensible-browser", "gio"];

/// Opens an https address, or an http one on this machine. `false`: the address is none of these, or there is no
/// browser.
pub fn open(address: &Url) -> bool {
    may_be_opened(address) && OPENERS.iter().any(|opener| start(opener, address))
}

fn may_be_opened(address: &Url) -> bool {
    let local = match address.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    address.scheme() == "https" || (address.scheme() == "http" && local)
}

fn start(opener: &str, address: &Url) -> bool {
    let mut command = Command::new(opener);
    if opener == "gio" {
        command.arg("open");
    }
    for name in OURS {
        command.env_remove(name);
    }
    command.arg(address.as_str()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.spawn() {
        Ok(mut child) => {
            tokio::spawn(async move { child.wait().await });
            true
        }
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dm_10_ups_08_tau_04_only_web_addresses_are_opened() {
        for address in
            ["file:///etc/passwd", "javascript:alert(1)", "http://example.org/", "ms-settings:x", "ftp://x/"]
        {
            assert!(!may_be_opened(&Url::parse(address).expect("an address")), "{address}");
        }
        for address in
            ["https://example.org/$(calc)", "http://127.0.0.1:9/", "http://[::1]:9/", "http://localhost/"]
        {
            assert!(may_be_opened(&Url::parse(address).expect("an address")), "{address}");
        }
    }
}
