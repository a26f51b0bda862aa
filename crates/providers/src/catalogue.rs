//! The shipped providers: one TOML file each, in the folder `catalogue`, and a place in the list.

use std::sync::LazyLock;

use broker::Provider;

/// In the order in which they are shown.
const FILES: [(&str, &str); 6] = [
    ("google", include_str!("../catalogue/google.toml")),
    ("microsoft", include_str!("../catalogue/microsoft.toml")),
    ("github", include_str!("../catalogue/github.toml")),
    ("gitlab", include_str!("../catalogue/gitlab.toml")),
    ("issuer", include_str!("../catalogue/issuer.toml")),
    ("by_hand", include_str!("../catalogue/by_hand.toml")),
];

/// Read once. An entry that does not parse is left out; a test sees to it that there is none.
static SHIPPED: LazyLock<Vec<Provider>> =
    LazyLock::new(|| FILES.iter().filter_map(|(name, text)| parsed(name, text)).collect());

/// All of them.
pub(crate) fn shipped() -> Vec<Provider> {
    SHIPPED.clone()
}

fn parsed(name: &str, text: &str) -> Option<Provider> {
    toml::from_str(text)
        .inspect_err(|error| tracing::error!(name, %error, "a catalogue entry is broken"))
        .ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use broker::{Narrowing, provider::Access, provider::Template};

    use super::*;
    use crate::{address::Reach, metadata};

    /// Every shipped provider that is not a form.
    fn complete() -> impl Iterator<Item = Provider> {
        shipped().into_iter().filter(|provider| provider.template.is_none())
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
        assert!(ids.iter().all(|id| id.bytes().all(|b| b.is_ascii_lowercase() || b == b'_' || b == b'-')));
    }

    #[test]
    fn each_has_a_mark_limits_and_a_guide_where_one_is_needed() {
        for entry in shipped() {
            let id = &entry.id;
            assert!((1..=2).contains(&entry.mark.chars().count()), "{id}");
            let colour = entry.colour.strip_prefix('#').expect("a colour");
            assert!(colour.len() == 6 && colour.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
            assert!(entry.limits.iter().all(|limit| limit.ends_with('.')), "{id}");
            assert!(!entry.client.own_id || !entry.guide.is_empty(), "{id}");
            assert!(entry.guide.iter().all(|step| step.text.ends_with('.')), "{id}");
            assert!(!entry.private, "{id}");
        }
    }

    #[test]
    fn dm_07_every_address_is_https_and_public() {
        for entry in shipped() {
            let endpoints = entry.endpoints.iter().flat_map(metadata::addresses);
            let pages =
                entry.withdraw_page.iter().chain(entry.guide.iter().filter_map(|step| step.link.as_ref()));
            let bases = entry.api.iter().map(|route| route.base.as_str());
            for address in endpoints.chain(bases) {
                Reach::Public.check(address).unwrap_or_else(|fault| panic!("{}: {fault}", entry.id));
            }
            for page in pages {
                assert!(page.starts_with("https://"), "{}: {page}", entry.id);
            }
        }
    }

    #[test]
    fn every_scope_is_in_words_and_the_preset_is_small() {
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
                assert!(!scope.preset || scope.access != Access::Write, "{at}");
            }
        }
    }

    #[test]
    fn gateway_paths_lead_somewhere() {
        for entry in complete() {
            assert!(
                entry.has_gateway() && entry.narrowing.last() == Some(&Narrowing::GatewayRules),
                "{}",
                entry.id
            );
            assert!(entry.api.iter().all(|route| route.path.ends_with('/') && route.base.ends_with('/')));
            for path in entry.scopes.iter().flat_map(|scope| &scope.paths) {
                assert!(entry.api.iter().any(|route| path.starts_with(&route.path)), "{}: {path}", entry.id);
            }
        }
    }

    #[test]
    fn uc_15_no_secret_is_shipped() {
        for (name, text) in FILES {
            assert!(!text.contains("client_id =") && !text.contains("client_secret ="), "{name}");
            // Google's and GitHub's secrets and tokens begin like this.
            assert!(!text.contains("GOCSPX") && !text.contains("gho_") && !text.contains("ghp_"), "{name}");
        }
    }

    #[test]
    fn templates_are_forms_and_nothing_else() {
        let forms: Vec<Template> = shipped().iter().filter_map(|entry| entry.template).collect();
        assert_eq!(forms, [Template::Issuer, Template::ByHand]);
    }
}
