//! `keylodge request …`: the questions that wait, answered at a terminal.

use std::process::ExitCode;

use control::{Answer, Choice, Delivery, Duration, PromptBody, PromptView, Request, VaultState};
use jiff::tz::TimeZone;

use crate::{
    activity::now,
    arguments::{Approve, Global, RequestCommand},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output, vault, words,
};

/// How a device sign-in is confirmed (RFC 8628 §5.4).
const CODE_WORDS: &str = "allow it with `--code` and the code that the program shows on your own screen; never one that somebody sent you";

/// Carries out a command about waiting questions.
pub fn run(command: RequestCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        RequestCommand::List => list(&mut broker, global),
        RequestCommand::Show { request } => show(&find(&mut broker, request)?, global),
        RequestCommand::Approve(approve) => {
            let prompt = find(&mut broker, approve.request.clone())?;
            if !global.json {
                show(&prompt, global)?;
            }
            let choice = allow(&prompt, &approve)?;
            let request = Request::RequestDecide { request: prompt.id, shown: prompt.shown, choice };
            done(&broker.ask_with_presence(request)?, global, "Allowed.")
        }
        RequestCommand::Later { request } => {
            done(&broker.ask(Request::RequestLater { request })?, global, "It goes on waiting.")
        }
        RequestCommand::Deny { request, always } => {
            let prompt = find(&mut broker, request)?;
            let choice = Choice::Deny { remember: always };
            let request = Request::RequestDecide { request: prompt.id, shown: prompt.shown, choice };
            done(&broker.ask(request)?, global, "Denied.")
        }
    }
}

fn find(broker: &mut Broker, request: String) -> Result<PromptView, Failed> {
    match broker.ask(Request::RequestShow { request })? {
        Answer::Prompt(prompt) => Ok(prompt),
        other => unexpected(&other),
    }
}

fn list(broker: &mut Broker, global: &Global) -> Result<ExitCode, Failed> {
    let prompts = match broker.ask(Request::RequestList)? {
        Answer::Prompts(prompts) => prompts,
        other => return unexpected(&other),
    };
    if global.json {
        return output::json(&prompts);
    }
    let rows = prompts.iter().map(row).collect();
    let nothing = if prompts.is_empty() { nothing_waits(broker)? } else { String::new() };
    Ok(output::table(["REQUEST", "WHO", "WHAT", "UNTIL (UTC)"], rows, &nothing))
}

/// Why there is nothing to be answered; while it is locked, no question is shown.
fn nothing_waits(broker: &mut Broker) -> Result<String, Failed> {
    let status = vault::read_status(broker)?;
    Ok(match (status.vault, status.waiting_for_unlock) {
        (VaultState::Open, _) => "Nothing waits for you.".to_owned(),
        (_, 0) => format!("Nothing waits for you. The vault is {}.", vault::vault_words(&status)),
        (_, waiting) => {
            format!(
                "Until you unlock, programs wait: {waiting}. The vault is {}.",
                vault::vault_words(&status)
            )
        }
    })
}

fn row(prompt: &PromptView) -> [String; 4] {
    let (who, what) = match &prompt.body {
        PromptBody::Access { app_name, provider_name, scopes, .. } => {
            let scopes: Vec<_> = scopes.iter().map(|asked| asked.scope.scope.as_str()).collect();
            (app_name.clone(), format!("{provider_name}: {}", scopes.join(" ")))
        }
        PromptBody::Action { question, .. } => ("a command".to_owned(), question.clone()),
    };
    [prompt.id.clone(), who, what, prompt.expires_at.in_utc()]
}

fn show(prompt: &PromptView, global: &Global) -> Result<ExitCode, Failed> {
    if global.json {
        return output::json(prompt);
    }
    let (mut facts, mut lines) = (Vec::new(), Vec::new());
    match &prompt.body {
        PromptBody::Access {
            app_name,
            evidence,
            accounts,
            scopes,
            delivery,
            purpose,
            redirect_host,
            release_note,
            types_code,
            because,
            because_said,
            route,
            looks_like,
            durations,
            registered,
            nameless,
            ..
        } => {
            let named = if *registered { "the name it gave itself" } else { "named after its file" };
            facts.push(("Program", format!("{app_name} ({named})")));
            facts.push(("Seen as", words::evidence(evidence.as_ref())));
            facts.push(("Code goes to", redirect_host.clone()));
            let labels: Vec<_> = accounts.iter().map(|a| format!("{} ({})", a.label, a.id)).collect();
            facts.push(("Account", labels.join(" or ")));
            facts.push(("Looks like", looks_like.join(", ")));
            facts.push(("Asked because", words::because(because, because_said.as_ref())));
            facts.push(("This account", route.clone()));
            facts.push(("Purpose", purpose.clone()));
            facts.push(("Hand-over", delivery_words(*delivery, release_note)));
            let durations: Vec<_> = durations.iter().copied().map(words::duration).collect();
            let why = if *nameless { " (what runs behind it cannot be told)" } else { "" };
            facts.push(("Can be allowed", format!("{}{why}", durations.join(", "))));
            if *types_code {
                facts.push(("Code", CODE_WORDS.to_owned()));
            }
            lines.extend(scopes.iter().map(|asked| {
                let new = if asked.new { "" } else { " (allowed before)" };
                format!("  {}  {}{new}", asked.scope.scope, asked.scope.words)
            }));
        }
        PromptBody::Action { question, details, evidence, .. } => {
            facts.push(("Question", question.clone()));
            facts.push(("Seen as", words::evidence(evidence.as_ref())));
            lines.extend(details.iter().map(|line| format!("  {line}")));
        }
    }
    facts.push(("Ends in deny at", words::moment(prompt.expires_at)));
    output::facts(&facts);
    for line in lines {
        say!("{line}");
    }
    Ok(ExitCode::SUCCESS)
}

fn delivery_words(delivery: Delivery, release_note: &str) -> String {
    match delivery {
        Delivery::Gateway => "through the gateway; the provider's token stays here".to_owned(),
        Delivery::Release => {
            format!("the provider's own token is released. {release_note}").trim().to_owned()
        }
    }
}

fn allow(prompt: &PromptView, approve: &Approve) -> Result<Choice, Failed> {
    let PromptBody::Access { accounts, scopes, delivery, durations, types_code, .. } = &prompt.body else {
        let (account, scopes) = (String::new(), Vec::new());
        let (delivery, duration) = (Delivery::Gateway, Duration::Once);
        return Ok(Choice::Allow { account, scopes, delivery, duration, only: Vec::new(), user_code: None });
    };
    if *types_code && approve.code.is_none() {
        return Err(Failed::usage(format!("The code is missing: {CODE_WORDS}.")));
    }
    let asked: Vec<String> = scopes.iter().map(|asked| asked.scope.scope.clone()).collect();
    let wanted = if approve.scopes.is_empty() { asked } else { approve.scopes.clone() };
    let account = match &approve.account {
        None => accounts.first(),
        Some(word) => accounts.iter().find(|a| a.id == *word || a.label == *word || a.name == *word),
    };
    let account = account.ok_or_else(|| Failed::usage("That account was not offered."))?.id.clone();
    let duration = match &approve.duration {
        Some(text) => words::parse_duration(text, now(), TimeZone::system())?,
        None => durations.first().copied().unwrap_or(Duration::Once),
    };
    let delivery = if approve.gateway { Delivery::Gateway } else { *delivery };
    let only = approve.only.iter().copied().map(Into::into).collect();
    let user_code = approve.code.clone();
    Ok(Choice::Allow { account, scopes: wanted, delivery, duration, only, user_code })
}
