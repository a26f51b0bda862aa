//! Reads a catalogue file of the person's own and holds it to the rules that shipped ones are held to.

use std::collections::BTreeSet;

use broker::{
    Provider, Scope,
    provider::{Endpoints, Group, Hosts, RedirectWay, ScopeEntry},
    text::skeleton,
};
use url::Url;

use crate::{address::Reach, catalogue, redirect};

/// The largest file that is read, in bytes.
const MAX_FILE: usize = 256 * 1024;
/// So many hosts can be looked at.
const MAX_HOSTS: usize = 16;

/// Reads the text of a catalogue file. The error says in a sentence what is wrong, with the line where there is one.
pub fn read(text: &str) -> Result<Provider, String> {
    if text.len() > MAX_FILE {
        return Err("it is too large for an entry.".to_owned());
    }
    let mut entry: Provider = toml::from_str(text).map_err(|error| said(text, &error))?;
    check(&entry)?;
    entry.group = Group::Own;
    // A person who writes a file knows the addresses; without a way named, it is the browser.
    if entry.sign_in.is_empty() {
        entry.sign_in.push(broker::provider::SignInWay::Code);
    }
    let shared: Vec<String> = shared_with(&entry).into_iter().collect();
    if !shared.is_empty() {
        entry.limits.push(format!(
            "This entry is not Keylodge’s own, and it sends you to addresses of {}. Use it only if you put it there.",
            shared.join(" and ")
        ));
    }
    Ok(entry)
}

/// What the parser says, in one line.
fn said(text: &str, error: &toml::de::Error) -> String {
    let at = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
    let line = at.map(|line| format!("line {line}: ")).unwrap_or_default();
    let message: Vec<&str> = error.message().lines().map(str::trim).collect();
    format!("{line}{}.", message.join(" ").trim_end_matches('.'))
}

fn check(entry: &Provider) -> Result<(), String> {
    entry.check_own_id().map_err(|error| error.to_string())?;
    check_names(entry)?;
    if entry.template.is_some() || entry.form.is_some() || entry.accepted.is_some() {
        return Err("“template”, “form” and “accepted” are Keylodge’s own. Leave them out.".to_owned());
    }
    if entry.issuer.is_none() && entry.endpoints.is_none() {
        return Err("it has neither an issuer nor [endpoints]. Add one of the two.".to_owned());
    }
    check_addresses(entry)?;
    check_redirect(entry)?;
    check_hosts(entry)?;
    check_resources(entry)?;
    entry.scopes_named().try_for_each(check_spelling)?;
    entry.scopes.iter().try_for_each(|scope| check_scope(entry, scope))?;
    check_presets(entry)
}

/// A scope is what RFC 6749 §3.3 lets one be, and no limit of Keylodge's.
fn check_spelling(scope: &Scope) -> Result<(), String> {
    match Scope::parse(scope.as_str()) {
        None => Err(format!("{:?} is not spelled as a scope can be (RFC 6749 §3.3).", scope.as_str())),
        Some(scope) if scope.limit().is_some() => {
            Err(format!("{scope} is a limit of Keylodge’s own and no scope. Leave it out."))
        }
        Some(_) => Ok(()),
    }
}

/// A file may not pass for a shipped entry.
fn check_names(entry: &Provider) -> Result<(), String> {
    if !(1..=2).contains(&entry.mark.chars().count()) {
        return Err("“mark” is one or two letters.".to_owned());
    }
    let hex = entry
        .colour
        .strip_prefix('#')
        .is_some_and(|c| c.len() == 6 && c.bytes().all(|b| b.is_ascii_hexdigit()));
    if !hex {
        return Err("“colour” is written as #rrggbb.".to_owned());
    }
    let name = skeleton(&entry.name);
    let same = |shipped: &Provider| shipped.id == entry.id || skeleton(&shipped.name) == name;
    match catalogue::shipped().iter().find(|shipped| same(shipped)) {
        Some(shipped) => Err(format!(
            "Keylodge ships an entry {} ({}). Choose another id and name.",
            shipped.id, shipped.name
        )),
        None => Ok(()),
    }
}

fn check_addresses(entry: &Provider) -> Result<(), String> {
    let reach = Reach::of(entry.private);
    let endpoints = entry.endpoints.iter().flat_map(Endpoints::addresses);
    let own = [&entry.revocation.address, &entry.exchange.endpoint, &entry.exchange.scoped_api];
    let own = own.into_iter().flatten().map(String::as_str);
    let bases = entry.api.iter().map(|route| route.base.as_str());
    let issuer = entry.issuer.as_deref();
    for address in endpoints.chain(own).chain(bases).chain(issuer).filter(|address| !address.is_empty()) {
        let plain = without_blanks(entry, address);
        reach
            .check(&plain)
            .map_err(|fault| format!("{fault}. (“private = true” allows your own network.)"))?;
    }
    let slashed = |route: &&broker::provider::ApiRoute| {
        route.path.ends_with('/') && route.path.starts_with('/') && route.base.ends_with('/')
    };
    match entry.api.iter().find(|route| !slashed(route)) {
        Some(route) => Err(format!(
            "the API route {} must begin and end with a slash, and its base end with one.",
            route.path
        )),
        None => Ok(()),
    }
}

/// Where codes go: to this machine, to an https address of the person's own, or to a page that shows them.
fn check_redirect(entry: &Provider) -> Result<(), String> {
    let address = entry.redirect.address.as_deref().map(|address| without_blanks(entry, address));
    match entry.redirect.way {
        RedirectWay::Loopback | RedirectWay::Shown => Ok(()),
        RedirectWay::Pasted if address.as_deref().and_then(redirect::own_address).is_some() => Ok(()),
        RedirectWay::Pasted => Err("“redirect.way = pasted” takes an https “redirect.address”.".to_owned()),
        RedirectWay::Scheme => {
            Err("“redirect.way = scheme” is not possible yet: Keylodge registers no scheme.".to_owned())
        }
    }
}

/// A person is to see every one of them before they accept the entry.
fn check_hosts(entry: &Provider) -> Result<(), String> {
    let Hosts { sign_in, secrets, api } = entry.hosts();
    let all = sign_in.len() + secrets.len() + api.len();
    if all <= MAX_HOSTS {
        return Ok(());
    }
    Err(format!("it leads to {all} hosts, and nobody could look at them all. {MAX_HOSTS} are the most."))
}

/// RFC 8707 §2: absolute, without a fragment.
fn check_resources(entry: &Provider) -> Result<(), String> {
    let legal = |resource: &&String| {
        Url::parse(&without_blanks(entry, resource)).is_ok_and(|url| url.fragment().is_none())
    };
    match entry.resources.iter().find(|resource| !legal(resource)) {
        Some(resource) => Err(format!("the resource {resource} is no absolute address without a fragment.")),
        None => Ok(()),
    }
}

/// The address with a word in the place of each blank that stands there.
fn without_blanks(entry: &Provider, address: &str) -> String {
    let names = entry.inputs.iter().map(|input| format!("{{{}}}", input.id));
    let known = names.chain(["{client_id}".to_owned(), "{tenantid}".to_owned()]);
    // A blank within the host becomes a public name, one for a path a word of it.
    let filled = known.fold(address.to_owned(), |text, name| {
        text.replace(&format!("https://{name}"), "https://host.example").replace(&name, "x")
    });
    if entry.issuer_is_template { filled.replace("{tenantid}", "x") } else { filled }
}

fn check_scope(entry: &Provider, scope: &ScopeEntry) -> Result<(), String> {
    let name = &scope.scope;
    if scope.words.trim().is_empty() || scope.service.trim().is_empty() {
        return Err(format!("the scope {name} has no words or no service: say what it allows."));
    }
    if let Some(part) = scope.includes.iter().find(|part| entry.scope_entry(part).is_none()) {
        return Err(format!("the scope {name} includes {part}, which has no entry of its own."));
    }
    let lost = scope.paths.iter().find(|path| !entry.api.iter().any(|route| path.starts_with(&route.path)));
    match lost {
        Some(path) => Err(format!("the path {path} of the scope {name} lies under no API route.")),
        None => Ok(()),
    }
}

fn check_presets(entry: &Provider) -> Result<(), String> {
    let mut scopes = entry.presets.iter().flat_map(|preset| preset.scopes.iter());
    match scopes.find(|scope| entry.scope_entry(scope).is_none()) {
        Some(scope) => Err(format!("a preset names {scope}, which has no entry.")),
        None => Ok(()),
    }
}

/// Shipped providers whose hosts it uses.
pub(crate) fn shared_with(entry: &Provider) -> BTreeSet<String> {
    let hosts = hosts(entry);
    let shipped = catalogue::shipped();
    let shares = |other: &&Provider| self::hosts(other).iter().any(|host| hosts.contains(host));
    shipped.iter().filter(shares).map(|other| other.name.clone()).collect()
}

fn hosts(entry: &Provider) -> BTreeSet<String> {
    let endpoints = entry.endpoints.iter().flat_map(Endpoints::addresses);
    let bases = entry.api.iter().map(|route| route.base.as_str());
    let addresses = endpoints.chain(bases).chain(entry.issuer.as_deref());
    // A host that is a blank yet is nobody's.
    let addresses = addresses.filter(|address| !address.split('/').nth(2).unwrap_or_default().contains('{'));
    addresses.filter_map(|address| Url::parse(address).ok()?.host_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r##"
id = "acme"
name = "Acme"
mark = "A"
colour = "#123456"
api = [{ path = "/", base = "https://api.acme.example/" }]
scopes = [{ scope = "read", words = "Read your things", service = "Things", access = "read", paths = ["/things"] }]
presets = [{ name = "Read", scopes = ["read"] }]
[endpoints]
authorization = "https://acme.example/authorize"
token = "https://acme.example/token"
"##;

    #[test]
    fn a_good_file_is_an_entry_of_the_persons_own() {
        let entry = read(GOOD).expect("an entry");
        assert_eq!((entry.group, entry.limits.len()), (Group::Own, 0));
        assert!(entry.signs_in_by(broker::provider::SignInWay::Code));
    }

    #[test]
    fn a_bad_file_is_told_by_its_line_or_its_fault() {
        for (from, to, says) in [
            ("name = \"Acme\"", "nme = \"Acme\"", "line 3"),
            ("mark = \"A\"", "mark = \"A", "line 4"),
            ("id = \"acme\"", "id = \"../x\"", "lower-case"),
            ("id = \"acme\"", "id = \"github\"", "ships an entry"),
            ("name = \"Acme\"", "name = \"gitHub\"", "ships an entry"),
            ("name = \"Acme\"", "name = \"G\u{456}tHub\"", "ships an entry"),
            ("id = \"acme\"", "id = \"acme\"\naccepted = \"x\"", "Keylodge’s own"),
            ("#123456", "blue", "#rrggbb"),
            ("https://acme.example/token", "http://acme.example/token", "not an https address"),
            ("https://acme.example/token", "https://127.0.0.1/token", "private"),
            ("scope = \"read\"", "scope = \"read all\"", "not spelled"),
            ("scope = \"read\"", "scope = \"read\", aliases = [\"re\\u202ead\"]", "not spelled"),
            ("scopes = [\"read\"] }]", "scopes = [\"\"] }]", "not spelled"),
            ("scope = \"read\"", "scope = \"read\", aliases = [\"only:x\"]", "a limit"),
            ("[endpoints]", "[offline]\nscope = \"a\\\"b\"\n[endpoints]", "not spelled"),
            ("[\"/things\"]", "[\"things\"]", "no API route"),
            ("Read your things", " ", "no words"),
            ("scopes = [\"read\"] }]", "scopes = [\"reed\"] }]", "reed"),
            ("access = \"read\"", "access = \"read\", includes = [\"x\"]", "no entry of its own"),
            (
                "[endpoints]",
                "[redirect]\nway = \"pasted\"\naddress = \"http://a.example/\"\n[endpoints]",
                "https",
            ),
            ("[endpoints]", "[redirect]\nway = \"scheme\"\n[endpoints]", "no scheme"),
            ("id = \"acme\"", "id = \"acme\"\ntemplate = \"issuer\"", "Keylodge’s own"),
        ] {
            assert!(GOOD.contains(from), "{from}");
            let error = read(&GOOD.replacen(from, to, 1)).expect_err(to);
            assert!(error.contains(says), "{to}: {error}");
        }
        assert!(read(&"#".repeat(MAX_FILE + 1)).is_err());
    }

    #[test]
    fn a_file_that_leads_to_too_many_places_is_refused() {
        let routes: Vec<String> = (0..MAX_HOSTS)
            .map(|n| format!("{{ path = \"/{n}/\", base = \"https://api{n}.acme.example/\" }}"))
            .collect();
        let api = format!(
            "api = [{{ path = \"/\", base = \"https://api.acme.example/\" }}, {}]",
            routes.join(", ")
        );
        let text = GOOD.replace("api = [{ path = \"/\", base = \"https://api.acme.example/\" }]", &api);
        assert!(read(&text).expect_err("refused").contains("19 hosts"));
    }

    #[test]
    fn hosts_of_a_shipped_provider_are_not_claimed_silently() {
        let entry =
            read(&GOOD.replace("https://acme.example/token", "https://github.com/login/oauth/access_token"));
        let limits = entry.expect("an entry").limits;
        assert!(limits.len() == 1 && limits[0].contains("GitHub"), "{limits:?}");
    }
}
