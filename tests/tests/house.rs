//! The house stands as `docs/architecture.md` draws it: who may import whom, and what things are called.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::Value;
use stories::project;

/// Who may see whom, in the whole workspace. The stories see what they need.
const MAY_IMPORT: [(&str, &[&str]); 9] = [
    ("broker", &[]),
    ("control", &[]),
    ("demo", &[]),
    ("loopback", &["broker", "control"]),
    ("providers", &["broker"]),
    ("vault", &["broker"]),
    ("daemon", &["broker", "control", "demo", "loopback", "providers", "vault"]),
    ("cli", &["control", "daemon", "demo"]),
    ("keylodge-desktop", &["control"]),
];

/// What does input or output, and so has no place anywhere below the rules.
const DOES_IO: [&str; 12] = [
    "axum",
    "hyper",
    "reqwest",
    "rusqlite",
    "rusqlite_migration",
    "keyring",
    "keyring-core",
    "tauri",
    "zbus",
    "rustix",
    "mio",
    "socket2",
];

/// Names that say nothing.
const EMPTY_NAMES: [&str; 7] = ["utils", "util", "common", "helpers", "helper", "manager", "managers"];

/// The dependency tree for this machine's platform.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc");
    let version = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["metadata", "--format-version=1", "--offline", "--filter-platform", host]);
    let output = cargo.current_dir(project()).output().expect("cargo metadata");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The workspace's packages by name.
fn members(metadata: &Value) -> BTreeMap<&str, &Value> {
    let members: BTreeSet<&str> = list(&metadata["workspace_members"]).iter().map(text).collect();
    let packages =
        list(&metadata["packages"]).iter().filter(|package| members.contains(text(&package["id"])));
    packages.map(|package| (text(&package["name"]), package)).collect()
}

/// What a package declares for ordinary use and for building; not what only its tests need.
fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    list(&package["dependencies"]).iter().filter(|dependency| text(&dependency["kind"]) != "dev")
}

#[test]
fn every_crate_imports_only_what_it_may() {
    let metadata = metadata();
    let members = members(&metadata);
    for (name, allowed) in MAY_IMPORT {
        let package = members.get(name).unwrap_or_else(|| panic!("{name} is not in the workspace"));
        for dependency in list(&package["dependencies"]) {
            let other = text(&dependency["name"]);
            let fine = !members.contains_key(other) || allowed.contains(&other) || other == name;
            assert!(fine, "{name} imports {other}, and may import only {allowed:?}");
        }
    }
    let known = MAY_IMPORT.map(|(name, _)| name);
    // What only tests and measures may see whatever they like.
    let tests = project().join("tests");
    let built = |package: &&&Value| !Path::new(text(&package["manifest_path"])).starts_with(&tests);
    for name in members.values().filter(built).map(|package| text(&package["name"])) {
        assert!(known.contains(&name), "{name} is new: say in this list whom it may import");
    }
}

#[test]
fn the_broker_does_no_input_or_output() {
    let metadata = metadata();
    let reached = reached_from(&metadata, "broker");
    for name in DOES_IO {
        assert!(!reached.contains(name), "the broker reaches {name}");
    }
    let members = members(&metadata);
    let tokio = dependencies(members["broker"]).find(|dependency| text(&dependency["name"]) == "tokio");
    let tokio = tokio.expect("the broker waits with tokio's channels");
    let features: Vec<&str> = list(&tokio["features"]).iter().map(text).collect();
    assert_eq!(features, ["sync"], "the broker takes nothing of tokio's runtime");
    assert_eq!(tokio["uses_default_features"], false);
}

/// Names of all packages that a member's own (not its tests') dependencies lead to. tokio is not followed: its
/// features are those of the whole workspace here, and its own rule looks at what the broker declares.
fn reached_from<'a>(metadata: &'a Value, member: &str) -> BTreeSet<&'a str> {
    let nodes = list(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node));
    let nodes: BTreeMap<&str, &Value> = nodes.collect();
    let packages =
        list(&metadata["packages"]).iter().map(|package| (text(&package["id"]), text(&package["name"])));
    let names: BTreeMap<&str, &str> = packages.collect();
    let mut open: Vec<&str> = vec![text(&members(metadata)[member]["id"])];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) || names[id] == "tokio" {
            continue;
        }
        let used = list(&nodes[id]["deps"])
            .iter()
            .filter(|dep| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        open.extend(used.map(|dep| text(&dep["pkg"])));
    }
    seen.into_iter().map(|id| names[id]).collect()
}

#[test]
fn tau_08_only_a_feature_that_is_off_lets_a_driver_in() {
    let metadata = metadata();
    let members = members(&metadata);
    for name in ["cli", "daemon", "keylodge-desktop"] {
        let features = &members[name]["features"];
        assert!(features["webdriver"].is_array(), "{name} has the feature");
        assert!(!list(&features["default"]).iter().any(|on| on == "webdriver"), "{name} has it off");
    }
}

#[test]
fn tau_03_the_window_has_no_plugin() {
    let metadata = metadata();
    let reached = reached_from(&metadata, "keylodge-desktop");
    let plugins: Vec<_> = reached.iter().filter(|name| name.starts_with("tauri-plugin")).collect();
    assert!(plugins.is_empty(), "{plugins:?}");
}

#[test]
fn no_module_has_an_empty_name() {
    for tree in ["crates", "src-tauri/src", "tests/src", "tests/tests", "ui/src"] {
        walk(&project().join(tree), &mut |path| {
            let stem = path.file_stem().unwrap_or_default().to_string_lossy();
            let stem = stem.split('.').next().unwrap_or_default();
            assert!(!EMPTY_NAMES.contains(&stem), "{} says nothing by its name", path.display());
        });
    }
}

/// The largest file of code that needs no reason. Larger ones are questioned, so they stand here with theirs.
const MANY_LINES: usize = 400;

#[test]
fn no_file_of_code_grows_without_being_asked_why() {
    let asked: BTreeSet<&str> = [
        // What can be asked, all in one place.
        "crates/control/src/request.rs",
    ]
    .into();
    let mut grown = Vec::new();
    for tree in ["crates", "src-tauri/src"] {
        walk(&project().join(tree), &mut |path| {
            let name =
                path.strip_prefix(project()).expect("below the project").to_string_lossy().into_owned();
            let code = path.extension().is_some_and(|e| e == "rs") && name.contains("/src/");
            let lines = if code { fs::read_to_string(path).expect("text").lines().count() } else { 0 };
            if lines > MANY_LINES && !asked.contains(name.as_str()) {
                grown.push((name, lines));
            }
        });
    }
    assert!(grown.is_empty(), "these files have grown: {grown:?}");
}

/// Requests of the window that the command line makes otherwise.
const OTHERWISE: [(&str, &str); 2] = [
    ("ActivityExport", "`keylodge audit export` writes to standard output"),
    ("ActivityCounts", "a chart counts what `keylodge audit list --json` prints"),
];

#[test]
fn whatever_the_window_can_ask_the_command_line_can() {
    let requests = fs::read_to_string(project().join("crates/control/src/request.rs")).expect("text");
    let (_, body) = requests.split_once("pub enum Request {\n").expect("the requests");
    let (body, _) = body.split_once("\n}\n").expect("their end");
    let variants = body.lines().filter_map(|line| line.strip_prefix("    "));
    let variants = variants.filter(|line| line.starts_with(char::is_uppercase));
    let name = |line: &str| line.chars().take_while(char::is_ascii_alphanumeric).collect::<String>();
    let mut commands = String::new();
    walk(&project().join("crates/cli/src"), &mut |path| {
        if path.extension().is_some_and(|kind| kind == "rs") {
            commands += &fs::read_to_string(path).expect("text");
        }
    });
    let asked = |name: &String| {
        let request = format!("Request::{name}");
        commands.split(&request).skip(1).any(|rest| !rest.starts_with(char::is_alphanumeric))
    };
    let missing: Vec<String> = variants.map(name).filter(|name| !asked(name)).collect();
    assert_eq!(missing, OTHERWISE.map(|(name, _)| name), "give each request a command");
}

/// Secrets, codes and tokens are found by their hash or compared by `TokenHash::matches`, in constant time: nowhere does
/// a bare comparison, which stops at the first difference, see a secret (CWE-208).
#[test]
fn oau_20_no_secret_is_compared_step_by_step() {
    let compares = ["==", "!=", ".eq(", ".cmp(", ".contains(", ".starts_with(", ".ends_with(", "matches!("];
    let mut found = Vec::new();
    for part in ["broker", "loopback", "vault", "daemon"] {
        walk(&project().join("crates").join(part).join("src"), &mut |path| {
            if path.extension().is_none_or(|kind| kind != "rs") || path.to_string_lossy().contains("test") {
                return;
            }
            let text = fs::read_to_string(path).expect("text");
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            // What is compared with a text of the program's own is no secret of somebody's.
            let foreign = |rest: &str| !rest.trim_start().starts_with('"');
            let bare = |line: &str| compares.iter().any(|c| line.split(c).skip(1).any(foreign));
            let exposed = |line: &&str| line.contains(".expose()") && bare(line);
            found.extend(
                code.lines().filter(exposed).map(|line| format!("{}: {}", path.display(), line.trim())),
            );
        });
    }
    assert!(found.is_empty(), "compare hashes, by TokenHash::matches: {found:#?}");
}

fn walk(directory: &Path, look: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let built =
            path.file_name().is_some_and(|name| name == "node_modules" || name == "target" || name == "gen");
        if built {
            continue;
        }
        look(&path);
        if path.is_dir() {
            walk(&path, look);
        }
    }
}
