//! `keylodge account …` and `keylodge gateway …`

use std::{io::Read, path::Path, process::ExitCode};

use control::{
    AccountSource, AccountView, Answer, CallError, HealthState, Mend, Passphrase, Request, SignInBy,
    SignInStarted, SignInState, SignInView,
};

use crate::{
    arguments::{AccountAdd, AccountCommand, GatewayCommand, Global, SignInWay},
    connection::{Broker, unexpected},
    exit::Failed,
    output, passphrase,
    provider::{in_words, narrowing, new_offer},
    words,
};

/// Carries out a command about accounts.
pub fn run(command: AccountCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        AccountCommand::List => list(&mut broker, global),
        AccountCommand::Show { account } => show(&find(&mut broker, account)?, global),
        AccountCommand::Add(add) => {
            let offered = new_offer(&mut broker, &add.provider)?;
            let source = AccountSource { offered, ..source(add)? };
            let answer = broker.ask_with_presence(Request::AccountAdd(source))?;
            sign_in(&mut broker, answer, global)
        }
        AccountCommand::Reauth { account, scopes, separate } => {
            let wish = Request::AccountReauth { account, scopes, separate };
            let answer = broker.ask_with_presence(wish)?;
            sign_in(&mut broker, answer, global)
        }
        AccountCommand::EndSeparate { account, sign_in } => {
            end_separate(&mut broker, account, &sign_in, global)
        }
        AccountCommand::Remove { account } => {
            removed(&broker.ask(Request::AccountRemove { account })?, "Removed.", global)
        }
    }
}

/// Says who goes without, too.
fn end_separate(
    broker: &mut Broker,
    account: String,
    sign_in: &str,
    global: &Global,
) -> Result<ExitCode, Failed> {
    let shown = find(broker, account.clone())?;
    let answer = broker.ask(Request::AccountEndSeparate { account, sign_in: sign_in.to_owned() })?;
    let ended = shown.sign_ins.into_iter().find(|held| held.id == sign_in);
    if let Some(without) = ended.map(|held| held.released_to.join(", ")).filter(|names| !names.is_empty()) {
        let name = &shown.provider_name;
        anstream::eprintln!(
            "No longer given a token of {name} with just that: {without}. Through the gateway they go on."
        );
    }
    removed(&answer, "Ended.", global)
}

fn removed(answer: &Answer, done: &str, global: &Global) -> Result<ExitCode, Failed> {
    match answer {
        Answer::Removed { upstream, .. } if global.json => {
            output::json(&serde_json::json!({ "upstream": upstream }))
        }
        Answer::Removed { upstream, .. } => {
            say!("{done} {upstream}");
            Ok(ExitCode::SUCCESS)
        }
        other => unexpected(other),
    }
}

/// `keylodge gateway url`.
pub fn gateway(command: &GatewayCommand, global: &Global) -> Result<ExitCode, Failed> {
    let GatewayCommand::Url { account } = command;
    let account = find(&mut Broker::connect(global)?, account.clone())?;
    if account.gateway_url.is_empty() {
        return Err(Failed::other(&format!("There is no gateway to {}'s API.", account.provider_name)));
    }
    say!("{}", account.gateway_url);
    Ok(ExitCode::SUCCESS)
}

fn find(broker: &mut Broker, account: String) -> Result<AccountView, Failed> {
    match broker.ask(Request::AccountShow { account })? {
        Answer::Account(account) => Ok(account),
        other => unexpected(&other),
    }
}

fn list(broker: &mut Broker, global: &Global) -> Result<ExitCode, Failed> {
    let accounts = match broker.ask(Request::AccountList)? {
        Answer::Accounts(accounts) => accounts,
        other => return unexpected(&other),
    };
    if global.json {
        return output::json(&accounts);
    }
    let row = |a: AccountView| {
        [a.label.clone(), a.provider_name.clone(), health(&a).to_owned(), a.apps.join(", "), a.id]
    };
    let rows = accounts.into_iter().map(row).collect();
    let empty = "There are no accounts yet. Add one: keylodge account add PROVIDER (keylodge provider list shows them).";
    Ok(output::table(["ACCOUNT", "PROVIDER", "STATE", "PROGRAMS", "ID"], rows, empty))
}

fn show(account: &AccountView, global: &Global) -> Result<ExitCode, Failed> {
    if global.json {
        return output::json(account);
    }
    output::facts(&[
        ("Account", account.label.clone()),
        ("Name", account.name.clone()),
        ("Provider", account.provider_name.clone()),
        ("State", format!("{} {}", health(account), account.health.reason).trim().to_owned()),
        ("Soon", account.health.notice.clone().unwrap_or_default()),
        ("Kind", account.company.clone().unwrap_or_default()),
        ("Scopes", words::scopes(&account.scopes)),
        ("Narrowing", in_words(&account.narrowing.iter().map(narrowing).collect::<Vec<_>>())),
        ("Gateway", account.gateway_url.clone()),
        ("Programs", account.apps.join(", ")),
        ("Since", words::moment(account.added_at)),
        ("ID", account.id.clone()),
    ]);
    for second in account.sign_ins.iter().filter(|held| held.separate) {
        second_sign_in(account, second);
    }
    Ok(ExitCode::SUCCESS)
}

fn second_sign_in(account: &AccountView, second: &SignInView) {
    let state = if second.works { "works" } else { "no longer works" };
    say!("\nSecond sign-in");
    output::facts(&[
        ("Scopes", words::scopes(&second.scopes)),
        ("State", state.to_owned()),
        ("Programs", second.apps.join(", ")),
        ("Since", words::moment(second.since)),
        ("End it", format!("keylodge account end-separate {} {}", account.id, second.id)),
    ]);
}

fn health(account: &AccountView) -> &'static str {
    match account.health.state {
        HealthState::Working => "works",
        HealthState::NeedsSignIn => match account.health.mend {
            Some(Mend::CheckClient) => "needs you: keylodge account add … --client-id",
            Some(Mend::EnterSecret) => "needs you: keylodge provider client … --secret-fd",
            Some(Mend::SetClock) => "needs you: set the clock",
            Some(Mend::AskAdministrator) => "needs its administrator",
            _ => "needs you: keylodge account reauth",
        },
        HealthState::ProviderAway => "provider away",
        HealthState::Locked => "locked",
    }
}

fn source(add: AccountAdd) -> Result<AccountSource, Failed> {
    let client_secret = match add.client_key {
        Some(file) => Some(key_file(&file)?),
        None => add.client_secret_fd.map(passphrase::from_descriptor).transpose()?,
    };
    Ok(AccountSource {
        provider: add.provider,
        label: add.label,
        client_id: add.client_id,
        client_secret,
        scopes: add.scopes,
        open_browser: !add.no_browser,
        by: way(add.way)?,
        offered: None,
    })
}

fn way(way: SignInWay) -> Result<Option<SignInBy>, Failed> {
    Ok(match way {
        SignInWay { service_account: Some(file), .. } => {
            Some(SignInBy::ServiceAccount { key: key_file(&file)? })
        }
        SignInWay { device: true, .. } => Some(SignInBy::Device),
        SignInWay { client_credentials: true, .. } => Some(SignInBy::ClientCredentials),
        _ => None,
    })
}

/// A key file, which is small.
fn key_file(file: &Path) -> Result<Passphrase, Failed> {
    const MAX_BYTES: u64 = 32 * 1024;
    let told = |error: &dyn std::fmt::Display| Failed::other(&format!("{}: {error}", file.display()));
    let mut text = String::new();
    let opened = std::fs::File::open(file).map_err(|error| told(&error))?;
    opened.take(MAX_BYTES + 1).read_to_string(&mut text).map_err(|error| told(&error))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(told(&"That is too large for a key file."));
    }
    Ok(Passphrase::new(text))
}

/// Says where to sign in, and waits until that has ended.
fn sign_in(broker: &mut Broker, answer: Answer, global: &Global) -> Result<ExitCode, Failed> {
    let Answer::SignIn(started) = answer else { return unexpected(&answer) };
    crate::calling_off::with_this_command(&started.sign_in);
    announce(&started, global)?;
    crate::paste::take_in_background(&started);
    let end = match broker.ask(Request::SignInShow { sign_in: started.sign_in, wait: true })? {
        Answer::SignInState(end) => end,
        other => return unexpected(&other),
    };
    match end {
        SignInState::Completed { account, notes, .. } => {
            for note in notes {
                anstream::eprintln!("{note}");
            }
            anstream::eprintln!("Signed in as {}.", account.name);
            show(&account, global)
        }
        SignInState::Failed { failure } => Err(CallError::Refused(failure).into()),
        SignInState::Pending | SignInState::CodeReceived => {
            Err(Failed::other(&"The sign-in has not ended. Try again."))
        }
    }
}

fn announce(started: &SignInStarted, global: &Global) -> Result<(), Failed> {
    if global.json {
        // One line, so that a program can read it while the sign-in goes on.
        let line = serde_json::to_string(started).map_err(|error| Failed::other(&error))?;
        say!("{line}");
    }
    if let Some(device) = &started.device {
        anstream::eprintln!(
            "Open this page on any device:\n\n  {}\n\nand type this code there:\n\n  {}\n\n{}\nWaiting for the sign-in to end …",
            device.verification_uri,
            device.user_code,
            device.warning
        );
        return Ok(());
    }
    if started.authorize_url.is_empty() {
        return Ok(());
    }
    let how = if started.browser_opened {
        "Your browser was opened. If it was not, open"
    } else {
        "Open in your browser"
    };
    anstream::eprintln!("{how}:\n\n  {}\n\nWaiting for the sign-in to end …", started.authorize_url);
    if let Some(question) = crate::paste::question(started) {
        anstream::eprintln!("\n{question}");
    }
    Ok(())
}
