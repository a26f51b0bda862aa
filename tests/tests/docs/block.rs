//! The fenced blocks of a page.

/// One block.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    /// The word behind the fence.
    pub language: String,
    /// The line of the page on which it begins.
    pub line: usize,
    /// What is in it, each line with its end.
    pub text: String,
}

/// All blocks of a page, in their order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in page.lines().enumerate() {
        match (open.take(), line.strip_prefix("```")) {
            (None, Some(language)) => {
                let language = language.trim().to_owned();
                open = Some(Block { language, line: number + 1, text: String::new() });
            }
            (Some(block), Some(_)) => found.push(block),
            (Some(mut block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "the last block does not end: {open:?}");
    found
}

/// Whether a text is as it is shown, where `…` stands for anything.
pub fn is_as_shown(shown: &str, text: &str) -> bool {
    let mut pieces = shown.trim().split('…');
    let first = pieces.next().unwrap_or_default();
    let Some(mut rest) = text.trim().strip_prefix(first) else { return false };
    let Some(last) = pieces.next_back() else { return rest.is_empty() };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.ends_with(last)
}

#[test]
fn blocks_are_found_and_compared() {
    let page = "a\n```sh\necho x\n```\nb\n```text\nx\n```\n";
    let found = blocks(page);
    assert_eq!((found[0].language.as_str(), found[0].line, found[0].text.as_str()), ("sh", 2, "echo x\n"));
    assert_eq!(found[1].language, "text");
    assert!(is_as_shown("a … c", "a b c\n") && is_as_shown("x", "x") && is_as_shown("…", "anything"));
    assert!(!is_as_shown("a … c", "a b d") && !is_as_shown("x", "xy") && !is_as_shown("x … y … z", "x z"));
}
