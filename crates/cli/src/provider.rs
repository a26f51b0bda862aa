//! `keylodge provider …`

use std::{path::Path, process::ExitCode};

use control::{
    Answer, NarrowingView, OfferView, ProviderFileState, ProviderFileView, ProviderSource, ProviderView,
    Request,
};

use crate::{
    arguments::{Global, ProviderAdd, ProviderClient, ProviderCommand},
    connection::{Broker, done, unexpected},
    exit::Failed,
    hand_over, output, passphrase, words,
};

/// Carries out a command about providers.
pub fn run(command: ProviderCommand, global: &Global) -> Result<ExitCode, Failed> {
    if matches!(command, ProviderCommand::Check(_)) {
        return hand_over::to_the_broker();
    }
    let mut broker = Broker::connect(global)?;
    match command {
        ProviderCommand::List => list(&mut broker, global),
        ProviderCommand::Show { provider } => show(&broker.ask(Request::ProviderShow { provider })?, global),
        ProviderCommand::Add(add) => show(&broker.ask_with_presence(request(add)?)?, global),
        // It was handed over before anything was connected to.
        ProviderCommand::Check(_) => Err(Failed::usage("That is a command of `keylodge-broker`.")),
        ProviderCommand::Client(client) => know_client(&mut broker, client, global),
        ProviderCommand::Accept { provider } => accept(&mut broker, provider, global),
        ProviderCommand::Reload => reload(&broker.ask(Request::ProviderReload)?, global),
        ProviderCommand::Key { provider } => key(&broker.ask_with_presence(Request::ClientKey { provider })?),
        ProviderCommand::Remove { provider } => {
            done(&broker.ask(Request::ProviderRemove { provider })?, global, "Removed.")
        }
    }
}

/// The JWK alone goes to standard output.
fn key(answer: &Answer) -> Result<ExitCode, Failed> {
    let Answer::ClientKey { jwk } = answer else { return unexpected(answer) };
    anstream::eprintln!(
        "Register this public key with the client, and then add the account with its --client-id:"
    );
    say!("{jwk}");
    Ok(ExitCode::SUCCESS)
}

fn know_client(broker: &mut Broker, client: ProviderClient, global: &Global) -> Result<ExitCode, Failed> {
    let secret_ends = client.secret_ends.as_deref().map(words::parse_date).transpose()?;
    let provider = client.provider;
    if let Some(fd) = client.secret_fd {
        let client_secret = passphrase::from_descriptor(fd)?;
        let wish = Request::ClientSecret { provider, client_secret, secret_ends };
        return done(&broker.ask_with_presence(wish)?, global, "The new secret is in use.");
    }
    let testing = (client.testing || client.published).then_some(client.testing);
    done(&broker.ask(Request::ProviderClient { provider, secret_ends, testing })?, global, "Noted.")
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
            _ if p.offer.as_ref().is_some_and(|offer| !offer.changed) => "in a file: accept it",
            _ if p.offer.is_some() => "its file has changed: accept it",
            (Some(form), ..) if form == "inputs" => "fill in its form",
            (Some(_), ..) => "keylodge provider add",
            (None, true, false) => "needs a client id of your own",
            _ => "ready",
        };
        let ways = in_words(&p.sign_in);
        let narrowing: Vec<String> = p.narrowing.iter().map(narrowing).collect();
        [p.id, p.name, how.to_owned(), ways, in_words(&narrowing), revocation(&p.revocation).to_owned()]
    };
    let rows = providers.into_iter().map(row).collect();
    let heads = ["ID", "NAME", "STATE", "SIGN-IN", "NARROWING", "SIGN-OUT"];
    Ok(output::table(heads, rows, "There are no providers."))
}

/// Shows where the entry leads before anybody says yes to it.
fn accept(broker: &mut Broker, id: String, global: &Global) -> Result<ExitCode, Failed> {
    let Some(offer) = offer_of(broker, &id)? else {
        return Err(Failed::other(&format!(
            "No file proposes anything for {id} that you have not accepted. `keylodge provider reload` shows the files."
        )));
    };
    anstream::eprintln!("{}", offered(&offer));
    let source = ProviderSource::Offered { shown: offer.shown };
    show(&broker.ask_with_presence(Request::ProviderAdd { name: id.clone(), id, source })?, global)
}

/// What to say yes to when signing in at a provider that a file proposes; tells on standard error where it leads. What has
/// changed since it was accepted is told only: the sign-in is made as it was accepted.
pub fn new_offer(broker: &mut Broker, id: &str) -> Result<Option<String>, Failed> {
    let Some(offer) = offer_of(broker, id)? else { return Ok(None) };
    if offer.changed {
        anstream::eprintln!("The file {} has changed: keylodge provider accept {id}", offer.file);
        return Ok(None);
    }
    anstream::eprintln!("{}", offered(&offer));
    Ok(Some(offer.shown))
}

fn offer_of(broker: &mut Broker, id: &str) -> Result<Option<OfferView>, Failed> {
    match broker.ask(Request::ProviderShow { provider: id.to_owned() })? {
        Answer::Provider(provider) => Ok(provider.offer),
        other => unexpected(&other),
    }
}

/// Where an entry leads that is not accepted.
fn offered(offer: &OfferView) -> String {
    let OfferView { file, sign_in, secrets, api, new, .. } = offer;
    let what = if offer.changed {
        "says something else now than what is in use"
    } else {
        "proposes this provider. Any program of yours can write such a file: use it only if you know it"
    };
    let mut lines = vec![format!("The file {file} {what}.")];
    let places =
        |what: &str, hosts: &[String]| (!hosts.is_empty()).then(|| format!("  {what}: {}", hosts.join(", ")));
    lines.extend(places("You sign in at", sign_in));
    lines.extend(places("Tokens and secrets go to", secrets));
    lines.extend(places("Programs reach", api));
    lines.extend(places("New are", new));
    if offer.ends_sign_ins {
        lines.push(
            "  Its accounts must be signed in again: what is kept for them does not go there.".to_owned(),
        );
    }
    lines.join("\n")
}

fn reload(answer: &Answer, global: &Global) -> Result<ExitCode, Failed> {
    let Answer::ProviderFiles { folder, files } = answer else { return unexpected(answer) };
    if global.json {
        return output::json(&serde_json::json!({ "folder": folder, "files": files }));
    }
    let row = |file: &ProviderFileView| {
        let state = match file.state {
            ProviderFileState::New => "to be accepted",
            ProviderFileState::Accepted => "in use",
            ProviderFileState::Changed => "changed: to be accepted",
            ProviderFileState::Broken => "cannot be used",
        };
        let more = file.problem.clone().unwrap_or_default();
        [file.file.clone(), file.provider.clone().unwrap_or_default(), state.to_owned(), more]
    };
    let empty = format!("There are no files in {folder}. docs/providers.md says what to put there.");
    Ok(output::table(["FILE", "PROVIDER", "STATE", "PROBLEM"], files.iter().map(row).collect(), &empty))
}

pub fn in_words(ways: &[String]) -> String {
    ways.join(", ").replace('_', " ")
}

/// What its documents do not promise, and no answer has shown yet, is marked; and so is what was seen not to work.
pub fn narrowing(way: &NarrowingView) -> String {
    let mark = match (way.fails, way.sure) {
        (true, _) => " (does not work here)",
        (false, true) => "",
        (false, false) => "?",
    };
    format!("{}{mark}", way.way)
}

fn revocation(way: &str) -> &'static str {
    match way {
        "standard" => "revokes",
        "own" => "revokes, its own way",
        _ => "by hand",
    }
}

fn show(answer: &Answer, global: &Global) -> Result<ExitCode, Failed> {
    let Answer::Provider(provider) = answer else { return unexpected(answer) };
    if global.json {
        return output::json(provider);
    }
    let narrowing: Vec<String> = provider.narrowing.iter().map(narrowing).collect();
    output::facts(&[
        ("ID", provider.id.clone()),
        ("Name", provider.name.clone()),
        ("Issuer", provider.issuer.clone().unwrap_or_default()),
        ("For programs", provider.loopback_issuer.clone()),
        ("Sign-in", in_words(&provider.sign_in)),
        ("Narrowing", in_words(&narrowing)),
        ("Sign-out", revocation(&provider.revocation).to_owned()),
        ("Withdraw at", provider.withdraw_page.clone().unwrap_or_default()),
    ]);
    for limit in &provider.limits {
        say!("\nNote: {limit}");
    }
    if let Some(offer) = &provider.offer {
        say!("\n{}\nTo use it: keylodge provider accept {}", offered(offer), provider.id);
    }
    form(provider);
    guide(provider);
    client(provider);
    for preset in &provider.presets {
        say!("\nPreset “{}”\n  {}", preset.name, preset.scopes.join(" "));
    }
    if !provider.scopes.is_empty() {
        say!("\nScopes");
    }
    for scope in &provider.scopes {
        let preset = if scope.preset { "*" } else { " " };
        say!("  {preset} {}  {} ({})", scope.scope, scope.words, scope.service);
    }
    facts(provider);
    Ok(ExitCode::SUCCESS)
}

/// What the person knows of their client id there, and how to say it.
fn client(provider: &ProviderView) {
    let Some(known) = provider.client_known else { return };
    let secret = match known.secret_ends {
        Some(at) => format!("its secret ends on {}", words::day(at)),
        None => "when its secret ends is not known".to_owned(),
    };
    let mode = match known.testing {
        Some(true) => "it is in testing mode",
        Some(false) => "it is published",
        None => "whether it is in testing mode is not known",
    };
    let parts = [(known.has_secret, secret.as_str()), (provider.health.testing_days.is_some(), mode)];
    let parts: Vec<&str> = parts.iter().filter(|(fits, _)| *fits).map(|(_, words)| *words).collect();
    if !parts.is_empty() {
        say!(
            "\nYour client id there: {}. To change that: keylodge provider client {}",
            parts.join(", "),
            provider.id
        );
    }
}

fn form(provider: &ProviderView) {
    if provider.inputs.is_empty() {
        return;
    }
    say!("\nIts form: keylodge provider add ID --form {} --set NAME=VALUE", provider.id);
    for input in &provider.inputs {
        let usual = input.default.as_deref().filter(|usual| !usual.is_empty());
        let usual = usual.map(|usual| format!("; usually {usual}")).unwrap_or_default();
        let must = if input.default.is_none() { "; needed" } else { "" };
        say!("  {}  {} (e.g. {}{usual}{must})", input.id, input.label, input.example);
    }
}

fn guide(provider: &ProviderView) {
    if !provider.needs_client_id {
        return;
    }
    say!("\nA client id of your own");
    for (number, step) in provider.guide.iter().enumerate() {
        say!("  {}. {}", number + 1, step.text);
        for more in [&step.copy, &step.link].into_iter().flatten() {
            say!("     {more}");
        }
    }
}

fn facts(provider: &ProviderView) {
    let facts = &provider.facts;
    if facts.checked.is_empty() {
        return;
    }
    say!("\nFrom documents read in {}, not from trying ({} certainty)", facts.checked, facts.sure);
    for line in facts.sources.iter().chain(&facts.open) {
        say!("  {line}");
    }
}

fn request(add: ProviderAdd) -> Result<Request, Failed> {
    if let Some(path) = &add.file {
        let text = read(path)?;
        // The id and the name that count are in the file.
        return Ok(Request::ProviderAdd {
            id: "file".to_owned(),
            name: "file".to_owned(),
            source: ProviderSource::File { text },
        });
    }
    let id = add.id.unwrap_or_default();
    let source = match (add.form, add.issuer, add.authorization_endpoint, add.token_endpoint) {
        (Some(form), ..) => ProviderSource::Form { form, inputs: add.inputs.into_iter().collect() },
        (None, None, Some(authorization_endpoint), Some(token_endpoint)) => ProviderSource::ByHand {
            authorization_endpoint,
            token_endpoint,
            revocation_endpoint: add.revocation_endpoint,
            userinfo_endpoint: add.userinfo_endpoint,
            api: add.api,
            scopes: add.scopes,
        },
        (_, issuer, ..) => ProviderSource::Issuer { issuer: issuer.unwrap_or_default(), api: add.api },
    };
    Ok(Request::ProviderAdd { name: add.name.unwrap_or_else(|| id.clone()), id, source })
}

fn read(path: &Path) -> Result<String, Failed> {
    std::fs::read_to_string(path)
        .map_err(|error| Failed::other(&format_args!("{} cannot be read: {error}.", path.display())))
}
