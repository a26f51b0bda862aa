//! A second resource server, to show both ways of validating a token: by itself, and by asking (RFC 7662).
//!
//! These steps stand beside the seven and have no number of their own.

use std::net::Ipv4Addr;

use super::{Answer, Session, Tokens, body};
use crate::{
    resource_server::{ResourceServer, Validation},
    step::{Step, Teller, Tone},
    wire::Ask,
};

/// Starts the resource server, gets a token for it, and uses it twice. Returns that token.
pub async fn show<F: FnMut(Step)>(session: &mut Session, teller: &mut Teller<F>) -> Option<String> {
    let shown = play(session, teller).await;
    shown.unwrap_or_else(|why| {
        let lines = [session.wire.take(), vec![why]].concat();
        teller.tell(0, "The second resource server cannot go on", lines, Tone::Failed);
        None
    })
}

async fn play<F: FnMut(Step)>(
    session: &mut Session,
    teller: &mut Teller<F>,
) -> Result<Option<String>, String> {
    let listen = (Ipv4Addr::LOCALHOST, 0).into();
    let server = ResourceServer::start(listen, &session.issuer, Validation::OwnCheck).await?;
    let lines = server.registration().to_vec();
    teller.tell(0, "A second resource server registers with Keylodge", lines, Tone::Done);
    let token = obtain(session, &server, teller).await?;
    if let Some(token) = &token {
        let title = "It checks the token by itself: signature, issuer, audience, expiry, scope";
        visit(session, &server, token, title, teller).await?;
        server.validate_by(Validation::Introspection);
        visit(session, &server, token, "It asks Keylodge about the token (introspection)", teller).await?;
    }
    server.stop().await;
    Ok(token)
}

async fn obtain<F: FnMut(Step)>(
    session: &mut Session,
    server: &ResourceServer,
    teller: &mut Teller<F>,
) -> Result<Option<String>, String> {
    const SCOPE: &str = "photos.read";
    let asked = session.prepare(SCOPE, Some(server.audience()))?;
    teller.tell(0, "The program asks for a token for that resource server", asked.lines(), Tone::Waiting);
    let Answer::Code { code, verifier } = session.ask(asked).await? else {
        teller.tell(0, "You said no, so there is no token for it", session.wire.take(), Tone::Refused);
        return Ok(None);
    };
    let reply = session.redeem(&code, Some(&verifier)).await?;
    let tokens = Tokens::read(&reply, SCOPE);
    let tone = if tokens.is_some() { Tone::Done } else { Tone::Failed };
    teller.tell(0, "It gets a token that is good there and nowhere else", session.wire.take(), tone);
    Ok(tokens.map(|tokens| tokens.access))
}

async fn visit<F: FnMut(Step)>(
    session: &mut Session,
    server: &ResourceServer,
    token: &str,
    title: &str,
    teller: &mut Teller<F>,
) -> Result<(), String> {
    let ask = Ask::get(&format!("{}photos", server.audience())).bearer(token);
    let shown = ask.lines();
    let reply = session.wire.send(ask).await?;
    session.wire.take();
    let tone = if reply.status == 200 { Tone::Done } else { Tone::Failed };
    teller.tell(0, title, [shown, vec![format!("← {}", reply.summary())], body(&reply)].concat(), tone);
    Ok(())
}
