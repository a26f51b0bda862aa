//! `keylodge route …`: which account a tool gets, and why.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

use control::{Answer, Request, RouteExplained, RouteView, RouteWhen, Whereabouts};

use crate::{
    arguments::{Global, Place, RouteCommand, RouteParts},
    connection::{Broker, done, unexpected},
    exit::Failed,
    output,
};

/// Carries out a command about routes.
pub fn run(command: RouteCommand, global: &Global) -> Result<ExitCode, Failed> {
    let mut broker = Broker::connect(global)?;
    match command {
        RouteCommand::List => match broker.ask(Request::RouteList)? {
            Answer::Routes(routes) if global.json => output::json(&routes),
            Answer::Routes(routes) => {
                let rows = routes.into_iter().map(row).collect();
                let empty = "There is no route yet. `keylodge route add ACCOUNT --directory DIR` adds one.";
                Ok(output::table(["ACCOUNT", "WHEN", "NOTE", "ID"], rows, empty))
            }
            other => unexpected(&other),
        },
        RouteCommand::Add { account, when, note } => {
            match broker.ask(Request::RouteAdd { account, when: parts(when)?, note })? {
                Answer::Route(route) if global.json => output::json(&route),
                Answer::Route(route) => {
                    say!("{}: {} gets {}.", route.id, words(&route.when), route.account_label);
                    Ok(ExitCode::SUCCESS)
                }
                other => unexpected(&other),
            }
        }
        RouteCommand::Remove { route } => {
            done(&broker.ask(Request::RouteRemove { route })?, global, "Removed.")
        }
        RouteCommand::Explain(place) => match broker.ask(Request::RouteExplain { at: here(place)? })? {
            Answer::RouteExplained(explained) if global.json => output::json(&explained),
            Answer::RouteExplained(explained) => Ok(explain(explained)),
            other => unexpected(&other),
        },
    }
}

/// What this process can say of where it is: its directory, and the repository that it is in.
pub fn whereabouts(host: Option<String>, account: Option<&str>) -> Whereabouts {
    let directory = env::current_dir().ok();
    // It chooses among accounts; where one is named, git need not be started.
    let remote = || directory.as_deref().and_then(remote_of);
    Whereabouts {
        remote: if account.is_none() { remote() } else { None },
        directory: directory.map(|path| path.display().to_string()),
        host,
        program: None,
    }
}

fn explain(explained: RouteExplained) -> ExitCode {
    say!("{}", explained.sentence);
    for says in explained.routes {
        let leads = explained.leads.as_ref() == Some(&says.route.id);
        let mark = if leads {
            "→"
        } else if says.fits {
            "·"
        } else {
            " "
        };
        let why = if says.fits { format!("fits: {}", says.why) } else { "does not fit".to_owned() };
        let account = says.route.account_label;
        say!("{mark} {}  {account}  {}  {why}", says.route.id, words(&says.route.when));
    }
    ExitCode::SUCCESS
}

fn here(place: Place) -> Result<Whereabouts, Failed> {
    let directory = match place.directory {
        Some(directory) => in_full(&directory)?,
        None => env::current_dir().map_err(|error| Failed::other(&error))?,
    };
    Ok(Whereabouts {
        remote: place.remote.or_else(|| remote_of(&directory)),
        directory: Some(directory.display().to_string()),
        host: place.host,
        program: place.program,
    })
}

/// The remote address of a repository's branch or of its `origin`, as git knows it; `None` without git.
fn remote_of(directory: &Path) -> Option<String> {
    let mut git = Command::new("git");
    git.arg("-C").arg(directory).args(["config", "--get", "remote.origin.url"]);
    let output = git.output().ok().filter(|output| output.status.success())?;
    let remote = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (!remote.is_empty()).then_some(remote)
}

fn parts(parts: RouteParts) -> Result<RouteWhen, Failed> {
    let directory = parts.directory.map(|directory| in_full(&directory)).transpose()?;
    Ok(RouteWhen {
        directory: directory.map(|path| path.display().to_string()),
        repository: parts.repository,
        host: parts.host,
        program: parts.program,
    })
}

fn in_full(path: &Path) -> Result<PathBuf, Failed> {
    path.canonicalize().map_err(|error| Failed::usage(format!("{} cannot be used: {error}.", path.display())))
}

fn row(route: RouteView) -> [String; 4] {
    let when = words(&route.when);
    [route.account_label, when, route.note, route.id]
}

fn words(when: &RouteWhen) -> String {
    let part = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("{name} {value}"));
    let parts = [
        part("directory", &when.directory),
        part("repository", &when.repository),
        part("host", &when.host),
        part("program", &when.program),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
