//! Opens an address in the system browser: one of those that the broker named, and only `https`.
//!
//! The main window shows links, for instance to the page where a person registers a client. A script
//! that got into the window could otherwise send what it sees anywhere by opening an address.

use std::{
    collections::HashSet,
    io,
    process::{Command, Stdio},
    sync::{Mutex, PoisonError},
    thread,
};

use control::{Answer, Failure, FailureCode, ProviderView};
use tauri::Url;

/// An absolute path: `PATH` is not asked which program that is.
const OPENER: &str = "/usr/bin/xdg-open";

/// The addresses that may be opened.
#[derive(Debug, Default)]
pub struct Links {
    named: Mutex<HashSet<String>>,
}

impl Links {
    /// Remembers the links in an answer of the broker.
    pub fn learn(&self, answer: &Answer) {
        match answer {
            Answer::Providers(providers) => providers.iter().for_each(|provider| self.learn_guide(provider)),
            Answer::Provider(provider) => self.learn_guide(provider),
            _ => {}
        }
    }

    fn learn_guide(&self, provider: &ProviderView) {
        let links = provider.guide.iter().filter_map(|step| step.link.clone());
        self.named.lock().unwrap_or_else(PoisonError::into_inner).extend(links);
    }

    /// Opens `address` if the broker named it.
    pub fn open(&self, address: &str) -> Result<(), Failure> {
        let address = self.check(address)?;
        start(&address).map_err(|_| no_browser())
    }

    fn check(&self, address: &str) -> Result<Url, Failure> {
        let named = self.named.lock().unwrap_or_else(PoisonError::into_inner).contains(address);
        let parsed = Url::parse(address).ok().filter(|_| named);
        parsed.filter(is_plain_https).ok_or_else(not_named)
    }
}

fn is_plain_https(address: &Url) -> bool {
    let anonymous = address.username().is_empty() && address.password().is_none();
    address.scheme() == "https" && address.host_str().is_some() && anonymous
}

fn start(address: &Url) -> io::Result<()> {
    let mut child = Command::new(OPENER)
        .arg(address.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    // Somebody has to take its exit status.
    thread::spawn(move || child.wait());
    Ok(())
}

fn not_named() -> Failure {
    failure("desktop-link-refused", "Keylodge does not open that address.", "")
}

fn no_browser() -> Failure {
    failure(
        "desktop-no-browser",
        "The browser could not be opened.",
        "Copy the address and open it yourself.",
    )
}

fn failure(id: &str, sentence: &str, next: &str) -> Failure {
    Failure { code: FailureCode::InvalidRequest, sentence: sentence.into(), next: next.into(), id: id.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn knowing(addresses: &[&str]) -> Links {
        Links { named: Mutex::new(addresses.iter().map(ToString::to_string).collect()) }
    }

    #[test]
    fn tau_04_opens_only_what_the_broker_named() {
        let links = knowing(&["https://github.com/settings/developers"]);
        assert!(links.check("https://github.com/settings/developers").is_ok());
        assert!(links.check("https://github.com/settings/developers?leak=name").is_err());
        assert!(links.check("https://evil.example/").is_err());
    }

    #[test]
    fn tau_04_opens_nothing_but_https_even_if_named() {
        for address in [
            "http://github.com/",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "smb://server/share",
            "ms-settings:",
            "--help",
            "https://user:word@github.com/",
            "https:",
            "",
        ] {
            assert!(knowing(&[address]).check(address).is_err(), "{address}");
        }
    }
}
