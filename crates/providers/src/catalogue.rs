//! The shipped providers: one TOML file each, in the folder `catalogue`, and a place in the list.

use broker::{Provider, ProviderId};

macro_rules! files {
    ($($id:literal)*) => { [$(($id, include_str!(concat!("../catalogue/", $id, ".toml")))),*] };
}

/// In the order in which they are shown.
const FILES: [(&str, &str); 35] = files!(
    "google"
    "microsoft"
    "github"
    "github-app"
    "gitlab"
    "apple"
    "facebook"
    "amazon"
    "aws-identity-center"
    "x"
    "slack"
    "discord"
    "dropbox"
    "box"
    "spotify"
    "linkedin"
    "atlassian"
    "bitbucket"
    "notion"
    "zoom"
    "salesforce"
    "twitch"
    "reddit"
    "yahoo"
    "fastmail"
    "huggingface"
    "nextcloud"
    "mastodon"
    "gitea"
    "okta"
    "auth0"
    "keycloak"
    "openam"
    "issuer"
    "by_hand"
);

/// All of them as they stand in the list: filled with their defaults, where they have one for every blank. They are read
/// anew each time, so that whoever needs them holds the only copy.
pub(crate) fn shipped() -> Vec<Provider> {
    entries().map(|entry| entry.usual()).collect()
}

/// An entry with its blanks, to be filled in otherwise.
pub(crate) fn form(id: &ProviderId) -> Option<Provider> {
    let (name, text) = FILES.iter().find(|(name, _)| *name == id.as_str())?;
    parsed(name, text)
}

/// An entry that does not parse is left out; a test sees to it that there is none.
fn entries() -> impl Iterator<Item = Provider> {
    FILES.iter().filter_map(|(name, text)| parsed(name, text))
}

pub(crate) fn parsed(name: &str, text: &str) -> Option<Provider> {
    toml::from_str(text)
        .inspect_err(|error| tracing::error!(name, %error, "a catalogue entry is broken"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker::{
        Narrowing,
        provider::{Access, Endpoints, RedirectWay, Risk, SignInWay, Sureness},
    };

    use super::*;
    use crate::address::Reach;

    /// Every shipped provider, its blanks filled with its examples, but for the two that are all blank.
    fn complete() -> impl Iterator<Item = Provider> {
        let entries = entries().filter(|provider| provider.template.is_none());
        entries.map(|entry| {
            let example = |input: &broker::provider::Input| (input.id.clone(), input.example.clone());
            let examples = entry.inputs.iter().map(example).collect();
            entry.filled(&examples).unwrap_or_else(|error| panic!("{}: {error}", entry.id))
        })
    }

    #[test]
    fn every_file_parses_and_is_in_the_list() {
        for (name, text) in FILES {
            let entry: Provider = toml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(entry.id.as_str(), name);
        }
        let folder =
            std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/catalogue")).expect("the folder");
        assert_eq!(folder.count(), FILES.len());
    }

    #[test]
    fn ids_are_unique_and_fit_in_an_address() {
        let ids: BTreeSet<String> = shipped().iter().map(|entry| entry.id.to_string()).collect();
        assert_eq!(ids.len(), FILES.len());
        assert!(
            ids.iter().all(|id| id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')))
        );
    }

    #[test]
    fn each_has_a_mark_limits_and_a_guide() {
        for entry in entries() {
            let id = &entry.id;
            assert!((1..=2).contains(&entry.mark.chars().count()), "{id}");
            let colour = entry.colour.strip_prefix('#').expect("a colour");
            assert!(colour.len() == 6 && colour.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
            assert!(
                !entry.limits.is_empty() && entry.limits.iter().all(|limit| limit.ends_with('.')),
                "{id}"
            );
            assert!(
                !entry.guide.is_empty() && entry.guide.iter().all(|step| step.text.ends_with('.')),
                "{id}"
            );
            assert!(!entry.private && entry.form.is_none() && !entry.sign_in.is_empty(), "{id}");
            assert!(entry.client.own_id != entry.client.dynamic || entry.template.is_some(), "{id}");
        }
    }

    /// White letters stand on the mark's colour: contrast of 4.5 and more (WCAG 2.2, 1.4.3).
    #[test]
    fn every_mark_can_be_read() {
        for entry in entries() {
            let part = |at: usize| {
                let byte = u8::from_str_radix(&entry.colour[at..at + 2], 16).expect("a colour");
                let light = f64::from(byte) / 255.0;
                if light <= 0.04045 { light / 12.92 } else { ((light + 0.055) / 1.055).powf(2.4) }
            };
            let luminance = 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
            let contrast = 1.05 / (luminance + 0.05);
            assert!(contrast >= 4.5, "{}: {contrast:.2}", entry.id);
        }
    }

    #[test]
    fn each_says_what_its_facts_rest_on() {
        for entry in entries() {
            let facts = &entry.facts;
            let dated = facts.checked.len() == 7 && facts.checked.as_bytes()[4] == b'-';
            assert!(dated && !facts.sources.is_empty(), "{}", entry.id);
            assert!(facts.open.iter().all(|open| open.ends_with('.')), "{}", entry.id);
            assert!(facts.sure != Sureness::Low || !facts.open.is_empty(), "{}", entry.id);
        }
    }

    #[test]
    fn dm_07_every_address_is_https_and_public() {
        for entry in complete() {
            let endpoints = entry.endpoints.iter().flat_map(Endpoints::addresses);
            let own = [&entry.revocation.address, &entry.exchange.endpoint, &entry.exchange.scoped_api];
            let own = own.into_iter().flatten().map(String::as_str);
            let pages =
                entry.withdraw_page.iter().chain(entry.guide.iter().filter_map(|step| step.link.as_ref()));
            let bases = entry.api.iter().map(|route| route.base.as_str());
            for address in endpoints.chain(own).chain(bases).chain(entry.issuer.as_deref()) {
                let address = address.replace("{client_id}", "c").replace("{tenantid}", "t");
                assert!(!address.contains('{'), "{}: {address}", entry.id);
                Reach::Public.check(&address).unwrap_or_else(|fault| panic!("{}: {fault}", entry.id));
            }
            for page in pages {
                assert!(page.starts_with("https://") && !page.contains('{'), "{}: {page}", entry.id);
            }
        }
    }

    #[test]
    fn ui_09_every_scope_is_in_words_and_the_preset_is_small() {
        for entry in complete() {
            assert!(!entry.preset().is_empty(), "{}", entry.id);
            let mut seen = BTreeSet::new();
            for scope in &entry.scopes {
                let at = format!("{} {}", entry.id, scope.scope);
                assert!(
                    seen.insert(&scope.scope) && scope.aliases.iter().all(|alias| seen.insert(alias)),
                    "{at}"
                );
                assert!(
                    !scope.words.is_empty() && !scope.words.ends_with('.') && !scope.service.is_empty(),
                    "{at}"
                );
                let writes = ["write", "change", "delete", "send", "post ", "upload"];
                let says_so = writes.iter().any(|word| scope.words.to_lowercase().contains(word));
                assert!(
                    scope.access != Access::Read || !says_so || scope.words.contains("what you post"),
                    "{at}"
                );
                assert!(
                    scope.access != Access::Write || scope.risk > Risk::Low || scope.service == "Playback",
                    "{at}"
                );
                let small = scope.access != Access::Write || entry.id.as_str() == "fastmail";
                assert!(!scope.preset || small, "{at}");
                assert!(scope.includes.iter().all(|part| entry.scope_entry(part).is_some()), "{at}");
            }
        }
    }

    #[test]
    fn presets_are_named_and_made_of_known_scopes() {
        for entry in complete() {
            assert!(!entry.presets.is_empty(), "{}", entry.id);
            let mut names = BTreeSet::new();
            for preset in &entry.presets {
                assert!(
                    names.insert(&preset.name) && !preset.scopes.is_empty(),
                    "{} {}",
                    entry.id,
                    preset.name
                );
                for scope in preset.scopes.iter() {
                    assert!(
                        entry.scope_entry(scope).is_some_and(|e| e.scope == *scope),
                        "{} {scope}",
                        entry.id
                    );
                }
            }
        }
    }

    #[test]
    fn a_derived_scope_is_part_of_another_or_of_everything() {
        for entry in complete() {
            let scopeless = entry.over_grants && entry.preset().iter().all(|scope| entry.is_derived(scope));
            for part in entry.scopes.iter().filter(|scope| scope.derived) {
                let whole =
                    entry.scopes.iter().any(|scope| !scope.derived && scope.includes.contains(&part.scope));
                assert!(whole || scopeless, "{} {}", entry.id, part.scope);
            }
        }
    }

    /// OAU-14: what includes what is written down; nothing follows from how a scope is spelled.
    #[test]
    fn oau_14_no_scope_of_the_catalogue_contains_another_unsaid() {
        for entry in complete() {
            for has in &entry.scopes {
                let one = |scope: &broker::Scope| broker::ScopeSet::from_iter([scope.clone()]);
                for wants in entry.scopes.iter().filter(|wants| wants.scope != has.scope) {
                    let contained = entry.contains(&one(&has.scope), &one(&wants.scope));
                    let said = entry.with_included(&one(&has.scope)).contains(&wants.scope);
                    assert_eq!(contained, said, "{} {} {}", entry.id, has.scope, wants.scope);
                    // What is contained can do no more: a part that writes is in no whole that only reads.
                    let more = wants.access == Access::Write && has.access != Access::Write;
                    assert!(!contained || !more, "{} {} {}", entry.id, has.scope, wants.scope);
                }
                for pattern in ["*", ".default", "https://graph.microsoft.com/.default", "repo:*"] {
                    let pattern = one(&broker::Scope::parse(pattern).expect("legal"));
                    assert!(!entry.contains(&pattern, &one(&has.scope)), "{} {}", entry.id, has.scope);
                }
            }
        }
    }

    #[test]
    fn gateway_paths_lead_somewhere() {
        for entry in complete() {
            let id = &entry.id;
            assert_eq!(entry.has_gateway(), entry.narrowing.last() == Some(&Narrowing::GatewayRules), "{id}");
            assert!(entry.api.iter().all(|route| route.path.ends_with('/') && route.base.ends_with('/')));
            for path in entry.scopes.iter().flat_map(|scope| &scope.paths) {
                assert!(entry.api.iter().any(|route| path.starts_with(&route.path)), "{id}: {path}");
            }
            for way in &entry.unsure_narrowing {
                assert!(entry.narrowing.contains(way), "{id}: {way:?}");
            }
            let gives_less = entry.scopes.iter().filter(|scope| scope.partial && scope.paths.is_empty());
            assert_eq!(gives_less.count(), 0, "{id}");
        }
    }

    #[test]
    fn each_way_to_sign_in_has_what_it_takes() {
        for entry in complete() {
            let id = &entry.id;
            let endpoints = entry.endpoints.as_ref();
            let device = endpoints.is_none_or(|endpoints| endpoints.device_authorization.is_some());
            assert!(!entry.signs_in_by(SignInWay::Device) || device, "{id}");
            assert_eq!(entry.redirect.way == RedirectWay::Loopback, entry.redirect.address.is_none(), "{id}");
            assert!(["127.0.0.1", "localhost"].contains(&entry.redirect.host.as_str()), "{id}");
            if let Some(scope) = &entry.offline.scope {
                assert!(entry.preset().contains(scope), "{id}");
            }
            assert!(entry.endpoints.is_some() || entry.issuer.is_some(), "{id}");
        }
    }

    #[test]
    fn uc_15_no_secret_is_shipped() {
        for (name, text) in FILES {
            let tells = |line: &str| line.starts_with("client_id") || line.starts_with("client_secret");
            assert!(!text.lines().any(tells), "{name}");
        }
    }
}
