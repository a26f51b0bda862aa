//! The page of commands is what the commands say.

use std::{fs, process::Command};

use stories::{Build, project};

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
