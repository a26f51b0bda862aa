//! Plays a local program through the seven steps of OAuth 2.0, over Keylodge's loopback API and in plain HTTP.
//!
//! Nothing here knows how Keylodge works inside: every request is one that any OAuth client could send. After the
//! seven steps a second resource server shows both ways of validating a token, and then [`crate::malice`] tries what
//! must not work.

mod callback;
mod second;
mod session;
mod tokens;

use std::time::Duration;

pub(crate) use self::{
    session::{Answer, Session},
    tokens::{Tokens, part as token_part},
};
use crate::{
    malice,
    step::{Report, Step, Teller, Tone},
    wire::{Ask, Reply},
};

/// What the demo program asks for.
const WANTED: &str = "profile photos.read photos.write";

/// Where and how the demo program runs.
#[derive(Clone, Debug)]
pub struct Options {
    /// Keylodge's loopback API, without a slash at the end: `http://127.0.0.1:5395`.
    pub base: String,
    /// The provider's id, which is the issuer's path.
    pub provider: String,
    /// The id of the account that is hoped for. The person may choose another one.
    pub account: String,
    /// How long the person may think about each question.
    pub patience: Duration,
}

impl Options {
    /// With ten minutes for each question.
    #[must_use]
    pub fn new(base: &str, provider: &str, account: &str) -> Self {
        Self {
            base: base.trim_end_matches('/').to_owned(),
            provider: provider.to_owned(),
            account: account.to_owned(),
            patience: Duration::from_secs(600),
        }
    }
}

/// What the demo program has in its hands in the end; the malicious program starts from there.
pub struct Haul {
    pub(crate) session: Session,
    pub(crate) tokens: Tokens,
    /// A token that is good at the second resource server only.
    pub(crate) elsewhere: Option<String>,
}

impl std::fmt::Debug for Haul {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Haul").field("session", &self.session).finish_non_exhaustive()
    }
}

/// Plays the demo program and then the malicious one, and hands each step to `on_step` as it happens. Needs a tokio
/// runtime. The person is asked up to three times.
///
/// # Errors
/// A sentence when it cannot go on; it is on the last step, too. A person who says no is no error: then the report
/// says that not all of it passed.
pub async fn run(options: Options, on_step: impl FnMut(Step)) -> Result<Report, String> {
    let mut teller = Teller::new(on_step);
    let mut played = play(&options, &mut teller).await;
    if let Ok(Some(haul)) = &mut played {
        malice::act(&options, haul, &mut teller).await;
    }
    conclude(teller, played).map(|(report, _)| report)
}

/// Plays the demo program alone. What it holds in the end is for [`malice::run`] or to be given back; there is nothing
/// if the person said no.
///
/// # Errors
/// As [`run`].
pub async fn run_alone(
    options: &Options,
    on_step: impl FnMut(Step),
) -> Result<(Report, Option<Haul>), String> {
    let mut teller = Teller::new(on_step);
    let played = play(options, &mut teller).await;
    conclude(teller, played)
}

impl Haul {
    /// Revokes every token (RFC 7009). Returns what went over the wire.
    pub async fn give_back(mut self) -> Vec<String> {
        self.session.give_back().await
    }
}

fn conclude<F: FnMut(Step)>(
    mut teller: Teller<F>,
    played: Result<Option<Haul>, String>,
) -> Result<(Report, Option<Haul>), String> {
    if let Err(why) = &played {
        teller.tell(teller.number, "It cannot go on", vec![why.clone()], Tone::Failed);
    }
    teller.finish();
    played.map(|haul| (Report { passed: teller.passed }, haul))
}

async fn play<F: FnMut(Step)>(options: &Options, teller: &mut Teller<F>) -> Result<Option<Haul>, String> {
    let mut session = Session::open(options).await?;
    teller.tell(0, "The program finds the authorization server", session.wire.take(), Tone::Done);
    session.register().await?;
    teller.tell(0, "It registers, as every program must", session.wire.take(), Tone::Done);
    let Some(tokens) = obtain(&mut session, teller).await? else {
        teller.passed = false;
        return Ok(None);
    };
    present(options, &mut session, &tokens, teller).await?;
    let elsewhere = second::show(&mut session, teller).await;
    Ok(Some(Haul { session, tokens, elsewhere }))
}

/// Steps 1 to 5. `None`: the person said no.
async fn obtain<F: FnMut(Step)>(
    session: &mut Session,
    teller: &mut Teller<F>,
) -> Result<Option<Tokens>, String> {
    let asked = session.prepare(WANTED, None)?;
    teller.tell(1, "The program asks you for access", asked.lines(), Tone::Waiting);
    let answer = session.ask(asked).await?;
    let redirect = session.wire.take();
    let (code, verifier) = match answer {
        Answer::Code { code, verifier } => (code, verifier),
        Answer::Refused(why) => {
            let lines = [
                redirect,
                vec![why, "Without a yes there is no code, and without a code no token.".to_owned()],
            ];
            teller.tell(2, "You said no, and the program gets nothing", lines.concat(), Tone::Refused);
            return Ok(None);
        }
    };
    let exchanged = session.redeem(&code, Some(&verifier)).await?;
    let tokens = Tokens::read(&exchanged, WANTED);
    teller.tell(
        2,
        "You said yes",
        tokens.as_ref().map(|it| it.decision(WANTED)).unwrap_or_default(),
        Tone::Done,
    );
    teller.tell(3, "The program receives an authorization code", redirect, Tone::Done);
    let tone = if tokens.is_some() { Tone::Done } else { Tone::Failed };
    teller.tell(4, "It exchanges the code, with its PKCE verifier", session.wire.take(), tone);
    let tokens = tokens.ok_or_else(|| format!("The code was not exchanged ({}).", exchanged.summary()))?;
    teller.tell(5, "It holds an access token: short-lived and narrow", tokens.facts(), Tone::Done);
    Ok(Some(tokens))
}

/// Steps 6 and 7.
async fn present<F: FnMut(Step)>(
    options: &Options,
    session: &mut Session,
    tokens: &Tokens,
    teller: &mut Teller<F>,
) -> Result<(), String> {
    let (path, expected) = resource(tokens);
    let ask = Ask::get(&format!("{}{path}", tokens.resource_base(options))).bearer(&tokens.access);
    let shown = ask.lines();
    let reply = session.wire.send(ask).await?;
    session.wire.take();
    let tone = if reply.status == expected { Tone::Done } else { Tone::Failed };
    let lines = [shown, vec![format!("← {}", reply.summary())]].concat();
    teller.tell(6, "It presents the token to a resource server, which validates it", lines, tone);
    let (title, tone) = match (reply.status, tone) {
        (200, tone) => ("The resource is delivered", tone),
        (_, Tone::Done) => ("You granted no reading, so nothing is read", Tone::Refused),
        (_, tone) => ("The resource was not delivered", tone),
    };
    teller.tell(7, title, body(&reply), tone);
    Ok(())
}

/// What the granted scopes let the program read, and the status to expect.
fn resource(tokens: &Tokens) -> (&'static str, u16) {
    match () {
        () if tokens.has("photos.read") => ("/api/photos", 200),
        () if tokens.has("profile") => ("/api/profile", 200),
        () => ("/api/photos", 403),
    }
}

/// A JSON answer as a person likes to read it, without an end that nobody would read.
fn body(reply: &Reply) -> Vec<String> {
    let pretty = serde_json::to_string_pretty(&reply.json).unwrap_or_default();
    pretty.lines().take(40).map(crate::wire::plain).collect()
}
