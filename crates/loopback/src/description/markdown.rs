//! `docs/http-api.md`.

use super::{
    Operation,
    page::{Paper, write},
};

/// The page in Markdown.
pub fn markdown(operations: &[&Operation]) -> String {
    let mut sheet = Sheet("# The HTTP API\n".to_owned());
    write(&mut sheet, operations);
    sheet.0
}

struct Sheet(String);

impl Paper for Sheet {
    fn heading(&mut self, text: &str) {
        self.add(&["\n## `", text, "`\n"]);
    }

    fn paragraph(&mut self, text: &str) {
        self.add(&["\n", text, "\n"]);
    }

    fn table(&mut self, head: &[&str], rows: &[Vec<String>]) {
        let rule = vec!["---"; head.len()];
        self.add(&["\n| ", &head.join(" | "), " |\n|", &rule.join("|"), "|\n"]);
        for row in rows {
            self.add(&["| ", &row.join(" | "), " |\n"]);
        }
    }
}

impl Sheet {
    fn add(&mut self, pieces: &[&str]) {
        self.0.extend(pieces.iter().copied());
    }
}
