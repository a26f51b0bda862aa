//! Reads what the windows may do from the files that say so, and holds it against the little they need.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

fn json(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn strings(list: &Value) -> BTreeSet<&str> {
    list.as_array().expect("a list").iter().map(|entry| entry.as_str().expect("a string")).collect()
}

fn require(window: &str, permissions: &[&str]) {
    let capability = json(&format!("capabilities/{window}.json"));
    assert_eq!(strings(&capability["windows"]), BTreeSet::from([window]));
    assert_eq!(strings(&capability["permissions"]), permissions.iter().copied().collect(), "{window}");
    assert!(capability.get("remote").is_none(), "{window} has a remote part");
    assert!(capability.get("webviews").is_none(), "{window} names web views");
}

#[test]
fn tau_03_capabilities_are_minimal() {
    let listening = ["core:event:allow-listen", "core:event:allow-unlisten"];
    require(
        "main",
        &[&listening[..], &["allow-call", "allow-choose-file", "allow-initial-page", "allow-show-prompt"]]
            .concat(),
    );
    require("prompt", &[&listening[..], &["allow-prompt-call"]].concat());
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("capabilities")).expect("directory");
    assert_eq!(files.count(), 2, "a capability that nobody checks");
}

#[test]
fn tau_03_no_plugin_and_no_second_source_of_capabilities() {
    let configuration = json("tauri.conf.json");
    assert!(configuration.get("plugins").is_none());
    assert_eq!(
        strings(&configuration["app"]["security"]["capabilities"]),
        BTreeSet::from(["main", "prompt"])
    );
    let manifest = include_str!("../Cargo.toml");
    for word in ["tauri-plugin", "devtools", "dynamic-acl", "\"unstable\"", "protocol-asset"] {
        assert!(!manifest.contains(word), "{word}");
    }
}

#[test]
fn tau_01_content_policy_allows_our_own_files_only() {
    let configuration = json("tauri.conf.json");
    let policy = &configuration["app"]["security"]["csp"];
    for (directive, sources) in policy.as_object().expect("directives") {
        let sources = sources.as_str().expect("a string");
        for source in ["unsafe-", "https:", "*", "blob:"] {
            assert!(!sources.contains(source), "{directive} {sources}");
        }
    }
    for (directive, sources) in [
        ("default-src", "'self'"),
        ("script-src", "'self'"),
        ("frame-ancestors", "'none'"),
        ("object-src", "'none'"),
    ] {
        assert_eq!(policy[directive], sources);
    }
    assert_eq!(policy["connect-src"], "ipc: http://ipc.localhost");
    assert_eq!(configuration["app"]["withGlobalTauri"], false);
}

/// A link cannot reach us, so it cannot carry anything: no scheme is ours, and codes come over loopback only.
#[test]
fn tau_06_no_scheme_of_links_is_claimed() {
    let configuration = json("tauri.conf.json");
    assert!(configuration["bundle"].get("fileAssociations").is_none());
    let entry = include_str!("../linux/keylodge.desktop");
    assert!(!entry.contains("MimeType") && !entry.contains("x-scheme-handler"));
    assert!(!entry.contains("%u") && !entry.contains("%U"), "an address would be handed over as an argument");
    assert!(!include_str!("../Cargo.toml").contains("deep-link"));
}

/// Where the platform can keep a window out of pictures and shared screens, the prompt is kept out of them.
#[test]
fn lek_08_the_prompt_is_kept_out_of_shared_screens_where_that_is_possible() {
    let windows = include_str!("../src/windows.rs");
    let prompt = windows.split("pub fn show_prompt").nth(1).expect("the prompt is made there");
    let prompt = prompt.split("pub fn").next().expect("up to the next function");
    assert!(prompt.contains(".content_protected(true)"));
}

#[test]
fn no_window_is_made_before_the_broker_asks_for_it() {
    let configuration = json("tauri.conf.json");
    assert_eq!(configuration["app"]["windows"].as_array().map(Vec::len), Some(0));
}
