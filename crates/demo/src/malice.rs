//! Plays a program that is up to no good: everything that it tries, really tried over HTTP, must be refused.

mod forgery;

use std::time::Duration;

use serde_json::json;

use crate::{
    program::{Answer, Haul, Options, Tokens},
    random,
    step::{Report, Step, Teller, Tone},
    wire::{Ask, Reply},
};

/// A refusal takes no thinking; whoever waits longer has asked the person, which is a failure.
const AT_ONCE: Duration = Duration::from_secs(10);
/// A site that is not on this machine.
const FOREIGN_SITE: &str = "http://evil.example";

/// Plays the malicious program with what the demo program holds, and tells each attempt as a step from 8 on.
///
/// One attempt needs a fresh code: the honest program asks the person once more. In the end every token is revoked.
pub async fn run(options: &Options, mut haul: Haul, on_step: impl FnMut(Step)) -> Report {
    let mut teller = Teller::new(on_step);
    act(options, &mut haul, &mut teller).await;
    teller.finish();
    Report { passed: teller.passed }
}

/// The attempts, for a teller that is not finished yet.
pub(crate) async fn act<F: FnMut(Step)>(options: &Options, haul: &mut Haul, teller: &mut Teller<F>) {
    let api = format!("{}/api/photos", haul.tokens.resource_base(options));
    let mut thief = Thief { haul, api, refused: true };
    thief.without_token().await;
    thief.report(teller, 8, "A program without a token");
    thief.with_forged_tokens().await;
    thief.report(teller, 9, "Tokens that it made itself");
    thief.unregistered().await;
    thief.report(teller, 10, "A program that is not registered asks you");
    let narrow = thief.with_stolen_code(teller).await;
    thief.report(teller, 11, "A stolen authorization code, without its verifier");
    let narrow = thief.beyond_its_scope(narrow).await;
    thief.report(teller, 12, "More than was granted");
    thief.with_revoked_token(narrow).await;
    thief.report(teller, 13, "A token after it was revoked");
    thief.as_web_page().await;
    thief.report(teller, 14, "A page on the web");
    if thief.with_token_for_elsewhere().await {
        thief.report(teller, 15, "A token that is meant for another place");
    }
    haul.session.give_back().await;
}

struct Thief<'a> {
    haul: &'a mut Haul,
    /// The resource that everybody is after.
    api: String,
    /// Everything of the present attempt has been refused so far.
    refused: bool,
}

impl Thief<'_> {
    async fn without_token(&mut self) {
        let ask = Ask::get(&self.api);
        self.expect(ask, |reply| reply.status == 401).await;
    }

    async fn with_forged_tokens(&mut self) {
        for (remark, token) in forgery::tokens(&self.haul.tokens.access) {
            self.haul.session.wire.note(remark);
            let ask = Ask::get(&self.api).bearer(&token);
            self.expect(ask, |reply| reply.status == 401).await;
        }
    }

    async fn unregistered(&mut self) {
        let (state, verifier) = (random::token(""), random::token(""));
        let request = self.haul.session.request("nobody-knows-me", "photos.read", None, &state, &verifier);
        let Ok(url) = request else { return self.fail("There is no authorization endpoint.") };
        let ask = Ask::get(url.as_str()).patience(AT_ONCE);
        // An error for whoever asked, and no redirect to an address that nobody vouched for (RFC 6749 §4.1.2.1).
        self.expect(ask, |reply| (400..500).contains(&reply.status) && reply.location.is_none()).await;
    }

    /// The honest program asks once more, and somebody else redeems its code first. Returns what the honest one gets.
    async fn with_stolen_code<F: FnMut(Step)>(&mut self, teller: &mut Teller<F>) -> Option<Tokens> {
        const SCOPE: &str = "photos.read";
        let session = &mut self.haul.session;
        let asked = session.prepare(SCOPE, None).ok()?;
        teller.tell(
            11,
            "The honest program asks again; this time somebody reads along",
            asked.lines(),
            Tone::Waiting,
        );
        let (code, verifier) = match session.ask(asked).await {
            Ok(Answer::Code { code, verifier }) => (code, verifier),
            Ok(Answer::Refused(_)) => {
                session.wire.note("You said no, so there is no code to steal.");
                return None;
            }
            Err(why) => {
                self.fail(&why);
                return None;
            }
        };
        session.wire.take();
        let other = random::token("");
        // Without any verifier the request is incomplete as well; both words refuse it (RFC 7636 §4.6).
        for (guess, words) in
            [(None, ["invalid_grant", "invalid_request"]), (Some(other.as_str()), ["invalid_grant"; 2])]
        {
            let reply = self.haul.session.redeem(&code, guess).await;
            self.judge(reply, |reply| reply.status == 400 && words.contains(&reply.error()));
        }
        self.haul.session.wire.note("The honest program, with its verifier:");
        let reply = self.haul.session.redeem(&code, Some(&verifier)).await.ok()?;
        Tokens::read(&reply, SCOPE)
    }

    /// Writes with a token for reading, and refreshes for what was never granted. Returns the token for reading.
    async fn beyond_its_scope(&mut self, narrow: Option<Tokens>) -> Option<Tokens> {
        let narrow = match narrow {
            Some(narrow) => Some(narrow),
            None => self.narrowed().await,
        };
        match &narrow {
            Some(narrow) if !narrow.has("photos.write") => {
                let photo = json!({ "title": "Not mine", "caption": "I only had a key for looking." });
                let ask = Ask::post(&self.api).bearer(&narrow.access).json(photo);
                self.expect(ask, |reply| reply.status == 403 && reply.error() == "insufficient_scope").await;
            }
            _ => self.haul.session.wire.note("(There is no token for reading alone to try it with.)"),
        }
        self.widened().await;
        narrow
    }

    /// A narrower token for the same grant (RFC 6749 §6).
    async fn narrowed(&mut self) -> Option<Tokens> {
        const SCOPE: &str = "photos.read";
        let refresh = self.haul.tokens.refresh.clone().filter(|_| self.haul.tokens.has(SCOPE))?;
        let reply = self.haul.session.refresh(&refresh, SCOPE).await.ok()?;
        let mut narrow = Tokens::read(&reply, SCOPE)?;
        // The chain goes on in the honest program's hands.
        self.haul.tokens.refresh = narrow.refresh.take().or(Some(refresh));
        Some(narrow)
    }

    async fn widened(&mut self) {
        let Some(refresh) = self.haul.tokens.refresh.clone() else {
            return self.haul.session.wire.note("(No refresh token was issued, so none can be widened.)");
        };
        let reply = self.haul.session.refresh(&refresh, "calendar.read").await;
        self.judge(reply, |reply| reply.status == 400 && reply.error() == "invalid_scope");
    }

    async fn with_revoked_token(&mut self, narrow: Option<Tokens>) {
        let token = narrow.map_or_else(|| self.haul.tokens.access.clone(), |narrow| narrow.access);
        let revoked = self.haul.session.revoke(&token).await;
        self.judge(revoked, |reply| reply.status == 200);
        let ask = Ask::get(&self.api).bearer(&token);
        self.expect(ask, |reply| reply.status == 401 && reply.error() == "invalid_token").await;
    }

    async fn as_web_page(&mut self) {
        let form = [("grant_type", "authorization_code"), ("code", "guessed"), ("client_id", "guessed")];
        let ask = Ask::post(&self.haul.session.token).origin(FOREIGN_SITE).form(&form);
        self.expect(ask, |reply| reply.status == 403).await;
        let ask = Ask::get(&self.haul.session.authorize).origin(FOREIGN_SITE).patience(AT_ONCE);
        self.expect(ask, |reply| reply.status == 403).await;
    }

    /// `false`: there is no such token.
    async fn with_token_for_elsewhere(&mut self) -> bool {
        let Some(token) = self.haul.elsewhere.take() else { return false };
        let ask = Ask::get(&self.api).bearer(&token);
        self.expect(ask, |reply| reply.status == 401).await;
        true
    }

    async fn expect(&mut self, ask: Ask, refusal: impl Fn(&Reply) -> bool) {
        let reply = self.haul.session.wire.send(ask).await;
        self.judge(reply, refusal);
    }

    fn judge(&mut self, reply: Result<Reply, String>, as_it_should: impl Fn(&Reply) -> bool) {
        match reply {
            Ok(reply) if as_it_should(&reply) => {}
            Ok(_) => self.fail("This is not the answer that it should have been."),
            Err(why) => self.fail(&why),
        }
    }

    fn fail(&mut self, why: &str) {
        self.haul.session.wire.note(why);
        self.refused = false;
    }

    fn report<F: FnMut(Step)>(&mut self, teller: &mut Teller<F>, number: u32, title: &str) {
        let tone = if std::mem::replace(&mut self.refused, true) { Tone::Refused } else { Tone::Failed };
        teller.tell(number, title, self.haul.session.wire.take(), tone);
    }
}
