//! Authorization codes (RFC 6749 §4.1): bound to everything they were asked with, good once, for a minute.

use crate::{
    AccessRequest, App, AuditKind, Broker, Change, Credential, Error, FamilyId, KeyThumbprint, LeaseId,
    RefreshFamily, Secret, Timestamp, TokenHash,
    broker::About,
    consent::Duration,
    flow::hand_out::{Along, Authority, HandOut, standing},
    messages::trail,
    pkce::Challenge,
    redirect_uri,
};

/// A checked authorization request: whoever made it may be told the outcome at `redirect_uri`.
#[derive(Clone, Debug)]
pub struct AuthorizationRequest {
    /// What is asked.
    pub access: AccessRequest,
    /// Where the code goes; one of the program's own.
    pub redirect_uri: String,
    /// PKCE.
    pub challenge: Challenge,
    /// The key that whoever redeems the code must prove (`dpop_jkt`, RFC 9449 §10).
    pub key: Option<KeyThumbprint>,
}

/// What a program presents for a code.
#[derive(Clone, Debug)]
pub struct Redemption {
    /// The code.
    pub code: Secret<String>,
    /// PKCE.
    pub verifier: Secret<String>,
    /// If present, it must be the one that was used (AS-08).
    pub redirect_uri: Option<String>,
    /// If present, it must be the one that was used (RFC 8707 §2.2).
    pub resource: Option<String>,
    /// The key that was proven (RFC 9449 §5): the tokens are bound to it.
    pub key: Option<KeyThumbprint>,
}

/// A code as it is kept: by its hash, in memory.
pub struct Code {
    authority: Authority,
    redirect_uri: String,
    challenge: Challenge,
    key: Option<KeyThumbprint>,
    expires_at: Timestamp,
    /// What it was redeemed for, so that a second redemption can take it back.
    redeemed: Option<(LeaseId, Option<FamilyId>)>,
}

/// A code lives so long.
const CODE_SECONDS: i64 = 60;
/// A replay is noticed for so long.
const REMEMBERED_SECONDS: i64 = 600;

impl Code {
    pub fn forgotten(&self, now: Timestamp) -> bool {
        now.since(self.expires_at) > REMEMBERED_SECONDS
    }

    /// Its redemption came to nothing. One that was tried twice at once stays spent.
    fn given_nothing(&mut self) {
        self.redeemed.take_if(|(lease, _)| lease.as_str() == UNDER_WAY);
    }
}

impl Broker {
    /// Checks that a redirect address is one of the program's own (AS-01); everything else is an error page and never
    /// a redirect (AS-02).
    pub fn check_redirect(&self, app: &App, address: &str) -> Result<(), Error> {
        redirect_uri::check(address)?;
        if app.redirect_uris.iter().any(|registered| redirect_uri::matches(registered, address)) {
            return Ok(());
        }
        Err(Error::InvalidRequest("The redirect address is not one that this program registered. Only the port of http://127.0.0.1 and http://[::1] may differ.".into()))
    }

    /// Puts the request to the person and issues a code for what was allowed.
    pub async fn authorize(&self, request: AuthorizationRequest) -> Result<Secret<String>, Error> {
        let authority = self.authorise(&request.access).await?;
        let code = self.fresh_token();
        let kept = Code {
            authority,
            redirect_uri: request.redirect_uri,
            challenge: request.challenge,
            key: request.key,
            expires_at: self.now().plus(CODE_SECONDS),
            redeemed: None,
        };
        self.touch(|house| house.codes.insert(TokenHash::of(&code), kept))?;
        Ok(code)
    }

    /// Redeems a code for an access token and, unless the consent was for once, a refresh token.
    pub async fn redeem(&self, app: &App, redemption: &Redemption) -> Result<HandOut, Error> {
        let hash = TokenHash::of(&redemption.code);
        let lease =
            match self.touch(|house| check(house.codes.get_mut(&hash), app, redemption, self.now()))? {
                Ok(authority) => authority,
                Err(Refusal::Replayed(lease, family)) => {
                    self.take_back(app, lease, family).await?;
                    return Err(refused(
                        "This code was redeemed before. What it gave was taken back. Start again.",
                    ));
                }
                Err(Refusal::Wrong(why)) => return Err(refused(why)),
            };
        let lease = Authority { key: redemption.key.clone(), ..lease };
        let first = self.first_hand_out(app, lease).await;
        if first.is_err() {
            // Nothing was given (the provider may be away): the program may try again while the code lives.
            self.touch(|house| house.codes.get_mut(&hash).map(Code::given_nothing))?;
        }
        let (hand_out, family) = first?;
        let issued = (hand_out.lease.clone(), family);
        let replayed = self.touch(|house| match house.codes.get_mut(&hash) {
            Some(code) => {
                // A second redemption came in between and found nothing to take back yet.
                let replayed = code.redeemed.as_ref().is_some_and(|(lease, _)| lease.as_str() == REPLAYED);
                code.redeemed = Some(issued.clone());
                replayed
            }
            None => false,
        })?;
        if replayed {
            self.take_back(app, issued.0, issued.1).await?;
            return Err(refused("This code was redeemed twice at once. Nothing was given. Start again."));
        }
        Ok(hand_out)
    }

    /// Hands out the first access token of an authorization and, unless the consent was for once or the program
    /// registered for no refresh tokens, the first refresh token of a new family.
    pub(crate) async fn first_hand_out(
        &self,
        app: &App,
        authority: Authority,
    ) -> Result<(HandOut, Option<FamilyId>), Error> {
        let (family, refresh_token) = self.family_for(app, &authority)?;
        let id = family.as_ref().map(|family| family.id.clone());
        let authority = Authority { family: id.clone(), ..authority };
        let along = family.map_or(Along::Nothing, Along::Begin);
        let hand_out = self.hand_out(authority, along).await?;
        Ok((HandOut { refresh_token, ..hand_out }, id))
    }

    fn family_for(
        &self,
        app: &App,
        authority: &Authority,
    ) -> Result<(Option<RefreshFamily>, Option<Secret<String>>), Error> {
        let now = self.now();
        let once =
            self.look(|house| standing(house, authority, now).map(|c| c.duration == Duration::Once))??;
        if once || !app.may_use("refresh_token") {
            return Ok((None, None));
        }
        let token = self.fresh_token();
        let family = RefreshFamily {
            id: FamilyId::generate(self.entropy()),
            app: authority.app.clone(),
            account: authority.account.clone(),
            consent: authority.consent.clone(),
            scopes: authority.scopes.clone(),
            delivery: authority.delivery,
            or_gateway: authority.or_gateway,
            resource: authority.resource.clone(),
            // A program with a credential of its own may change its key (RFC 9449 §5).
            key: authority.key.clone().filter(|_| app.credential == Credential::Public),
            by_details: authority.by_details,
            current: TokenHash::of(&token),
            spent: Vec::new(),
            renewed_at: now,
            since: now,
        };
        Ok((Some(family), Some(token)))
    }

    async fn take_back(&self, app: &App, lease: LeaseId, family: Option<FamilyId>) -> Result<(), Error> {
        let (broker, app) = (self.clone(), app.id.clone());
        self.narrow(move |house| {
            let mut changes = house.end_lease(&lease);
            if let Some(family) = family {
                changes.extend(house.end_leases(|lease| lease.family.as_ref() == Some(&family)));
                changes.push(Change::DeleteFamily(family));
            }
            let sentence = trail::CODE_REUSED.sentence();
            changes.push(Change::Audit(broker.event(house, AuditKind::Refused, About::app(&app), sentence)));
            Ok((changes, ()))
        })
        .await
    }
}

/// Stands in for a lease that is still being made.
const UNDER_WAY: &str = "under way";
/// Stands in for a lease that must not come to be.
const REPLAYED: &str = "replayed";

enum Refusal {
    Wrong(&'static str),
    Replayed(LeaseId, Option<FamilyId>),
}

/// Checks a redemption against its code and marks the code as used. An invalid attempt uses nothing up (AS-07).
fn check(
    code: Option<&mut Code>,
    app: &App,
    redemption: &Redemption,
    now: Timestamp,
) -> Result<Authority, Refusal> {
    let code = code.ok_or(Refusal::Wrong("This code is not known, or it has run out. Start again."))?;
    if code.authority.app != app.id {
        return Err(Refusal::Wrong("This code was given to another program."));
    }
    if !code.challenge.is_met_by(&redemption.verifier) {
        return Err(Refusal::Wrong("The code verifier is not the one that this code was asked with."));
    }
    if code.key.is_some() && code.key != redemption.key {
        return Err(Refusal::Wrong("This code takes a proof of the key that it was asked with."));
    }
    if redemption.redirect_uri.as_ref().is_some_and(|uri| *uri != code.redirect_uri) {
        return Err(Refusal::Wrong("The redirect address is not the one that this code was sent to."));
    }
    if redemption.resource.is_some() && redemption.resource != code.authority.resource {
        return Err(Refusal::Wrong("The resource is not the one that this code was asked for."));
    }
    if let Some((lease, family)) = code.redeemed.clone() {
        if lease.as_str() == UNDER_WAY {
            code.redeemed = Some((LeaseId::from_text(REPLAYED), None));
        }
        return Err(Refusal::Replayed(lease, family));
    }
    if code.expires_at <= now {
        return Err(Refusal::Wrong("This code has run out. Start again."));
    }
    code.redeemed = Some((LeaseId::from_text(UNDER_WAY), None));
    Ok(code.authority.clone())
}

fn refused(why: &str) -> Error {
    Error::InvalidGrant(why.to_owned().into())
}
