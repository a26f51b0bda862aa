//! `keylodge consent …`, `keylodge lease …`, `keylodge audit …`: seeing and withdrawing.

use std::process::ExitCode;

use control::{Answer, Conditions, ConsentEdit, ConsentView, Delivery, ReleaseEnd, Request};
use jiff::tz::TimeZone;

use crate::{
    activity::now,
    arguments::{ConsentChange, ConsentCommand, Global, LeaseCommand, Switch},
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
        ConsentCommand::Edit(change) => {
            let request =
                Request::ConsentEdit { consent: change.consent.clone(), edit: edit(&mut broker, change)? };
            match broker.ask_and_prove_if_needed(request)? {
                Answer::Consent(consent) if global.json => output::json(&consent),
                Answer::Consent(consent) => Ok(show(&consent)),
                other => unexpected(&other),
            }
        }
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
                    let handed = handed(&l).to_owned();
                    [l.app_name, l.account_label, scopes, handed, l.until.in_utc(), l.id]
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

/// What a command changes of a consent; conditions that it does not name stay.
fn edit(broker: &mut Broker, change: ConsentChange) -> Result<ConsentEdit, Failed> {
    let named = change.directory.is_some() || change.host.is_some();
    let conditions = if change.anywhere {
        Some(Conditions::default())
    } else if named {
        let Answer::Consent(now) = broker.ask(Request::ConsentShow { consent: change.consent })? else {
            return Err(Failed::other(&"The broker answered something else than a consent. Restart it."));
        };
        Some(Conditions {
            directory: change.directory.or(now.conditions.directory),
            host: change.host.or(now.conditions.host),
            ..now.conditions
        })
    } else {
        None
    };
    Ok(ConsentEdit {
        scopes: Some(change.scopes).filter(|scopes| !scopes.is_empty()),
        duration: change
            .duration
            .as_deref()
            .map(|text| words::parse_duration(text, now(), TimeZone::system()))
            .transpose()?,
        delivery: change.gateway.then_some(Delivery::Gateway),
        conditions,
        asks_each_time: change.each_time.map(|switch| switch == Switch::On),
        note: change.note,
    })
}

/// Where a consent holds, in words.
fn place(conditions: &Conditions) -> String {
    let parts = [
        conditions.session.as_ref().map(|_| "one terminal session".to_owned()),
        conditions.directory.clone(),
        conditions.host.clone(),
        conditions.forwarded.then(|| "forwarded".to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
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
        ("Only", place(&consent.conditions)),
        ("Asked", if consent.asks_each_time { "each time".to_owned() } else { String::new() }),
        ("Given by", if consent.by_policy { "the administrator's policy".to_owned() } else { String::new() }),
        ("Used", format!("{} times", consent.uses)),
        ("Lapses unused", consent.lapses.map(words::moment).unwrap_or_default()),
        ("Note", consent.note.clone()),
        ("ID", consent.id.clone()),
    ])
}

/// How a lease was handed over, and how it ends where that is not up to Keylodge.
fn handed(lease: &control::LeaseView) -> &'static str {
    match lease.release {
        Some(ReleaseEnd::ByItself) => "released, runs out by itself",
        Some(ReleaseEnd::WithLease) | None => how(lease.delivery),
    }
}

fn how(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Gateway => "gateway",
        Delivery::Release => "released",
    }
}
