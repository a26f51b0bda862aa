//! `keylodge audit …`: what happened, whether its trail is whole, and all of it for another program.

use std::process::ExitCode;

use control::{ActivityFilter, ActivityPage, ActivityView, Answer, Request, Timestamp};
use time::OffsetDateTime;

use crate::{
    arguments::{ActivityOptions, AuditCommand, ExportFormat, Global},
    connection::{Broker, unexpected},
    exit::Failed,
    output, words,
};

/// So many events are fetched at a time.
const PAGE: u32 = 500;

/// Carries out a command about the trail.
pub fn run(command: AuditCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        AuditCommand::List { limit, of } => {
            let events = page(&mut broker, &filter(of)?, None, limit)?.events;
            if global.json {
                return output::json(&events);
            }
            let rows = events.into_iter().map(row).collect();
            Ok(output::table(["WHEN (UTC)", "WHAT", "WHO", "IN WORDS"], rows, "Nothing has happened yet."))
        }
        AuditCommand::Verify => verify(&mut broker, global),
        AuditCommand::Export { format, of } => export(&mut broker, &filter(of)?, format),
    }
}

fn verify(broker: &mut Broker, global: &Global) -> Result<ExitCode, Failed> {
    let Answer::AuditVerified(found) = broker.ask(Request::AuditVerify)? else {
        return Err(Failed::other(&"The broker answered something else. Restart it."));
    };
    if global.json {
        output::json(&found)?;
    } else {
        say!("{}", found.sentence);
    }
    Ok(if found.broken_at.is_none() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn export(broker: &mut Broker, filter: &ActivityFilter, format: ExportFormat) -> Result<ExitCode, Failed> {
    let format = control::ExportFormat::from(format);
    if let Some(head) = format.head() {
        say!("{head}");
    }
    let mut before = None;
    loop {
        let ActivityPage { events, next } = page(broker, filter, before, PAGE)?;
        for event in &events {
            say!("{}", format.line(event).map_err(|error| Failed::other(&error))?);
        }
        before = next;
        if before.is_none() {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

fn page(
    broker: &mut Broker,
    filter: &ActivityFilter,
    before: Option<u32>,
    limit: u32,
) -> Result<ActivityPage, Failed> {
    match broker.ask(Request::ActivityQuery { filter: filter.clone(), before, limit })? {
        Answer::ActivityPage(page) => Ok(page),
        other => unexpected(&other),
    }
}

fn filter(of: ActivityOptions) -> Result<ActivityFilter, Failed> {
    let since = match &of.last {
        None => None,
        Some(last) => Some(Timestamp(now() - i64::from(words::seconds(last)?))),
    };
    let ActivityOptions { app, account, scope, kind, text, .. } = of;
    Ok(ActivityFilter { app, account, scope, kind, text, words: None, since, until: None })
}

/// Seconds since 1970.
pub fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn row(event: ActivityView) -> [String; 4] {
    let who = [event.app_name, event.account_label].into_iter().flatten().collect::<Vec<_>>().join(" → ");
    let because = words::because(&event.because, event.because_said.as_ref());
    let because = if because.is_empty() { because } else { format!(" ({because})") };
    let failure = event.failure.map(|id| format!(" [{id}]")).unwrap_or_default();
    [event.at.in_utc(), event.kind, who, format!("{}{because}{failure}", event.sentence)]
}
