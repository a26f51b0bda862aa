//! The gateway (the resource server that Keylodge brings): takes a token of ours, puts the provider's in its place, and
//! passes the request on to the provider's API, so that the provider's token never leaves.

pub mod fields;
pub mod path;
pub mod refusal;
pub mod upstream;

use std::sync::Arc;

use axum::{
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, header, request::Parts},
    response::Response,
};
use broker::{Broker, GatewayPass, GatewayRequest, KeyThumbprint, Secret};
use url::form_urlencoded;

use self::{
    path::Place,
    refusal::Refusal,
    upstream::{Answer, Call, Payload},
};
use crate::{
    api::Api,
    description::{Content, Credential, Operation, Reply, Sent, Status, Verb},
    dpop::{self, Fault},
    incoming::{self, media_type},
    metadata,
};

/// A body up to this length is kept, so that the request can be sent again with a renewed token (RG-09).
const KEPT_BYTES: usize = 64 * 1024;

pub const PASS: Operation = Operation {
    verb: Verb::Any,
    path: "/gateway/{account}/{path}",
    name: "gateway",
    title: "Passes a request on to the provider's API",
    about: "The provider's token takes the place of yours; method and path must be among those that the token's scopes open. \
            Redirects are not followed, and both bodies are passed on as they come.",
    standard: "RFC 6750",
    credential: Credential::Token,
    query: &[],
    body: Sent::Opaque,
    answers: &[
        Reply::new(
            400,
            &[Content::Opaque],
            "`invalid_request`: the path is not plain, or the token is in the wrong place.",
        ),
        Reply::new(
            401,
            &[Content::Opaque],
            "The token is missing (no `error` in the challenge) or not good any more (`invalid_token`).",
        ),
        Reply::new(
            403,
            &[Content::Opaque],
            "`insufficient_scope`, with all scopes that would do in the challenge. As text: a web page or a foreign Host.",
        ),
        Reply::new(408, &[Content::Opaque], "`invalid_request`: a short body took too long to arrive."),
        Reply::new(
            502,
            &[Content::Opaque],
            "`temporarily_unavailable`: the provider's API does not answer. `server_error`: it does not accept Keylodge's token.",
        ),
        Reply::new(
            503,
            &[Content::Opaque],
            "`interaction_required`: Keylodge is locked. `login_required`: the account must be signed in again. `temporarily_unavailable`: send it again.",
        ),
        Reply {
            status: Status::Providers,
            contents: &[Content::Opaque],
            about: "Whatever the provider's API answers, without its cookies, challenges and policies.",
        },
    ],
};

/// Marks an answer as the provider's: its errors are no reason to end the program's connection.
#[derive(Clone, Copy, Debug)]
pub struct Passed;

/// `ANY /gateway/{account}/…`.
pub async fn pass(State(api): State<Arc<Api>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut answer = match passed(&api, &parts, body).await {
        Ok(response) => response,
        Err(refusal) => pointed(&api.broker, &parts, refusal.answer(&api.broker)),
    };
    api.gateway_proofs.announce(&parts.headers, answer.headers_mut(), api.broker.now());
    answer
}

/// Adds to each challenge where the gateway's metadata is (RFC 9728 §5.1), and what to ask for (RFC 6750 §3).
fn pointed(broker: &Broker, parts: &Parts, mut response: Response) -> Response {
    let Some(place) = Place::read(parts.uri.path()) else { return response };
    let asked = GatewayRequest {
        account: &place.account,
        method: parts.method.as_str(),
        path: &place.path,
        key: None,
    };
    let metadata = format!("{}{}{}", broker.base_url(), metadata::RESOURCE_WELL_KNOWN, place.account);
    let scope = broker.scope_for(asked).map(|scope| format!(", scope=\"{scope}\"")).unwrap_or_default();
    for (_, challenge) in
        response.headers_mut().iter_mut().filter(|(name, _)| **name == header::WWW_AUTHENTICATE)
    {
        let said = challenge.to_str().unwrap_or_default();
        let scope = if said.contains(" scope=") { "" } else { &scope };
        if let Ok(pointing) =
            HeaderValue::from_str(&format!("{said}, resource_metadata=\"{metadata}\"{scope}"))
        {
            *challenge = pointing;
        }
    }
    response
}

async fn passed(api: &Api, parts: &Parts, body: Body) -> Result<Response, Refusal> {
    let Presented { token, bound } = presented(parts)?;
    let place = Place::read(parts.uri.path()).ok_or_else(Refusal::path)?;
    if matches!(parts.method, Method::CONNECT | Method::TRACE) {
        return Err(Refusal::invalid_request("This method does not pass the gateway."));
    }
    let key = if bound { Some(proven_key(api, parts, &token)?) } else { None };
    let asked = GatewayRequest {
        account: &place.account,
        method: parts.method.as_str(),
        path: &place.path,
        key: key.as_ref(),
    };
    let pass = api.broker.gateway_pass(&token, asked).await?;
    let payload = payload(api, &parts.headers, body).await?;
    let call = Call {
        method: parts.method.clone(),
        query: parts.uri.query().map(str::to_owned),
        fields: fields::toward_provider(&parts.headers),
    };
    let answer = sent(api, call, pass, payload).await?;
    Ok(told(api, &place, answer))
}

/// Sends the request, and where the provider refuses its token, once more with a renewed one (RG-09).
async fn sent(api: &Api, call: Call, pass: GatewayPass, payload: Payload) -> Result<Answer, Refusal> {
    let again = payload.again();
    let answer = api.upstream.send(&api.broker, &call, &pass, payload).await?;
    if answer.status() != axum::http::StatusCode::UNAUTHORIZED {
        return Ok(answer);
    }
    drop(answer);
    if !api.upstream.may_renew(&pass.lease) {
        return Err(Refusal::not_accepted());
    }
    let renewed = api.broker.renew_pass(pass).await?;
    let Some(payload) = again else { return Err(Refusal::send_again()) };
    let answer = api.upstream.send(&api.broker, &call, &renewed, payload).await?;
    if answer.status() == axum::http::StatusCode::UNAUTHORIZED {
        return Err(Refusal::not_accepted());
    }
    Ok(answer)
}

/// The provider's answer as the program sees it: without what is between the provider and us.
fn told(api: &Api, place: &Place, answer: Answer) -> Response {
    let routes = api.broker.provider_of_account(&place.account).map(|provider| provider.api.clone());
    let gateway = format!("{}/gateway/{}", api.broker.base_url(), place.account);
    let map = fields::Map { routes: routes.unwrap_or_default(), gateway };
    let fields = fields::toward_program(answer.fields(), &answer.target, &map);
    let mut response = Response::new(Body::empty());
    *response.status_mut() = answer.status();
    *response.headers_mut() = fields;
    *response.body_mut() = answer.body();
    response.extensions_mut().insert(Passed);
    response
}

/// The key that the request proves to hold, for this token (RFC 9449 §7.1). A proof is only taken, and remembered,
/// where it is of the token's own key: with others nobody can fill the memory.
fn proven_key(api: &Api, parts: &Parts, token: &Secret<String>) -> Result<KeyThumbprint, Refusal> {
    let (proofs, now) = (&api.gateway_proofs, api.broker.now());
    let (headers, method) = (&parts.headers, parts.method.as_str());
    let request = dpop::Request { headers, method, uri: &parts.uri, token: Some(token) };
    let proof = proofs.proof(request, now)?;
    let proof = proof.ok_or(Fault::Invalid("A token that is sent as DPoP needs a proof (DPoP header)."))?;
    if api.broker.key_of_token(token)?.as_ref() == Some(&proof.key) {
        proofs.take(&proof, now)?;
    }
    Ok(proof.key)
}

/// A token as it is shown.
struct Presented {
    token: Secret<String>,
    /// It is said to be bound to a key.
    bound: bool,
}

/// The token, from the Authorization header alone (RFC 6750 §2.1; RG-01).
fn presented(parts: &Parts) -> Result<Presented, Refusal> {
    let in_query = parts.uri.query().is_some_and(|query| names_token(query.as_bytes()));
    let mut values = parts.headers.get_all(header::AUTHORIZATION).iter();
    match (values.next(), values.next(), in_query) {
        (_, _, true) => Err(Refusal::invalid_request(
            "A token belongs in the Authorization header, never in an address (RFC 6750 section 2.3).",
        )),
        (None, ..) => Err(Refusal::absent()),
        (Some(value), None, false) => token(value),
        (Some(_), Some(_), false) => Err(Refusal::invalid_request("Send one Authorization header.")),
    }
}

fn token(value: &HeaderValue) -> Result<Presented, Refusal> {
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    let token = token.trim();
    // GitHub's own programs say `token`; what follows is the same.
    let bearer = scheme.eq_ignore_ascii_case("Bearer") || scheme.eq_ignore_ascii_case("token");
    let bound = scheme.eq_ignore_ascii_case("DPoP");
    if !(bearer || bound) || token.is_empty() {
        return Err(Refusal::absent());
    }
    Ok(Presented { token: Secret::from(token), bound })
}

fn names_token(form: &[u8]) -> bool {
    form_urlencoded::parse(form).any(|(name, _)| name.eq_ignore_ascii_case("access_token"))
}

/// The body: kept if it is short, else passed on as it comes.
async fn payload(api: &Api, headers: &HeaderMap, body: Body) -> Result<Payload, Refusal> {
    let length = body.size_hint().exact();
    if body.is_end_stream() || length == Some(0) {
        return Ok(Payload::Kept(Bytes::new()));
    }
    let short = length.and_then(|length| usize::try_from(length).ok()).is_some_and(|l| l <= KEPT_BYTES);
    if !short {
        return Ok(Payload::Streamed { length, body });
    }
    let bounds = incoming::Bounds { bytes: KEPT_BYTES, time: api.bounds.time };
    let kept = incoming::whole(body, bounds).await.map_err(|failure| Refusal::Failed(Box::new(failure)))?;
    let form = media_type(headers).eq_ignore_ascii_case("application/x-www-form-urlencoded");
    if form && names_token(&kept) {
        return Err(Refusal::invalid_request(
            "A token belongs in the Authorization header, not in a form (RFC 6750 section 2.2).",
        ));
    }
    Ok(Payload::Kept(kept))
}
