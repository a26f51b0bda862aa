//! Generates one permission for each command of the two windows, and nothing for anybody else.

use tauri_build::{AppManifest, Attributes};

const COMMANDS: &[&str] = &["call", "choose_file", "initial_page", "prompt_call", "show_prompt"];

fn main() {
    let attributes = Attributes::new().app_manifest(AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
