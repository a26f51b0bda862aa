//! An entry beside what its server says about itself.

use broker::{
    Narrowing, Provider, Scope,
    provider::{ClientAuthentication, Endpoints, Gives, SignInWay},
};

use super::{Remark, Remarks, Supports, Weight};
use crate::{address::Reach, discovery, metadata::Metadata, upstreams::Upstreams};

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
    bound_tokens(entry, &found.endpoints, remarks);
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
}

/// Tokens bound to a key (RFC 9449).
fn bound_tokens(entry: &Provider, theirs: &Endpoints, remarks: &mut Remarks) {
    const KEY: &str = "client.dpop_bound_access_tokens";
    let offered = theirs.dpop_algorithms.iter().any(|algorithm| algorithm == "ES256");
    let wanted = entry.client.dpop_bound_access_tokens;
    remarks.error_if(wanted && !offered, KEY, "The metadata does not name ES256 for proofs (DPoP).");
    if offered && !wanted {
        let says = "It offers DPoP: if its API knows that, too, tokens can be bound to a key (RFC 9449).";
        remarks.add(Weight::Note, KEY, says);
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
