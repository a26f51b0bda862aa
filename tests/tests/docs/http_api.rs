//! The page of the HTTP API, tried from outside: schemathesis makes up requests from it.

use std::{fs, process::Command};

use serde_json::json;
use stories::{Keylodge, python};

use crate::walk::{run, token, with_demo_account};

/// What must be so of every answer, whatever was asked.
const CHECKS: &str =
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";

/// So many requests are made up for each route and kind of test.
const EXAMPLES: &str = "12";

fn schemathesis(keylodge: &Keylodge) -> Command {
    let directory = keylodge.home().directory("work");
    fs::write(directory.join("schemathesis.toml"), settings(keylodge)).expect("room");
    let mut command = Command::new(python("").get_program());
    command.args(["-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run"]);
    command.args([&format!("{}/openapi.json", keylodge.url), "--checks", CHECKS, "-n", EXAMPLES]);
    // The same requests in each run; nothing outside this machine, nothing left behind.
    command.args(["--generation-deterministic", "--no-color"]);
    command.env("NO_PROXY", "127.0.0.1").current_dir(directory);
    command
}

/// A provider and an account that are there, and a token for the gateway; all else is made up.
fn settings(keylodge: &Keylodge) -> String {
    let account = keylodge.accounts()[0].id.clone();
    let token = token(keylodge, &json!({ "scope": "photos.read photos.write" }));
    format!(
        "[parameters]\n\"path.provider\" = \"demo\"\n\"path.account\" = \"{account}\"\n\
         [[operations]]\ninclude-path = \"/gateway/{{account}}/{{path}}\"\n\
         headers = {{ Authorization = \"Bearer {token}\" }}\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn dm_04_made_up_requests_get_documented_answers_and_none_is_a_fault() {
    let keylodge = with_demo_account().await;
    let ran = run(&keylodge, schemathesis(&keylodge));
    assert!(ran.success && ran.printed.contains("Fuzzing"), "{}\n{}", ran.printed, ran.log);
}
