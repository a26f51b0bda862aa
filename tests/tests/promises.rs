//! What Keylodge promises not to have: looked for in the tree itself.

use std::{fs, path::Path};

use stories::project;

/// The code of a file without its tests and comments, line by line.
fn code(path: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).expect("text");
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines().map(str::trim).filter(|line| !line.starts_with("//")).map(str::to_owned).collect()
}

/// Every file of Rust code below the given directories that is no test.
fn sources(trees: &[&str]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open: Vec<_> = trees.iter().map(|tree| project().join(tree)).collect();
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(&directory).expect("a directory") {
            let path = entry.expect("an entry").path();
            let test = path.file_stem().is_some_and(|stem| stem.to_string_lossy().contains("test"));
            if path.is_dir() && !test {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") && !test {
                found.push(path);
            }
        }
    }
    assert!(found.len() > 5, "the code is there");
    found
}

/// Lines of code that `wrong` finds wrong, with their file.
fn lines(trees: &[&str], wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let of = |path: &std::path::PathBuf| {
        let name = path.display().to_string();
        code(path)
            .into_iter()
            .filter(|line| wrong(line))
            .map(move |l| format!("{name}: {l}"))
            .collect::<Vec<_>>()
    };
    sources(trees).iter().flat_map(of).collect()
}

#[test]
fn uc_29_no_implicit_and_no_password_grant_can_be_written() {
    let words =
        ["exchange_password", "use_implicit_flow", "set_response_type", "\"password\"", "\"id_token token\""];
    let found = lines(&["crates/providers/src"], |line| words.iter().any(|word| line.contains(word)));
    assert!(found.is_empty(), "{found:#?}");
    let asks = lines(&["crates/providers/src"], |line| line.contains("AuthorizationCode"));
    assert!(!asks.is_empty(), "the search sees the grant that there is");
}

#[test]
fn lek_11_no_host_is_built_in_but_those_of_the_catalogue() {
    let trees = [
        "crates/broker/src",
        "crates/cli/src",
        "crates/control/src",
        "crates/daemon/src",
        "crates/loopback/src",
        "crates/providers/src",
        "crates/vault/src",
        "src-tauri/src",
    ];
    let host = |line: &str| {
        line.split("https://").skip(1).any(|rest| {
            let host: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "-.".contains(*c)).collect();
            host.contains('.') && !host.ends_with(".example")
        })
    };
    assert!(host("get(\"https://cloud.keylodge.org/tokens\")"), "the search sees one");
    let found = lines(&trees, host);
    assert!(found.is_empty(), "tokens stay on this machine: {found:#?}");
}

#[test]
fn tau_09_there_is_no_updater_to_be_forged() {
    let read = |name: &str| fs::read_to_string(project().join(name)).expect("text");
    let lock = read("Cargo.lock");
    assert!(lock.contains("name = \"tauri\""), "the list of crates");
    for updater in ["tauri-plugin-updater", "self_update", "cargo-packager-updater"] {
        assert!(!lock.contains(updater), "{updater}: new versions come by the package manager");
    }
    let configuration = read("src-tauri/tauri.conf.json");
    assert!(!configuration.to_lowercase().contains("updater"), "{configuration}");
}

#[test]
fn lek_10_no_example_keeps_a_token_in_a_file_or_a_profile() {
    let mut examples = vec![project().join("README.md")];
    for folder in ["docs", "docs/examples"] {
        let entries = fs::read_dir(project().join(folder)).expect("a directory");
        examples.extend(entries.map(|entry| entry.expect("an entry").path()).filter(|path| {
            path.extension().is_some_and(|kind| ["md", "sh", "py", "mjs"].iter().any(|known| kind == *known))
        }));
    }
    assert!(examples.len() > 5, "{examples:?}");
    let secret = |line: &str| ["token", "secret"].iter().any(|word| line.to_lowercase().contains(word));
    let kept = |line: &str| {
        line.starts_with("export ")
            || [".bashrc", ".profile", ".netrc", ".npmrc"].iter().any(|file| line.contains(file))
            || line.split(" > ").skip(1).any(|to| !to.starts_with("/dev/") && line.contains("$token"))
    };
    assert!(secret("export API_TOKEN=x") && kept("export API_TOKEN=x"), "the search sees one");
    for example in examples {
        let text = fs::read_to_string(&example).expect("text");
        let found: Vec<_> = text.lines().filter(|line| secret(line) && kept(line)).collect();
        assert!(found.is_empty(), "{}: {found:?}", example.display());
    }
}
