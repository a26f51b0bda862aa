//! `keylodge app …`

use std::process::ExitCode;

use control::{Answer, AppRegistration, AppView, Request, Timestamp};
use serde_json::json;

use crate::{
    api,
    arguments::{AppCommand, AppRegister, Global},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output, words,
};

/// Carries out a command about programs.
pub fn run(command: AppCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        AppCommand::List => list(&mut broker, global),
        AppCommand::Show { app } => match broker.ask(Request::AppShow { app })? {
            Answer::App(app) => show(&app, global),
            other => unexpected(&other),
        },
        AppCommand::Register(wanted) if wanted.keep => keep(&mut broker, wanted, global),
        AppCommand::Register(wanted) => register(&wanted),
        AppCommand::Revoke { app } => {
            done(&broker.ask(Request::AppRevoke { app })?, global, "It may do nothing any more.")
        }
        AppCommand::Refuse { app, account } => {
            let request = Request::AppRefuse { app, account };
            done(&broker.ask(request)?, global, "It is refused there until you withdraw the refusal.")
        }
        AppCommand::Remove { app } => {
            done(&broker.ask_and_prove_if_needed(Request::AppRemove { app })?, global, "Removed.")
        }
    }
}

fn list(broker: &mut Broker, global: &Global) -> Result<ExitCode, Failed> {
    let apps = match broker.ask(Request::AppList)? {
        Answer::Apps(apps) => apps,
        other => return unexpected(&other),
    };
    if global.json {
        return output::json(&apps);
    }
    let row = |app: AppView| {
        let file = app
            .evidence
            .as_ref()
            .map_or(String::new(), |e| e.script.clone().unwrap_or_else(|| e.file.clone()));
        let used = app.last_used.map_or_else(|| "never".to_owned(), Timestamp::in_utc);
        [app.name, file, app.consents.len().to_string(), used, app.id]
    };
    let rows = apps.into_iter().map(row).collect();
    Ok(output::table(
        ["PROGRAM", "FILE", "CONSENTS", "LAST USED (UTC)", "ID"],
        rows,
        "No program has asked yet.",
    ))
}

fn show(app: &AppView, global: &Global) -> Result<ExitCode, Failed> {
    if global.json {
        return output::json(app);
    }
    let registered = app.registration.clone().unwrap_or_default();
    let named = if registered.by_hand { "registered by you" } else { "the name it gave itself" };
    output::facts(&[
        ("Program", format!("{} ({named})", app.name)),
        ("Seen as", words::evidence(app.evidence.as_ref())),
        ("Client id", app.client_id.clone()),
        ("Issuer", registered.issuer),
        ("Redirects", registered.redirect_uris.join(", ")),
        ("Resources", registered.resources.join(", ")),
        ("Since", words::moment(app.registered_at)),
    ]);
    for consent in &app.consents {
        let what =
            if consent.allows { words::scopes(&consent.scopes) } else { "refused for good".to_owned() };
        say!("  {}  {}: {what} ({})", consent.id, consent.account_label, words::duration(consent.duration));
    }
    Ok(ExitCode::SUCCESS)
}

/// Registers it as the person's own, who answers in the window or by the passphrase.
fn keep(broker: &mut Broker, wanted: AppRegister, global: &Global) -> Result<ExitCode, Failed> {
    let grants = wanted.grants.iter().map(|grant| grant.word().to_owned()).collect();
    let AppRegister { provider, name, redirect_uris, resources, .. } = wanted;
    let wish = AppRegistration { provider, name, redirect_uris, grants, resources };
    match broker.ask_with_presence(Request::AppRegister(wish))? {
        Answer::App(app) => show(&app, global),
        other => unexpected(&other),
    }
}

/// Registers over the loopback API, as the program itself would (RFC 7591); the secret is printed once.
fn register(wanted: &AppRegister) -> Result<ExitCode, Failed> {
    let AppRegister { provider, name, redirect_uris, resources, .. } = wanted;
    let method = if wanted.confidential { "client_secret_basic" } else { "none" };
    let mut body = json!({
        "client_name": name,
        "redirect_uris": redirect_uris,
        "resources": resources,
        "token_endpoint_auth_method": method,
    });
    if !wanted.grants.is_empty() || !resources.is_empty() {
        body["grant_types"] = wanted.grants.iter().map(|grant| grant.word()).collect();
    }
    let (status, answer) = api::post(&format!("/{provider}/register"), &body, "Registering …")?;
    if status == 201 {
        return output::json(&answer);
    }
    let sentence =
        answer["error_description"].as_str().unwrap_or("Keylodge refused without a reason.").to_owned();
    Err(Failed::by_oauth_error(answer["error"].as_str().unwrap_or_default(), sentence))
}
