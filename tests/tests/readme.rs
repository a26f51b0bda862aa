//! What the README tells people to type works as it is written.

use std::{fs, process::Command};

use control::{Answer, Request};
use stories::{Allowing, Build, Keylodge, Running, account_at, choice, project, until_some};

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

/// Keylodge with the demo account under the label `work`.
async fn with_demo_account() -> Keylodge {
    let keylodge = Keylodge::start();
    let Answer::SignIn(begun) = keylodge.ask(Request::DemoStart) else { panic!("no sign-in") };
    keylodge.ask(Request::SignInCancel { sign_in: begun.sign_in });
    let mut source = account_at("demo", &[]);
    source.label = Some("work".into());
    let Answer::SignIn(begun) = keylodge.ask(Request::AccountAdd(source)) else { panic!("no sign-in") };
    demo::person::sign_in(&begun.authorize_url).await.expect("Ada signs in");
    keylodge.ask(Request::SignInShow { sign_in: begun.sign_in, wait: true });
    assert_eq!(keylodge.accounts()[0].label, "work");
    keylodge
}

/// Runs a program while the person says yes to whatever it asks.
fn run_with_a_willing_person(keylodge: &Keylodge, mut program: Command) -> String {
    program.env("KEYLODGE_URL", &keylodge.url);
    let mut running = Running::start(program, &keylodge.home().path().join("program.log"));
    let status = until_some("the program ends", || {
        for question in keylodge.questions() {
            let choice = choice(&question, Allowing::default());
            let decision = Request::RequestDecide { request: question.id, shown: question.shown, choice };
            keylodge.ask(decision);
        }
        running.ended()
    });
    assert!(status.success(), "{status}: {}", running.log());
    running.rest()
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
    // The example as it stands, with this build's `keylodge` on the path and this story's directories.
    let mut shell = keylodge.command(&[], None);
    let directory =
        Build::Usual.binary("keylodge").parent().map(std::path::Path::to_owned).expect("a directory");
    let environment: Vec<_> =
        shell.get_envs().map(|(name, value)| (name.to_owned(), value.map(ToOwned::to_owned))).collect();
    shell = Command::new("sh");
    for (name, value) in environment {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    let path = std::env::var("PATH").unwrap_or_default();
    shell.arg("-e").arg(example("first.sh")).env("PATH", format!("{}:{path}", directory.display()));
    let album = run_with_a_willing_person(&keylodge, shell);
    let album: serde_json::Value =
        serde_json::from_str(&album).unwrap_or_else(|error| panic!("{error}: {album}"));
    assert_eq!(album["photos"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_page_of_commands_is_what_the_commands_say() {
    let page = fs::read_to_string(project().join("docs/command-line.md")).expect("a page");
    let mut seen = 0;
    for section in page.split("\n#").skip(1) {
        let command = section.split('`').nth(1).expect("a command");
        let shown = section.split_once("```\n").expect("its help").1;
        let mut words = command.split(' ').skip(1).collect::<Vec<_>>();
        words.push("--help");
        let mut help = Command::new(Build::Usual.binary("keylodge"));
        let said = help.args(&words).env("COLUMNS", "100").output().expect("it runs").stdout;
        let said = String::from_utf8_lossy(&said).into_owned();
        let (shown, said) = (shown.lines().map(str::trim_end), said.lines().map(str::trim_end));
        let shown = shown.take_while(|line| *line != "```");
        assert!(shown.eq(said), "`{command}` says something else: run `make docs`");
        seen += 1;
    }
    assert!(seen > 40, "{seen} commands");
}
