//! Looks an entry over as a whole, for whoever writes one: what contradicts itself, what is missing, and how it compares with
//! what the server says about itself.

use std::collections::BTreeSet;

use broker::{
    Narrowing, Provider, Scope,
    provider::{Access, ClientAuthentication, Endpoints, Gives, RedirectWay, RevocationWay, Risk, SignInWay},
};
use serde::Serialize;

use crate::{address::Reach, discovery, entry_file, metadata::Metadata, upstreams::Upstreams};

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
        has(Narrowing::ScopedApi) && entry.exchange.scoped_api.is_none(),
        "narrowing",
        "“scoped_api” takes “exchange.scoped_api”.",
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

impl Upstreams {
    /// Compares an entry with what its issuer says about itself. One request or a few, to the issuer alone.
    pub async fn compare(&self, entry: &Provider) -> (Vec<Remark>, Option<Supports>) {
        let mut remarks = Remarks::default();
        let issuer = entry.issuer.as_deref().filter(|_| !entry.issuer_is_template);
        let Some(issuer) = issuer else {
            let says = "There is no issuer of its own, so there is no metadata to compare with.";
            remarks.add(Weight::Warning, "issuer", says);
            return (remarks.sorted(), None);
        };
        match discovery::fetch(self.web(), Reach::of(entry.private), issuer).await {
            Ok(found) => {
                against(entry, &found, &mut remarks);
                (remarks.sorted(), Some(supports(&found)))
            }
            Err(fault) => {
                remarks.add(Weight::Error, "issuer", format!("{}", fault.by(&entry.name)));
                (remarks.sorted(), None)
            }
        }
    }
}

fn against(entry: &Provider, found: &Metadata, remarks: &mut Remarks) {
    if let Some(mine) = &entry.endpoints {
        addresses(mine, &found.endpoints, remarks);
        habits(mine, &found.endpoints, remarks);
    }
    remarks.error_if(entry.openid && !found.openid, "openid", "The metadata is not that of OpenID Connect.");
    remarks.error_if(
        !found.endpoints.pkce_s256 && !entry.client.pkce_unproven,
        "client.pkce_unproven",
        "The metadata names no S256 for PKCE: sign-ins are refused unless “pkce_unproven” says that it is known (UC-30).",
    );
    grants(entry, &found.endpoints, remarks);
    authentication(entry, &found.endpoints, remarks);
    unknown_scopes(entry, &found.endpoints, remarks);
}

fn addresses(mine: &Endpoints, theirs: &Endpoints, remarks: &mut Remarks) {
    let some = |address: &str| Some(address.to_owned()).filter(|address| !address.is_empty());
    let pairs = [
        ("authorization", &some(&mine.authorization), &some(&theirs.authorization)),
        ("token", &some(&mine.token), &some(&theirs.token)),
        ("revocation", &mine.revocation, &theirs.revocation),
        ("userinfo", &mine.userinfo, &theirs.userinfo),
        ("jwks", &mine.jwks, &theirs.jwks),
        ("registration", &mine.registration, &theirs.registration),
        ("device_authorization", &mine.device_authorization, &theirs.device_authorization),
        ("introspection", &mine.introspection, &theirs.introspection),
        (
            "pushed_authorization_request",
            &mine.pushed_authorization_request,
            &theirs.pushed_authorization_request,
        ),
    ];
    for (key, mine, theirs) in pairs {
        let about = format!("endpoints.{key}");
        match (mine, theirs) {
            (Some(mine), Some(theirs)) if mine != theirs => {
                let says = format!("The entry says {mine}, the metadata {theirs}.");
                remarks.add(Weight::Error, &about, says);
            }
            (Some(_), None) => remarks.add(Weight::Warning, &about, "The metadata names none."),
            (None, Some(theirs)) => {
                remarks.add(Weight::Note, &about, format!("The metadata has one: {theirs}."));
            }
            _ => {}
        }
    }
}

fn habits(mine: &Endpoints, theirs: &Endpoints, remarks: &mut Remarks) {
    remarks.error_if(
        mine.pkce_s256 && !theirs.pkce_s256,
        "endpoints.pkce_s256",
        "The metadata does not name S256.",
    );
    remarks.error_if(
        theirs.requires_par && !mine.requires_par,
        "endpoints.requires_par",
        "It takes pushed authorization requests only.",
    );
    remarks.error_if(
        mine.sends_iss && !theirs.sends_iss,
        "endpoints.sends_iss",
        "The metadata does not promise “iss”: every sign-in would be refused.",
    );
    if theirs.sends_iss && !mine.sends_iss {
        remarks.add(
            Weight::Note,
            "endpoints.sends_iss",
            "It sends “iss”: say so, and it is demanded (RFC 9207).",
        );
    }
    if !theirs.dpop_algorithms.is_empty() && mine.dpop_algorithms.is_empty() {
        remarks.add(Weight::Note, "endpoints.dpop_algorithms", "It offers DPoP (RFC 9449).");
    }
}

fn grants(entry: &Provider, theirs: &Endpoints, remarks: &mut Remarks) {
    const DEVICE: &str = "urn:ietf:params:oauth:grant-type:device_code";
    const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
    let said = &theirs.grant_types;
    let denies = |grant: &str| !said.is_empty() && !said.iter().any(|known| known == grant);
    let ways = [
        (SignInWay::Code, "authorization_code"),
        (SignInWay::Device, DEVICE),
        (SignInWay::ClientCredentials, "client_credentials"),
        (SignInWay::JwtBearer, ASSERTION),
    ];
    for (_, grant) in ways.into_iter().filter(|(way, grant)| entry.signs_in_by(*way) && denies(grant)) {
        remarks.add(Weight::Error, "sign_in", format!("The metadata does not name the grant type {grant}."));
    }
    remarks.warn_if(
        entry.refresh.gives != Gives::Never && denies("refresh_token"),
        "refresh.gives",
        "The metadata does not name the grant type refresh_token.",
    );
    remarks.warn_if(
        entry.narrowing.contains(&Narrowing::Exchange) && denies(EXCHANGE),
        "narrowing",
        "The metadata does not name token exchange.",
    );
}

fn authentication(entry: &Provider, theirs: &Endpoints, remarks: &mut Remarks) {
    let method = match entry.client.authentication {
        Some(ClientAuthentication::Basic | ClientAuthentication::BasicAlways) => "client_secret_basic",
        Some(ClientAuthentication::Post) => "client_secret_post",
        Some(ClientAuthentication::PrivateKeyJwt) => "private_key_jwt",
        None => return,
    };
    let said = &theirs.token_auth_methods;
    if !said.is_empty() && !said.iter().any(|known| known == method) {
        remarks.add(Weight::Error, "client.authentication", format!("The metadata does not name {method}."));
    }
}

fn unknown_scopes(entry: &Provider, theirs: &Endpoints, remarks: &mut Remarks) {
    let said = &theirs.scopes_supported;
    let known = |scope: &Scope| said.iter().any(|known| known == scope.as_str());
    let asked = entry.scopes.iter().filter(|scope| !scope.derived);
    let unknown = asked.filter(|scope| !known(&scope.scope) && !scope.aliases.iter().any(known));
    let unknown: Vec<&str> = unknown.map(|scope| scope.scope.as_str()).collect();
    if !said.is_empty() && !unknown.is_empty() {
        let says = format!("The metadata, which need not name all, does not name {}.", unknown.join(", "));
        remarks.add(Weight::Note, "scopes", says);
    }
}

fn supports(found: &Metadata) -> Supports {
    let theirs = &found.endpoints;
    Supports {
        pkce_s256: theirs.pkce_s256,
        iss: theirs.sends_iss,
        pushed_requests: match (&theirs.pushed_authorization_request, theirs.requires_par) {
            (_, true) => "required",
            (Some(_), false) => "offered",
            (None, false) => "no",
        },
        dpop: theirs.dpop_algorithms.clone(),
        grant_types: theirs.grant_types.clone(),
        client_authentication: theirs.token_auth_methods.clone(),
        device: theirs.device_authorization.is_some(),
        revocation: theirs.revocation.is_some(),
        introspection: theirs.introspection.is_some(),
        registration: theirs.registration.is_some(),
        openid: found.openid,
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
            (
                "narrowing =",
                "unsure_narrowing = [\"refresh\"]\nnarrowing =",
                Weight::Error,
                "unsure_narrowing",
            ),
            ("scope = \"read\"", "scope = \"read all\"", Weight::Error, "scopes"),
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
