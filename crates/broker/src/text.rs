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

/// What a name looks like (UTS 39 §4): names with the same skeleton can be taken for one another. Case and space do not
/// matter, either.
#[must_use]
pub fn skeleton(name: &str) -> String {
    let folded: String = name.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    // Twice: lower-casing after the first time catches capital letters that look like others' small ones.
    let once: String = unicode_security::skeleton(&folded).collect();
    unicode_security::skeleton(&once.to_lowercase()).collect()
}

/// Whether a name mixes scripts that no language mixes (UTS 39 §5.1), as a copied name may.
#[must_use]
pub fn mixes_scripts(name: &str) -> bool {
    use unicode_security::MixedScript;
    !name.is_single_script()
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
    fn ui_05_names_that_look_alike_have_one_skeleton() {
        for (one, other) in [
            ("Editor", "\u{415}ditor"),
            ("paypal", "p\u{430}yp\u{430}l"),
            ("Mail", "ma\u{456}l"),
            ("Keylodge", "key lodge"),
            ("rn", "m"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        assert_ne!(skeleton("Editor"), skeleton("Mailer"));
    }

    #[test]
    fn ui_05_a_name_of_several_scripts_is_found_out() {
        assert!(mixes_scripts("p\u{430}ypal") && !mixes_scripts("paypal 2.0") && !mixes_scripts("Пошта"));
        assert!(!mixes_scripts("日本語エディタ"));
    }

    #[test]
    fn ui_06_invisible_characters_never_reach_the_person() {
        assert_eq!(cleaned("Ed\u{202e}itor\u{1b}[31m\n  X\u{200b}", 80), "Editor[31m X");
        assert_eq!(cleaned(&"a".repeat(10_000), 5), "aaaaa…");
    }
}
