//! Looks an entry over as a whole, for whoever writes one: what contradicts itself, what is missing, and how it compares with
//! what the server says about itself.

mod live;

use std::collections::BTreeSet;

use broker::{
    Narrowing, Provider, Scope,
    provider::{Access, Gives, RedirectWay, RevocationWay, Risk, SignInWay},
};
use serde::Serialize;

use crate::entry_file;

/// How much a remark matters.
#[derive(Clone, Copy, Debug, Serialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It cannot work like that.
    Error,
    /// It will surprise somebody.
    Warning,
    /// Good to know.
    Note,
}

/// One thing that was noticed.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Remark {
    /// How much it matters.
    pub weight: Weight,
    /// The key of the entry that it is about.
    pub about: String,
    /// What it is, in a sentence.
    pub says: String,
}

/// What a server says that it can do.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a line of its own")]
pub struct Supports {
    /// PKCE with S256 (RFC 7636).
    pub pkce_s256: bool,
    /// `iss` in its answers (RFC 9207).
    pub iss: bool,
    /// Pushed authorization requests (RFC 9126): `no`, `offered` or `required`.
    pub pushed_requests: &'static str,
    /// Algorithms of DPoP proofs (RFC 9449); none: not offered.
    pub dpop: Vec<String>,
    /// Grant types; none: not said.
    pub grant_types: Vec<String>,
    /// Ways to prove the client; none: not said.
    pub client_authentication: Vec<String>,
    /// A device endpoint (RFC 8628).
    pub device: bool,
    /// A revocation endpoint (RFC 7009).
    pub revocation: bool,
    /// An introspection endpoint (RFC 7662).
    pub introspection: bool,
    /// A registration endpoint (RFC 7591).
    pub registration: bool,
    /// OpenID Connect.
    pub openid: bool,
}

/// Remarks as they are gathered.
#[derive(Default)]
struct Remarks(Vec<Remark>);

impl Remarks {
    fn add(&mut self, weight: Weight, about: &str, says: impl Into<String>) {
        self.0.push(Remark { weight, about: about.to_owned(), says: says.into() });
    }

    fn error_if(&mut self, wrong: bool, about: &str, says: &str) {
        if wrong {
            self.add(Weight::Error, about, says);
        }
    }

    fn warn_if(&mut self, odd: bool, about: &str, says: &str) {
        if odd {
            self.add(Weight::Warning, about, says);
        }
    }

    fn sorted(mut self) -> Vec<Remark> {
        self.0.sort_by_key(|remark| remark.weight);
        self.0
    }
}

/// What can be said of an entry without asking anybody, what matters most first.
#[must_use]
pub fn check_entry(entry: &Provider) -> Vec<Remark> {
    let mut remarks = Remarks::default();
    if entry.template.is_some() {
        remarks.add(Weight::Note, "template", "It is a form, and no provider before it is filled in.");
        return remarks.sorted();
    }
    ways(entry, &mut remarks);
    client(entry, &mut remarks);
    tokens(entry, &mut remarks);
    narrowing(entry, &mut remarks);
    scopes(entry, &mut remarks);
    told(entry, &mut remarks);
    remarks.sorted()
}

fn ways(entry: &Provider, remarks: &mut Remarks) {
    let device = entry.endpoints.as_ref().is_some_and(|endpoints| endpoints.device_authorization.is_none());
    remarks.error_if(
        device && entry.signs_in_by(SignInWay::Device),
        "sign_in",
        "It has “device”, and [endpoints] has no device_authorization.",
    );
    let keyless = entry.endpoints.as_ref().is_some_and(|endpoints| endpoints.jwks.is_none());
    remarks.error_if(
        entry.openid && (keyless || entry.issuer.is_none()),
        "openid",
        "An ID token is checked by issuer and keys: OpenID Connect takes “issuer” and “endpoints.jwks”, too.",
    );
    let mut seen = Vec::new();
    let twice = entry.sign_in.iter().any(|way| {
        seen.contains(&way) || {
            seen.push(way);
            false
        }
    });
    remarks.warn_if(twice, "sign_in", "A way stands there twice.");
    let redirect = &entry.redirect;
    remarks.error_if(
        redirect.way == RedirectWay::Loopback
            && !["127.0.0.1", "localhost"].contains(&redirect.host.as_str()),
        "redirect.host",
        "It is 127.0.0.1 or localhost.",
    );
    remarks.warn_if(
        redirect.way != RedirectWay::Loopback && !redirect.ports.is_empty(),
        "redirect.ports",
        "Ports count only where the browser comes back to this machine (“way = loopback”).",
    );
}

fn client(entry: &Provider, remarks: &mut Remarks) {
    let client = &entry.client;
    remarks.error_if(
        client.secret && client.secret_optional,
        "client",
        "“secret” and “secret_optional” contradict each other.",
    );
    remarks.warn_if(
        client.own_id && client.dynamic,
        "client",
        "With “own_id” nobody registers by itself: “dynamic” has no effect.",
    );
    let cannot = entry.endpoints.as_ref().is_some_and(|endpoints| endpoints.registration.is_none());
    remarks.error_if(
        client.dynamic && !client.own_id && cannot,
        "client.dynamic",
        "[endpoints] has no registration: there is no place to register at.",
    );
    let companies = [SignInWay::ClientCredentials, SignInWay::JwtBearer, SignInWay::GithubApp];
    remarks.error_if(
        client.dpop_bound_access_tokens && entry.sign_in.iter().any(|way| companies.contains(way)),
        "client.dpop_bound_access_tokens",
        "Only sign-ins of people are bound to a key so far, and “sign_in” has ways without a person.",
    );
    remarks.warn_if(
        client.own_id && entry.guide.is_empty(),
        "guide",
        "A client id of one's own is needed, and no guide says how to get one.",
    );
}

fn tokens(entry: &Provider, remarks: &mut Remarks) {
    remarks.error_if(
        entry.endless_tokens && entry.access_token_seconds.is_some(),
        "endless_tokens",
        "It contradicts “access_token_seconds”.",
    );
    let asks = entry.offline.scope.is_some() || !entry.offline.parameters.is_empty();
    remarks.warn_if(
        entry.refresh.gives == Gives::Never && asks,
        "refresh.gives",
        "It is “never”, and [offline] asks for a refresh token.",
    );
    if let Some(scope) = entry.offline.scope.as_ref().filter(|scope| entry.scope_entry(scope).is_none()) {
        remarks.add(
            Weight::Warning,
            "offline.scope",
            format!("No entry of “scopes” says what {scope} means."),
        );
    }
    let revocation = &entry.revocation;
    remarks.error_if(
        revocation.way == RevocationWay::Own && revocation.address.is_none(),
        "revocation",
        "“way = own” takes an “address”.",
    );
    remarks.warn_if(
        revocation.way == RevocationWay::Standard && revocation.address.is_some(),
        "revocation.address",
        "It counts with “way = own” only; the standard's place is “endpoints.revocation”.",
    );
}

fn narrowing(entry: &Provider, remarks: &mut Remarks) {
    let has = |way| entry.narrowing.contains(&way);
    remarks.error_if(
        has(Narrowing::GatewayRules) && entry.api.is_empty(),
        "narrowing",
        "“gateway_rules” takes “api”: without it there is no gateway.",
    );
    remarks.warn_if(
        !entry.api.is_empty() && entry.narrowing.last() != Some(&Narrowing::GatewayRules),
        "narrowing",
        "There is an API for the gateway: “gateway_rules” belongs at its end.",
    );
    remarks.error_if(
        has(Narrowing::ScopedApi) && !entry.sign_in.contains(&SignInWay::GithubApp),
        "narrowing",
        "“scoped_api” takes “github_app” among the ways to sign in.",
    );
    remarks.error_if(
        has(Narrowing::PerResource) && entry.scope_service.is_none(),
        "narrowing",
        "“per_resource” takes “scope_service”.",
    );
    remarks.error_if(
        has(Narrowing::SeparateGrant) && entry.merges_consent,
        "narrowing",
        "Where consent is merged, a second sign-in gives no less: leave “separate_grant” out.",
    );
    let unknown = entry.unsure_narrowing.iter().any(|way| !entry.narrowing.contains(way));
    remarks.error_if(unknown, "unsure_narrowing", "Each of its ways stands in “narrowing”, too.");
}

fn scopes(entry: &Provider, remarks: &mut Remarks) {
    let mut seen = BTreeSet::new();
    for scope in entry.scopes.iter().flat_map(|known| std::iter::once(&known.scope).chain(&known.aliases)) {
        if Scope::parse(scope.as_str()).is_none() {
            let says = format!("{:?} is not spelled as a scope can be (RFC 6749 §3.3).", scope.as_str());
            remarks.add(Weight::Error, "scopes", says);
        }
        if !seen.insert(scope) {
            remarks.add(Weight::Error, "scopes", format!("{scope} stands there twice."));
        }
    }
    for known in &entry.scopes {
        let name = &known.scope;
        if known.access == Access::Write && known.risk == Risk::Low {
            let says = format!("{name} can change things: is its risk really low?");
            remarks.add(Weight::Warning, "scopes", says);
        }
        if known.partial && known.paths.is_empty() {
            let says = format!("{name} opens a part of no path: “partial” has no effect.");
            remarks.add(Weight::Warning, "scopes", says);
        }
        let whole = entry.scopes.iter().any(|other| !other.derived && other.includes.contains(name));
        if known.derived && !whole && !entry.over_grants {
            let says = format!("{name} is derived, and no other scope includes it: it can never be had.");
            remarks.add(Weight::Error, "scopes", says);
        }
    }
    remarks.warn_if(
        !entry.scopes.is_empty() && entry.preset().is_empty(),
        "scopes",
        "None is a “preset”: whoever chooses nothing asks for nothing.",
    );
}

fn told(entry: &Provider, remarks: &mut Remarks) {
    for shared in entry_file::shared_with(entry).into_iter().filter(|name| *name != entry.name) {
        remarks.add(Weight::Warning, "endpoints", format!("It leads to addresses of {shared}."));
    }
    let links = entry.guide.iter().filter_map(|step| step.link.as_ref()).chain(&entry.withdraw_page);
    // A blank may stand for a whole address.
    for link in links.filter(|link| !link.starts_with("https://") && !link.starts_with('{')) {
        remarks.add(Weight::Error, "guide", format!("{link} is not an https address."));
    }
    let text = serde_json::to_string(&Provider { inputs: Vec::new(), ..entry.clone() }).unwrap_or_default();
    for input in entry.inputs.iter().filter(|input| !text.contains(&format!("{{{}}}", input.id))) {
        let says = format!("{{{}}} stands nowhere: what is entered has no effect.", input.id);
        remarks.add(Weight::Warning, "inputs", says);
    }
    if entry.facts.checked.is_empty() {
        remarks.add(
            Weight::Note,
            "facts.checked",
            "Nobody can tell how old it is: write the month, as 2026-11.",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue;

    const GOOD: &str = r##"
id = "acme"
name = "Acme"
mark = "A"
colour = "#123456"
sign_in = ["code"]
narrowing = ["gateway_rules"]
api = [{ path = "/", base = "https://api.acme.example/" }]
scopes = [{ scope = "read", words = "Read your things", service = "Things", access = "read", preset = true, paths = ["/things"] }]
[facts]
checked = "2026-11"
[endpoints]
authorization = "https://acme.example/authorize"
token = "https://acme.example/token"
[client]
dynamic = false
"##;

    fn remarks(text: &str) -> Vec<Remark> {
        check_entry(&entry_file::read(text).expect("an entry"))
    }

    #[test]
    fn no_shipped_entry_contradicts_itself() {
        for shipped in catalogue::shipped() {
            let entry = catalogue::form(&shipped.id).expect("a form");
            let errors: Vec<_> =
                check_entry(&entry).into_iter().filter(|remark| remark.weight == Weight::Error).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", entry.id);
        }
    }

    #[test]
    fn only_people_have_bound_tokens_so_far() {
        let company = GOOD.replacen("[\"code\"]", "[\"client_credentials\"]", 1);
        let bound = company.replacen("dynamic = false", "dpop_bound_access_tokens = true", 1);
        let fits = |remark: &Remark| remark.about == "client.dpop_bound_access_tokens";
        assert!(remarks(&bound).iter().any(fits) && !remarks(&company).iter().any(fits));
    }

    #[test]
    fn what_contradicts_itself_is_told_by_its_key() {
        assert_eq!(remarks(GOOD), []);
        for (from, to, weight, about) in [
            ("[\"code\"]", "[\"code\", \"device\"]", Weight::Error, "sign_in"),
            ("[\"code\"]", "[\"code\", \"code\"]", Weight::Warning, "sign_in"),
            ("id = \"acme\"", "id = \"acme\"\nopenid = true", Weight::Error, "openid"),
            ("dynamic = false", "dynamic = true", Weight::Error, "client.dynamic"),
            ("dynamic = false", "secret = true\nsecret_optional = true", Weight::Error, "client"),
            ("dynamic = false", "own_id = true", Weight::Warning, "guide"),
            (
                "id = \"acme\"",
                "id = \"acme\"\nendless_tokens = true\naccess_token_seconds = 60",
                Weight::Error,
                "endless_tokens",
            ),
            ("[client]", "[revocation]\nway = \"own\"\n[client]", Weight::Error, "revocation"),
            ("[client]", "[offline]\nscope = \"offline\"\n[client]", Weight::Warning, "offline.scope"),
            ("[\"gateway_rules\"]", "[\"scoped_api\", \"gateway_rules\"]", Weight::Error, "narrowing"),
            ("[\"gateway_rules\"]", "[\"separate_grant\"]", Weight::Warning, "narrowing"),
            ("[\"gateway_rules\"]", "[\"per_resource\", \"gateway_rules\"]", Weight::Error, "narrowing"),
            (
                "narrowing = [",
                "merges_consent = true\nnarrowing = [\"separate_grant\", ",
                Weight::Error,
                "narrowing",
            ),
            (
                "narrowing =",
                "unsure_narrowing = [\"refresh\"]\nnarrowing =",
                Weight::Error,
                "unsure_narrowing",
            ),
            ("scope = \"read\"", "scope = \"read\", aliases = [\"read\"]", Weight::Error, "scopes"),
            ("scope = \"read\"", "scope = \"read\", derived = true", Weight::Error, "scopes"),
            ("access = \"read\"", "access = \"write\"", Weight::Warning, "scopes"),
            ("preset = true, ", "", Weight::Warning, "scopes"),
            ("https://acme.example/token", "https://github.com/token", Weight::Warning, "endpoints"),
            ("[facts]\nchecked = \"2026-11\"", "", Weight::Note, "facts.checked"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let found = remarks(&GOOD.replacen(from, to, 1));
            let fits = |remark: &Remark| remark.weight == weight && remark.about == about;
            assert!(found.iter().any(fits), "{to}: {found:?}");
        }
    }
}
