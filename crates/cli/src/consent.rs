//! `keylodge consent …`, `keylodge lease …`, `keylodge audit …`: seeing and withdrawing.

use std::process::ExitCode;

use control::{Answer, ConsentView, Delivery, Request};

use crate::{
    arguments::{AuditCommand, ConsentCommand, Global, LeaseCommand},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output, words,
};

/// Carries out a command about consents.
pub fn run(command: ConsentCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        ConsentCommand::List => match broker.ask(Request::ConsentList)? {
            Answer::Consents(consents) if global.json => output::json(&consents),
            Answer::Consents(consents) => {
                let rows = consents.iter().map(row).collect();
                let head = ["PROGRAM", "ACCOUNT", "MAY", "HOW", "FOR", "ID"];
                Ok(output::table(head, rows, "You have allowed nothing yet."))
            }
            other => unexpected(&other),
        },
        ConsentCommand::Show { consent } => match broker.ask(Request::ConsentShow { consent })? {
            Answer::Consent(consent) if global.json => output::json(&consent),
            Answer::Consent(consent) => Ok(show(&consent)),
            other => unexpected(&other),
        },
        ConsentCommand::Revoke { consent, scope } => {
            let answer = broker.ask_and_prove_if_needed(Request::ConsentRevoke { consent, scope })?;
            done(&answer, global, "Withdrawn. Its tokens have ended.")
        }
    }
}

/// Carries out a command about leases.
pub fn lease(command: LeaseCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        LeaseCommand::List => match broker.ask(Request::LeaseList)? {
            Answer::Leases(leases) if global.json => output::json(&leases),
            Answer::Leases(leases) => {
                let row = |l: control::LeaseView| {
                    let scopes = words::scopes(&l.scopes);
                    [
                        l.app_name,
                        l.account_label,
                        scopes,
                        how(l.delivery).to_owned(),
                        words::moment(l.until),
                        l.id,
                    ]
                };
                let rows = leases.into_iter().map(row).collect();
                let head = ["PROGRAM", "ACCOUNT", "MAY", "HOW", "UNTIL (UTC)", "ID"];
                Ok(output::table(head, rows, "No token is out."))
            }
            other => unexpected(&other),
        },
        LeaseCommand::Revoke { lease } => {
            done(&broker.ask(Request::LeaseRevoke { lease })?, global, "Ended.")
        }
    }
}

/// Carries out a command about the activity list.
pub fn audit(command: &AuditCommand, global: &Global) -> Result<ExitCode, Failed> {
    let AuditCommand::List { limit } = *command;
    match Broker::connect(global)?.ask(Request::ActivityList { before: None, limit })? {
        Answer::Activity(events) if global.json => output::json(&events),
        Answer::Activity(events) => {
            let row = |e: control::ActivityView| {
                let who = [e.app_name, e.account_label].into_iter().flatten().collect::<Vec<_>>().join(" → ");
                let sentence = e.failure.map_or(e.sentence.clone(), |id| format!("{} [{id}]", e.sentence));
                [words::moment(e.at), e.kind, who, sentence]
            };
            let rows = events.into_iter().map(row).collect();
            Ok(output::table(["WHEN (UTC)", "WHAT", "WHO", "IN WORDS"], rows, "Nothing has happened yet."))
        }
        other => unexpected(&other),
    }
}

fn row(consent: &ConsentView) -> [String; 6] {
    let may =
        if consent.allows { words::scopes(&consent.scopes) } else { "nothing: refused for good".to_owned() };
    [
        consent.app_name.clone(),
        consent.account_label.clone(),
        may,
        how(consent.delivery).to_owned(),
        words::duration(consent.duration),
        consent.id.clone(),
    ]
}

fn show(consent: &ConsentView) -> ExitCode {
    output::facts(&[
        ("Program", consent.app_name.clone()),
        ("Account", consent.account_label.clone()),
        ("May", words::scopes(&consent.scopes)),
        ("Hand-over", how(consent.delivery).to_owned()),
        ("For", words::duration(consent.duration)),
        ("Since", words::moment(consent.since)),
        ("Until", consent.until.map(words::moment).unwrap_or_default()),
        ("Used", format!("{} times", consent.uses)),
        ("ID", consent.id.clone()),
    ])
}

fn how(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Gateway => "gateway",
        Delivery::Release => "released",
    }
}
