//! `keylodge provider …`

use std::process::ExitCode;

use control::{Answer, ProviderSource, ProviderView, Request};

use crate::{
    arguments::{Global, ProviderAdd, ProviderCommand},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output,
};

/// Carries out a command about providers.
pub fn run(command: ProviderCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        ProviderCommand::List => list(&mut broker, global),
        ProviderCommand::Show { provider } => show(&broker.ask(Request::ProviderShow { provider })?, global),
        ProviderCommand::Add(add) => show(&broker.ask_with_presence(request(add))?, global),
        ProviderCommand::Remove { provider } => {
            done(&broker.ask(Request::ProviderRemove { provider })?, global, "Removed.")
        }
    }
}

fn list(broker: &mut Broker, global: &Global) -> Result<ExitCode, Failed> {
    let providers = match broker.ask(Request::ProviderList)? {
        Answer::Providers(providers) => providers,
        other => return unexpected(&other),
    };
    if global.json {
        return output::json(&providers);
    }
    let row = |p: ProviderView| {
        let how = match (&p.template, p.needs_client_id, p.has_client) {
            (Some(_), ..) => "keylodge provider add",
            (None, true, false) => "needs a client id of your own",
            _ => "ready",
        };
        [p.id, p.name, how.to_owned(), if p.gateway { "yes" } else { "no" }.to_owned()]
    };
    let rows = providers.into_iter().map(row).collect();
    Ok(output::table(["ID", "NAME", "SIGN-IN", "GATEWAY"], rows, "There are no providers."))
}

fn show(answer: &Answer, global: &Global) -> Result<ExitCode, Failed> {
    let Answer::Provider(provider) = answer else { return unexpected(answer) };
    if global.json {
        return output::json(provider);
    }
    output::facts(&[
        ("ID", provider.id.clone()),
        ("Name", provider.name.clone()),
        ("Issuer", provider.issuer.clone().unwrap_or_default()),
        ("For programs", provider.loopback_issuer.clone()),
    ]);
    for limit in &provider.limits {
        anstream::println!("\nNote: {limit}");
    }
    if provider.needs_client_id {
        anstream::println!("\nA client id of your own");
        for (number, step) in provider.guide.iter().enumerate() {
            anstream::println!("  {}. {}", number + 1, step.text);
            for more in [&step.copy, &step.link].into_iter().flatten() {
                anstream::println!("     {more}");
            }
        }
    }
    if !provider.scopes.is_empty() {
        anstream::println!("\nScopes");
    }
    for scope in &provider.scopes {
        let preset = if scope.preset { "*" } else { " " };
        anstream::println!("  {preset} {}  {} ({})", scope.scope, scope.words, scope.service);
    }
    Ok(ExitCode::SUCCESS)
}

fn request(add: ProviderAdd) -> Request {
    let source = match (add.issuer, add.authorization_endpoint, add.token_endpoint) {
        (None, Some(authorization_endpoint), Some(token_endpoint)) => ProviderSource::ByHand {
            authorization_endpoint,
            token_endpoint,
            revocation_endpoint: add.revocation_endpoint,
            userinfo_endpoint: add.userinfo_endpoint,
            api: add.api,
            scopes: add.scopes,
        },
        (issuer, ..) => ProviderSource::Issuer { issuer: issuer.unwrap_or_default(), api: add.api },
    };
    Request::ProviderAdd { name: add.name.unwrap_or_else(|| add.id.clone()), id: add.id, source }
}
