//! Text from strangers, made safe to show (UI-06): names, purposes, error descriptions.

/// Removes control, bidirectional and other invisible characters, folds white space, and bounds the length
/// (in characters).
#[must_use]
pub fn cleaned(text: &str, max_chars: usize) -> String {
    let visible = text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_invisible(*c));
    let folded: String =
        visible.collect::<String>().split(' ').filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ");
    match folded.char_indices().nth(max_chars) {
        Some((end, _)) => format!("{}…", &folded[..end]),
        None => folded,
    }
}

fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{3164}' | '\u{115f}' | '\u{1160}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ui_06_invisible_characters_never_reach_the_person() {
        assert_eq!(cleaned("Ed\u{202e}itor\u{1b}[31m\n  X\u{200b}", 80), "Editor[31m X");
        assert_eq!(cleaned(&"a".repeat(10_000), 5), "aaaaa…");
    }
}
