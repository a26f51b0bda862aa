//! The demo program's side of OAuth 2.0: discovery, registration, authorization request, exchange, refresh, revocation.

use std::time::Duration;

use serde_json::json;
use url::Url;

use super::{Options, callback::Callback};
use crate::{
    form::Form,
    random,
    wire::{Ask, Reply, Wire},
};

/// A program that knows its authorization server.
pub struct Session {
    /// Sends, and notes what was sent.
    pub wire: Wire,
    /// The authorization server, byte for byte.
    pub issuer: String,
    /// Its authorization endpoint.
    pub authorize: String,
    /// Its token endpoint.
    pub token: String,
    register: String,
    revoke: String,
    /// Our client id, once registered.
    pub client_id: String,
    callback: Callback,
    /// Every token that was handed to us, to be given back in the end.
    issued: Vec<String>,
    patience: Duration,
}

/// An authorization request that is ready to be sent.
pub struct Asked {
    ask: Ask,
    state: String,
    verifier: String,
}

/// What the person decided.
pub enum Answer {
    /// Yes, at least in part.
    Code {
        /// The code.
        code: String,
        /// The verifier that belongs to it.
        verifier: String,
    },
    /// No: the error as a sentence.
    Refused(String),
}

impl Asked {
    /// The request for a person to read.
    pub fn lines(&self) -> Vec<String> {
        self.ask.lines()
    }
}

impl Session {
    /// Reads the metadata (RFC 8414) and opens the listener for answers.
    pub async fn open(options: &Options) -> Result<Self, String> {
        let issuer = format!("{}/{}", options.base, options.provider);
        let mut wire = Wire::new()?;
        let address = format!("{}/.well-known/oauth-authorization-server/{}", options.base, options.provider);
        let metadata = wire.send(Ask::get(&address)).await?;
        if metadata.member("issuer") != Some(&issuer) {
            return Err(format!("Keylodge does not speak for {issuer} ({}).", metadata.summary()));
        }
        let place = |name: &str| {
            metadata
                .member(name)
                .map(str::to_owned)
                .ok_or_else(|| format!("Keylodge's metadata has no {name}."))
        };
        Ok(Self {
            authorize: place("authorization_endpoint")?,
            token: place("token_endpoint")?,
            register: place("registration_endpoint")?,
            revoke: place("revocation_endpoint")?,
            client_id: String::new(),
            issued: Vec::new(),
            callback: Callback::open().await?,
            patience: options.patience,
            wire,
            issuer,
        })
    }

    /// Registers as a public client (RFC 7591).
    pub async fn register(&mut self) -> Result<(), String> {
        let body = json!({
            "client_name": "Demo program",
            "redirect_uris": [self.callback.address],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": "none",
        });
        let reply = self.wire.send(Ask::post(&self.register).json(body)).await?;
        let id = reply.member("client_id").filter(|_| reply.status == 201);
        let id = id.ok_or_else(|| format!("The registration was refused ({}).", reply.summary()))?;
        id.clone_into(&mut self.client_id);
        Ok(())
    }

    /// An authorization request with fresh `state` and verifier (RFC 6749 §4.1.1, RFC 7636 §4.3).
    pub fn prepare(&self, scope: &str, resource: Option<&str>) -> Result<Asked, String> {
        let (state, verifier) = (random::token(""), random::token(""));
        let url = self.request(&self.client_id, scope, resource, &state, &verifier)?;
        Ok(Asked { ask: Ask::get(url.as_str()).patience(self.patience), state, verifier })
    }

    /// The same under any client id, for whoever has none.
    pub fn request(
        &self,
        client_id: &str,
        scope: &str,
        resource: Option<&str>,
        state: &str,
        verifier: &str,
    ) -> Result<Url, String> {
        let mut url =
            Url::parse(&self.authorize).map_err(|_| "The authorization endpoint is not an address.")?;
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", client_id)
            .append_pair("redirect_uri", &self.callback.address)
            .append_pair("scope", scope)
            .append_pair("state", state)
            .append_pair("code_challenge", &random::digest(verifier))
            .append_pair("code_challenge_method", "S256")
            .extend_pairs(resource.map(|resource| ("resource", resource)));
        Ok(url)
    }

    /// Sends it, waits for the person, and follows the answer to our own listener.
    pub async fn ask(&mut self, asked: Asked) -> Result<Answer, String> {
        let reply = self.wire.send_noted(asked.ask).await?;
        let ours = format!("{}?", self.callback.address);
        let back = reply.location.as_deref().filter(|to| to.starts_with(&ours));
        let back =
            back.ok_or_else(|| format!("The authorization request was turned away ({}).", reason(&reply)))?;
        self.wire.send(Ask::get(back)).await?;
        let form = Form::parse(&self.callback.next().await?);
        // Whatever does not belong to this very request is not looked at (RFC 6749 §10.12, RFC 9207 §2.4).
        if form.repeats() || form.get("state") != Some(&asked.state) || form.get("iss") != Some(&self.issuer)
        {
            return Err("An answer arrived that does not belong to the request.".to_owned());
        }
        Ok(match (form.get("code"), form.get("error")) {
            (Some(code), None) => Answer::Code { code: code.to_owned(), verifier: asked.verifier },
            (_, error) => Answer::Refused(format!(
                "{}: {}",
                error.unwrap_or("error"),
                form.get("error_description").unwrap_or("no reason given")
            )),
        })
    }

    /// Redeems a code (RFC 6749 §4.1.3).
    pub async fn redeem(&mut self, code: &str, verifier: Option<&str>) -> Result<Reply, String> {
        let (redirect_uri, client_id) = (self.callback.address.clone(), self.client_id.clone());
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &redirect_uri),
            ("client_id", &client_id),
        ];
        form.extend(verifier.map(|verifier| ("code_verifier", verifier)));
        self.collect(Ask::post(&self.token).form(&form)).await
    }

    /// Redeems a refresh token for `scope` (RFC 6749 §6).
    pub async fn refresh(&mut self, token: &str, scope: &str) -> Result<Reply, String> {
        let client_id = self.client_id.clone();
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", token),
            ("scope", scope),
            ("client_id", &client_id),
        ];
        self.collect(Ask::post(&self.token).form(&form)).await
    }

    /// Revokes every token that was handed out, so that the demo leaves nothing behind. Returns what was sent.
    pub async fn give_back(&mut self) -> Vec<String> {
        for token in std::mem::take(&mut self.issued) {
            if let Err(why) = self.revoke(&token).await {
                self.wire.note(why);
            }
        }
        self.wire.take()
    }

    /// Gives a token back (RFC 7009).
    pub async fn revoke(&mut self, token: &str) -> Result<Reply, String> {
        let client_id = self.client_id.clone();
        self.wire.send(Ask::post(&self.revoke).form(&[("token", token), ("client_id", &client_id)])).await
    }

    async fn collect(&mut self, ask: Ask) -> Result<Reply, String> {
        let reply = self.wire.send(ask).await?;
        let tokens = ["refresh_token", "access_token"].map(|name| reply.member(name).map(str::to_owned));
        self.issued.extend(tokens.into_iter().flatten());
        Ok(reply)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Session").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}

fn reason(reply: &Reply) -> String {
    let description = reply.member("error_description").unwrap_or_default();
    format!("{} {description}", reply.summary()).trim().to_owned()
}
