//! `docs/programs.md` is run from its first command to its last, in one shell, and prints what it shows.

use std::{fmt::Write, fs};

use stories::project;

use crate::{
    block::{Block, blocks, is_as_shown},
    walk::{run, shell, with_demo_account},
};

/// Stands before what a block prints; its line number follows.
const MARK: &str = "@@ the block of line ";

fn page() -> Vec<Block> {
    blocks(&fs::read_to_string(project().join("docs/programs.md")).expect("a page"))
}

#[test]
fn each_block_of_the_page_is_of_a_kind_that_is_tried() {
    for block in page() {
        // `sh` is run, `text` is what the block before it prints, `http` shows a message for the eye.
        let kinds = ["sh", "text", "http"];
        assert!(kinds.contains(&block.language.as_str()), "line {}: {:?}", block.line, block.language);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_page_works_and_prints_what_it_shows() {
    let keylodge = with_demo_account().await;
    let page = page();
    let mut script = String::new();
    for block in page.iter().filter(|block| block.language == "sh") {
        write!(script, "echo '{MARK}{}'\n{}", block.line, block.text).expect("room");
    }
    let mut shell = shell(&keylodge);
    // `-e`: the first command that fails ends it.
    shell.args(["-e", "-c", &script]).current_dir(keylodge.home().directory("work"));
    let ran = run(&keylodge, shell);
    assert!(ran.success, "a command failed; what was printed so far:\n{}\n{}", ran.printed, ran.log);
    let printed = |line: usize| {
        let mark = format!("{MARK}{line}\n");
        let after = ran.printed.split_once(&mark).map(|(_, after)| after).unwrap_or_default();
        after.split(MARK).next().unwrap_or_default()
    };
    for pair in page.windows(2) {
        let [command, shown] = pair else { continue };
        if command.language == "sh" && shown.language == "text" {
            let printed = printed(command.line);
            assert!(is_as_shown(&shown.text, printed), "line {}: {printed}", command.line);
        }
    }
}
