//! What the README tells people to type works as it is written.

use std::{fs, process::Command};

use stories::{Build, project};

use crate::walk::{run_with_a_willing_person, shell, with_demo_account};

/// The README's programs, and the files that they stand in.
const PROGRAMS: [(&str, &str); 4] =
    [("sh", "first.sh"), ("python", "first.py"), ("js", "first.mjs"), ("rust", "first.rs")];

#[test]
fn the_readme_shows_the_programs_that_are_tested() {
    let readme = fs::read_to_string(project().join("README.md")).expect("a README");
    for (language, file) in PROGRAMS {
        let program = fs::read_to_string(project().join("docs/examples").join(file)).expect("an example");
        assert!(
            readme.contains(&format!("```{language}\n{program}```")),
            "{file} is not what the README shows"
        );
    }
}

#[test]
fn every_page_and_picture_that_the_readme_names_is_there() {
    let readme = fs::read_to_string(project().join("README.md")).expect("a README");
    let linked = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let images = readme.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next());
    for path in linked.chain(images).filter(|path| !path.starts_with("http")) {
        assert!(project().join(path).exists(), "{path} is missing");
    }
}

fn example(file: &str) -> std::path::PathBuf {
    project().join("docs/examples").join(file)
}

#[tokio::test(flavor = "multi_thread")]
async fn first_programs_in_python_node_and_rust() {
    let keylodge = with_demo_account().await;
    let mut python = Command::new("python3");
    python.arg(example("first.py"));
    assert_eq!(run_with_a_willing_person(&keylodge, python).trim(), "3 photos");
    let mut node = Command::new("node");
    node.arg(example("first.mjs"));
    assert_eq!(run_with_a_willing_person(&keylodge, node).trim(), "3 photos");
    let rust = Command::new(Build::Usual.binary("examples/first"));
    assert_eq!(run_with_a_willing_person(&keylodge, rust).trim(), "3 photos");
}

#[tokio::test(flavor = "multi_thread")]
async fn first_program_with_curl() {
    let keylodge = with_demo_account().await;
    // The example as it stands.
    let mut shell = shell(&keylodge);
    shell.arg("-e").arg(example("first.sh"));
    let album = run_with_a_willing_person(&keylodge, shell);
    let album: serde_json::Value =
        serde_json::from_str(&album).unwrap_or_else(|error| panic!("{error}: {album}"));
    assert_eq!(album["photos"].as_array().map(Vec::len), Some(3));
}
