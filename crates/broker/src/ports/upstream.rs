//! Authorization servers: what the rules need from those who speak to them.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use url::Url;

use crate::{
    Attempts, Provider, ProviderId, ScopeSet, Secret, Sentence, Timestamp, messages::refusals,
    provider::SignInWay,
};

/// Why a provider did not do it.
/// [`UpstreamError::sentence`] tells it; `Display` is its English text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpstreamError {
    /// It does not answer; later it may.
    Away {
        /// Its name.
        provider: String,
        /// What was seen, without a secret.
        detail: String,
        /// When to try again, in seconds, if it said.
        retry_after: Option<u32>,
    },
    /// It refused: the word is the RFC's (`invalid_grant`, `access_denied`, …).
    Refused {
        /// Its name.
        provider: String,
        /// The RFC's word.
        code: String,
        /// What it said, cleaned, or what that means.
        detail: String,
    },
    /// It answered something that it must not.
    Misbehaved {
        /// Its name.
        provider: String,
        /// What was wrong.
        detail: String,
    },
    /// The person cancelled, or time ran out.
    Ended(Sentence),
    /// What was entered cannot work.
    Unusable(Sentence),
}

impl UpstreamError {
    /// What the person is told.
    #[must_use]
    pub fn sentence(&self) -> Sentence {
        match self {
            Self::Away { provider, detail, .. } => {
                refusals::AWAY.with([("provider", provider), ("detail", detail)])
            }
            Self::Refused { provider, code, detail } => {
                refusals::REFUSED.with([("provider", provider), ("code", code), ("detail", detail)])
            }
            Self::Misbehaved { provider, detail } => {
                refusals::MISBEHAVED.with([("provider", provider), ("detail", detail)])
            }
            Self::Ended(why) | Self::Unusable(why) => why.clone(),
        }
    }

    /// When to try again what met this error; `None` where that is of no use, or no use any more.
    pub(crate) fn again(&self, attempts: Attempts, now: Timestamp) -> Option<Attempts> {
        let Self::Away { retry_after, .. } = self else { return None };
        attempts.failed(now, *retry_after)
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence())
    }
}

impl std::error::Error for UpstreamError {}

/// Our credential at a provider.
#[derive(Clone, Debug, Default)]
pub struct ClientCredential {
    /// The client id.
    pub client_id: String,
    /// The secret, if there is one.
    pub client_secret: Option<Secret<String>>,
    /// The private key that the sign-in's tokens are bound to (RFC 9449 §5); `None`: they are bound to none.
    pub proof_key: Option<Secret<String>>,
}

/// What a proof of a key is for (RFC 9449 §4.2).
#[derive(Clone, Copy, Debug)]
pub struct ProofOf<'a> {
    /// The request's method.
    pub method: &'a str,
    /// Where it goes; query and fragment do not count.
    pub address: &'a Url,
    /// The access token that it uses.
    pub token: &'a Secret<String>,
}

/// What a sign-in is to do.
#[derive(Clone, Debug)]
pub struct SignInPlan {
    /// Where.
    pub provider: Provider,
    /// As whom; `None`: register dynamically, on the redirect address that was bound.
    pub client: Option<ClientCredential>,
    /// What to ask for.
    pub scopes: ScopeSet,
    /// The account's name, where it is signed in again (`login_hint`).
    pub login_hint: Option<String>,
    /// The address that a client which registered itself said it comes back to. Some servers take that port alone,
    /// though any should do (RFC 8252 §7.3): it is used again while it is free.
    pub came_back_to: Option<Url>,
    /// How long to wait for the browser, in seconds.
    pub wait_seconds: u32,
}

/// What the person carries over from the browser, where a provider cannot send it back to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// The address of the page where the browser ends up.
    Address,
    /// The code that the provider's page shows.
    Code,
}

/// Where the answer to an authorization request arrives.
pub trait Arrival: Send + Sync {
    /// Takes what the person copied from their browser: what [`ByHand`] says, or the address that a browser on another
    /// machine could not open. It is held against what was sent out, as a redirect is.
    ///
    /// # Errors
    /// A sentence that says what to paste instead; the sign-in goes on waiting.
    fn by_hand(&self, pasted: &Secret<String>) -> Result<(), UpstreamError>;
}

/// A sign-in that waits for the browser.
pub struct SignInUnderWay {
    /// What the browser opens.
    pub authorize_url: Url,
    /// Where it comes back to; `None`: the provider shows a code instead.
    pub redirect_uri: Option<Url>,
    /// What the person must bring; `None`: the browser comes back by itself.
    pub by_hand: Option<ByHand>,
    /// Takes what they bring; `None`: nothing can be.
    pub arrival: Option<Arc<dyn Arrival>>,
    /// Set where the client was registered for this sign-in.
    pub registered: Option<RegisteredClient>,
    /// Resolves when the person is back and the code is exchanged. Dropping it closes the callback listener.
    pub outcome: BoxFuture<'static, Result<SignedIn, UpstreamError>>,
}

/// A device sign-in that waits for the person at another page (RFC 8628).
pub struct DeviceUnderWay {
    /// What is shown to the person.
    pub code: DeviceCode,
    /// Set where the client was registered for this sign-in.
    pub registered: Option<RegisteredClient>,
    /// Resolves when the person is done there, or the code has ended. Dropping it ends the polling.
    pub outcome: BoxFuture<'static, Result<SignedIn, UpstreamError>>,
}

/// The code that the person types, and where (RFC 8628 §3.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceCode {
    /// As the provider writes it.
    pub user_code: String,
    /// The page where it is typed.
    pub verification_uri: Url,
    /// The same with the code in it, if the provider gave one.
    pub verification_uri_complete: Option<Url>,
    /// Its life in seconds.
    pub expires_in: u32,
}

/// What a company's account is signed in with: no person takes part.
#[derive(Clone, Debug)]
pub struct CompanyPlan {
    /// Where.
    pub provider: Provider,
    /// Which of the ways without a person.
    pub way: SignInWay,
    /// Our client there, where the way needs one.
    pub client: Option<ClientCredential>,
    /// The content of the key file, where the way needs one.
    pub key: Option<Secret<String>>,
    /// What to ask for.
    pub scopes: ScopeSet,
}

/// A client that dynamic registration made for us.
#[derive(Clone, Debug)]
pub struct RegisteredClient {
    /// Its credential.
    pub credential: ClientCredential,
    /// The issuer it belongs to.
    pub issuer: String,
    /// The first redirect address that it was registered with, if it has any.
    pub redirect_uri: Option<Url>,
}

/// What a finished sign-in brought.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The provider's immutable id of the account.
    pub subject: String,
    /// What it calls the account.
    pub name: String,
    /// The tokens.
    pub tokens: UpstreamTokens,
}

/// Tokens from a provider's token endpoint.
#[derive(Clone, Debug)]
pub struct UpstreamTokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// Its life in seconds, if known.
    pub expires_in: Option<u32>,
    /// The refresh token, if one came (a new one replaces the old).
    pub refresh_token: Option<Secret<String>>,
    /// The granted scopes in catalogue spelling; `None`: as asked (RFC 6749 §5.1).
    pub scopes: Option<ScopeSet>,
    /// The private key that they are bound to; `None`: whoever has them can use them.
    pub proof_key: Option<Secret<String>>,
}

/// Speaks to authorization servers.
#[async_trait]
pub trait Upstream: Send + Sync {
    /// The shipped catalogue.
    fn catalogue(&self) -> Vec<Provider>;
    /// A shipped entry with its blanks, where it has any.
    fn form(&self, id: &ProviderId) -> Option<Provider> {
        self.catalogue().into_iter().find(|provider| provider.id == *id)
    }
    /// Reads the text of a catalogue file and checks it against the rules for such files.
    fn read_entry(&self, text: &str) -> Result<Provider, UpstreamError> {
        let _ = text;
        Err(UpstreamError::Unusable("Files cannot be read here.".into()))
    }
    /// Checks an own provider's addresses and, for an issuer, reads its metadata; fills in `endpoints`, `api`,
    /// `scopes` and `client` as far as they can be known.
    async fn examine(&self, provider: Provider) -> Result<Provider, UpstreamError>;
    /// Binds the callback listener and builds the authorization request.
    async fn begin_sign_in(&self, plan: SignInPlan) -> Result<SignInUnderWay, UpstreamError>;
    /// Asks for a device code (RFC 8628 §3.1) and begins to wait for the person.
    async fn begin_device_sign_in(&self, plan: SignInPlan) -> Result<DeviceUnderWay, UpstreamError> {
        Err(cannot(&plan.provider, "no sign-in by device code"))
    }
    /// Signs a company's account in. What brings the next access token comes back, marked, in the place of a refresh
    /// token, and is redeemed by [`Upstream::refresh`] like one.
    async fn sign_in_company(&self, plan: CompanyPlan) -> Result<SignedIn, UpstreamError> {
        Err(cannot(&plan.provider, "no sign-in without a person"))
    }
    /// Makes a private key by which Keylodge proves itself as a client (RFC 7523 §2.2), as a text that is sealed in the
    /// place of a client secret.
    fn make_key(&self) -> Result<Secret<String>, UpstreamError> {
        Err(UpstreamError::Unusable("No key can be made here. Use a client secret.".into()))
    }
    /// The public half of such a key as JSON (RFC 7517). `None`: it is no key, or one without a half to show.
    fn public_key(&self, key: &Secret<String>) -> Option<String> {
        let _ = key;
        None
    }
    /// A proof that we hold the key which a token is bound to, for one request (RFC 9449 §7.1).
    fn proof(&self, key: &Secret<String>, of: ProofOf<'_>) -> Result<String, UpstreamError> {
        let _ = (key, of);
        Err(UpstreamError::Unusable("No key can be proven here.".into()))
    }
    /// Takes what a server wants in the next proofs that it gets, from a `DPoP-Nonce` header (RFC 9449 §8.2).
    fn note_nonce(&self, address: &Url, nonce: &str) {
        let _ = (address, nonce);
    }
    /// How many seconds this machine's clock is ahead of what providers say, as last seen in a `Date` header.
    fn clock_skew(&self) -> Option<i64> {
        None
    }
    /// Redeems a refresh token (RFC 6749 §6), for all its scopes or for `narrower` ones. Never retried blindly.
    async fn refresh(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
        narrower: Option<&ScopeSet>,
    ) -> Result<UpstreamTokens, UpstreamError>;
    /// Exchanges an access token for one that can do no more than `narrower` (RFC 8693 §2.1). The scopes that come back are
    /// those that the answer proves; `None`: it proves nothing, and the token may be as wide as the one before.
    async fn exchange(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        access_token: &Secret<String>,
        narrower: &ScopeSet,
    ) -> Result<UpstreamTokens, UpstreamError> {
        let _ = (client, access_token, narrower);
        Err(cannot(provider, "no exchange of tokens"))
    }
    /// Revokes a token (RFC 7009). `Ok(false)`: the provider has no way to.
    async fn revoke(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        refresh_token: &Secret<String>,
    ) -> Result<bool, UpstreamError>;
    /// Revokes an access token (RFC 7009 §2.1); what else ends with it, `revocation.access_token` of the entry says.
    /// `Ok(false)`: the provider has no way to.
    async fn revoke_access(
        &self,
        provider: &Provider,
        client: &ClientCredential,
        access_token: &Secret<String>,
    ) -> Result<bool, UpstreamError> {
        let _ = (provider, client, access_token);
        Ok(false)
    }
}

fn cannot(provider: &Provider, what: &str) -> UpstreamError {
    UpstreamError::Unusable(format!("{} has {what}.", provider.name).into())
}
