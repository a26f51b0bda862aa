//! Signs a person in with a short code that they type at another page (RFC 8628).

use std::{sync::Arc, time::Duration};

use broker::{
    ClientCredential, DeviceCode, DeviceUnderWay, ScopeSet, Secret, SignInPlan, SignedIn, UpstreamError,
    provider::{RequestForm, SignInWay},
};
use http::header;
use serde_json::{Map, Value};
use url::{Url, form_urlencoded};

use crate::{
    clean, dpop,
    fault::Fault,
    identity::{self, Asked},
    json, redirect, registration, request_form,
    server::Server,
    token_answer,
    token_endpoint::{Answer, TokenEndpoint, joined},
    upstreams::Inner,
};

/// RFC 8628 §3.4.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// Between two questions, if the server does not say (RFC 8628 §3.2).
const USUAL_INTERVAL: u64 = 5;
/// Added when the server says `slow_down` (§3.5).
const SLOWER: u64 = 5;
/// Never asked less often than this: the person waits.
const LONGEST_INTERVAL: u64 = 60;
/// A code whose end is not said; the RFC requires it.
const USUAL_LIFE: u64 = 900;
const LONGEST_LIFE: u64 = 3600;
/// The longest code that is shown.
const MAX_CODE: usize = 64;

/// Asks for a code. The polling begins when the outcome is awaited.
pub(crate) async fn begin(inner: Arc<Inner>, plan: SignInPlan) -> Result<DeviceUnderWay, UpstreamError> {
    let server = inner.server(&plan.provider).await?;
    let name = server.name().to_owned();
    let (credential, registered) = if let Some(credential) = plan.client {
        (without_needless_secret(&server, credential), None)
    } else {
        // Nobody comes back to it now; a later sign-in in the browser is to find it registered.
        let back = redirect::way_back(&plan.provider, None).ok();
        let way = SignInWay::Device;
        let client = registration::register(&inner.web, &server, way, back.as_ref(), &plan.scopes).await;
        let client = client.map_err(|fault| fault.by(&name))?;
        (client.credential.clone(), Some(client))
    };
    let proof_key = dpop::fresh_key(&server).map_err(|fault| fault.of_entered(&name))?;
    let credential = ClientCredential { proof_key, ..credential };
    let own = identity::identifying(&server).without(&plan.scopes);
    let attempt = Attempt { asked: plan.scopes.union(&own), own, inner, server, credential };
    let (code, polling) = attempt.ask().await.map_err(|fault| fault.by(&name))?;
    let outcome = Box::pin(async move { attempt.wait(polling).await.map_err(|fault| fault.by(&name)) });
    Ok(DeviceUnderWay { code, registered, outcome })
}

/// Some servers want the secret for codes of the browser only, and a device client has none.
fn without_needless_secret(server: &Server, credential: ClientCredential) -> ClientCredential {
    if server.provider.device.without_secret {
        return ClientCredential { client_secret: None, ..credential };
    }
    credential
}

struct Attempt {
    inner: Arc<Inner>,
    server: Server,
    credential: ClientCredential,
    asked: ScopeSet,
    /// Asked for by us, to know who signed in, and by no one else.
    own: ScopeSet,
}

/// What the polling needs.
struct Polling {
    device_code: Secret<String>,
    pace: Pace,
}

impl Attempt {
    /// The device authorization request (§3.1).
    async fn ask(&self) -> Result<(DeviceCode, Polling), Fault> {
        let server = &self.server;
        let address = server.endpoints.device_authorization.as_deref();
        let none = || Fault::Forbidden("it offers no sign-in by device code".to_owned());
        let address = server.reach().check(address.ok_or_else(none)?)?;
        let habits = &server.provider.token;
        let request = request_form::written(self.request(&address)?, habits);
        let reply = self.inner.web.call(server.reach(), request).await?;
        let members = reply.json()?;
        let members =
            if habits.request == RequestForm::JsonCamel { request_form::standard(members) } else { members };
        token_answer::refuse_error(reply.status, &members, habits, &[])?;
        read(&members, server)
    }

    fn request(&self, address: &Url) -> Result<http::Request<Vec<u8>>, Fault> {
        let habits = &self.server.provider.device;
        let scopes = joined(&self.server, &self.asked);
        let name = habits.scope_parameter.as_deref().unwrap_or("scope");
        let more = habits.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let resources = self.server.provider.resources.iter().map(|resource| ("resource", resource.as_str()));
        let form = [(name, scopes.as_str())].into_iter().filter(|(_, scopes)| !scopes.is_empty());
        let form = form.chain(more).chain(resources);
        if habits.authenticates || self.credential.client_secret.is_some() {
            return self.endpoint().form_request(address, form);
        }
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(form).append_pair("client_id", &self.credential.client_id);
        http::Request::post(address.as_str())
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(body.finish().into_bytes())
            .map_err(|_| Fault::Forbidden("the address cannot be called".to_owned()))
    }

    async fn wait(&self, polling: Polling) -> Result<SignedIn, Fault> {
        // Exposed to be sent to the server that gave it.
        let code = polling.device_code.expose();
        let poll =
            async || self.endpoint().grant(GRANT, &[("device_code", code)], [code, ""], &self.asked).await;
        let answer = poll_until_end(polling.pace, poll, tokio::time::sleep).await?;
        let asked = Asked { scopes: &self.asked, own: &self.own, nonce: None };
        identity::signed_in(&self.inner, &self.server, &self.credential, answer, &asked).await
    }

    fn endpoint(&self) -> TokenEndpoint<'_> {
        TokenEndpoint { inner: &self.inner, server: &self.server, credential: &self.credential }
    }
}

/// The device authorization response (§3.2).
fn read(members: &Map<String, Value>, server: &Server) -> Result<(DeviceCode, Polling), Fault> {
    let missing = |what: &str| Fault::Untrusted(format!("its answer has no usable {what}"));
    let device_code = json::text(members, "device_code").ok_or_else(|| missing("device code"))?;
    let user_code = json::text(members, "user_code").filter(|code| is_typable(code));
    let user_code = user_code.ok_or_else(|| missing("code to type"))?.to_owned();
    let named = server.provider.device.verification_member.as_deref();
    let page = [named.unwrap_or("verification_uri"), "verification_uri", "verification_url"];
    let page = page.iter().find_map(|name| json::text(members, name)).ok_or_else(|| missing("page"))?;
    let verification_uri = server.reach().check(page)?;
    let complete = ["verification_uri_complete", "verification_url_complete"];
    let complete = complete.iter().find_map(|name| json::text(members, name));
    // A page elsewhere than the one that is shown beside the code would be a trap.
    let verification_uri_complete = complete
        .and_then(|page| server.reach().check(page).ok())
        .filter(|page| page.origin() == verification_uri.origin());
    let seconds = |name: &str| members.get(name).and_then(Value::as_u64);
    let life = seconds("expires_in").unwrap_or(USUAL_LIFE).clamp(1, LONGEST_LIFE);
    let interval = seconds("interval").unwrap_or(USUAL_INTERVAL).clamp(1, LONGEST_INTERVAL);
    let code = DeviceCode {
        user_code,
        verification_uri,
        verification_uri_complete,
        expires_in: u32::try_from(life).unwrap_or(u32::MAX),
    };
    Ok((code, Polling { device_code: Secret::from(device_code), pace: Pace { interval, left: life } }))
}

fn is_typable(code: &str) -> bool {
    code.len() <= MAX_CODE && clean::name(code) == code
}

/// How often is asked, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    interval: u64,
    left: u64,
}

impl Pace {
    /// The pace after an answer; an error where asking is over (§3.5).
    fn after(self, fault: Fault) -> Result<Self, Fault> {
        let interval = match fault {
            Fault::Refused { code, .. } if code == "authorization_pending" => self.interval,
            Fault::Refused { code, .. } if code == "slow_down" => self.interval + SLOWER,
            Fault::Refused { code, detail } => return Err(ended(code, detail)),
            // "On encountering a connection timeout, clients MUST unilaterally reduce their polling frequency".
            Fault::Unreachable(_) => (self.interval * 2).min(LONGEST_INTERVAL),
            Fault::Busy { retry_after, .. } => {
                (self.interval + SLOWER).max(retry_after.map_or(0, u64::from)).min(LONGEST_INTERVAL)
            }
            fault => return Err(fault),
        };
        Ok(Self { interval, ..self })
    }
}

fn ended(code: String, detail: String) -> Fault {
    let detail = match code.as_str() {
        "access_denied" => "the sign-in was refused at the provider's page".to_owned(),
        "expired_token" => run_out(),
        _ => detail,
    };
    Fault::Refused { code, detail }
}

fn run_out() -> String {
    "nobody typed the code in time. Start the sign-in again".to_owned()
}

/// Asks again and again until there is an answer, the person said no, or the code has ended. Waiting comes first: no
/// person types that fast.
async fn poll_until_end<P, W>(
    mut pace: Pace,
    poll: impl Fn() -> P,
    wait: impl Fn(Duration) -> W,
) -> Result<Answer, Fault>
where
    P: Future<Output = Result<Answer, Fault>>,
    W: Future<Output = ()>,
{
    loop {
        if pace.left < pace.interval {
            return Err(Fault::Refused { code: "expired_token".to_owned(), detail: run_out() });
        }
        wait(Duration::from_secs(pace.interval)).await;
        pace.left -= pace.interval;
        match poll().await {
            Ok(answer) => return Ok(answer),
            Err(fault) => pace = pace.after(fault)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, collections::VecDeque};

    use broker::UpstreamTokens;

    use super::*;

    fn refused(code: &str) -> Fault {
        Fault::Refused { code: code.to_owned(), detail: String::new() }
    }

    fn tokens() -> Answer {
        let tokens = UpstreamTokens {
            access_token: "at".into(),
            expires_in: Some(60),
            refresh_token: None,
            scopes: None,
            proof_key: None,
        };
        Answer { tokens, id_token: None, members: Map::new() }
    }

    /// Plays the replies; gives the pauses before each question, by a clock that nobody waits for.
    async fn played(pace: Pace, replies: Vec<Result<Answer, Fault>>) -> (Vec<u64>, Result<Answer, Fault>) {
        let (replies, waited) = (RefCell::new(VecDeque::from(replies)), RefCell::new(Vec::new()));
        let poll = async || replies.borrow_mut().pop_front().unwrap_or(Err(refused("authorization_pending")));
        let wait = async |pause: Duration| waited.borrow_mut().push(pause.as_secs());
        let end = poll_until_end(pace, poll, wait).await;
        (waited.into_inner(), end)
    }

    #[tokio::test]
    async fn uc_24_the_pace_follows_the_server_and_slows_down_when_connections_drop() {
        let dropped = || Err(Fault::Unreachable("dropped".to_owned()));
        let replies = vec![
            Err(refused("authorization_pending")),
            Err(refused("slow_down")),
            Err(refused("authorization_pending")),
            dropped(),
            dropped(),
            Err(refused("authorization_pending")),
            Err(Fault::Busy { status: 429, retry_after: Some(55) }),
            Ok(tokens()),
        ];
        let (waited, end) = played(Pace { interval: 5, left: 900 }, replies).await;
        assert_eq!(waited, [5, 5, 10, 10, 20, 40, 40, 55]);
        assert!(end.is_ok());
    }

    #[tokio::test]
    async fn uc_24_it_stops_on_denial_on_expiry_and_on_anything_that_cannot_be_trusted() {
        for (fault, code) in
            [(refused("access_denied"), "access_denied"), (refused("expired_token"), "expired_token")]
        {
            let (waited, end) = played(Pace { interval: 5, left: 900 }, vec![Err(fault)]).await;
            assert_eq!(waited, [5]);
            assert!(matches!(end, Err(Fault::Refused { code: said, .. }) if said == code));
        }
        let (waited, end) = played(Pace { interval: 5, left: 30 }, vec![]).await;
        assert_eq!(waited.iter().sum::<u64>(), 30, "not a second longer than the code lives");
        assert!(matches!(end, Err(Fault::Refused { code, .. }) if code == "expired_token"));
        let odd = vec![Err(Fault::Untrusted("odd".to_owned()))];
        let (waited, end) = played(Pace { interval: 5, left: 900 }, odd).await;
        assert!(waited.len() == 1 && matches!(end, Err(Fault::Untrusted(_))));
    }
}
