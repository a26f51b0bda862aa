//! Which script an interpreter runs, from its command line (LOC-05).
//!
//! A wrong answer would let one script pass for another, so only spellings that are understood wholly are read: an
//! option that could name a file, load other code or take a value we do not know of ends the search without a result.

use std::{fs::File, os::unix::ffi::OsStrExt, path::Path};

use rustix::fs::{FileType, Mode, OFlags, ResolveFlags, fstat, openat2, readlink};

use super::{
    file_hash::{self, FileKey},
    process::Process,
};

/// A script that is there, as of now.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    pub path: Vec<u8>,
    pub hash: Option<String>,
    /// The file as it was before it was hashed.
    pub key: Option<FileKey>,
}

/// How an interpreter is called, as far as we understand it.
struct Grammar {
    /// File names without version.
    names: &'static [&'static str],
    /// One-letter options that take no value and may be joined (`-uB`).
    letters: &'static str,
    /// Options that take no value, written out or up to their `=`.
    words: &'static [&'static str],
    /// Options whose value is a harmless word of its own.
    valued: &'static [&'static str],
    /// Options whose value is the script.
    file: &'static [&'static str],
    /// A subcommand that stands before everything else.
    command: Option<&'static str>,
}

const PLAIN: Grammar = Grammar { names: &[], letters: "", words: &[], valued: &[], file: &[], command: None };

const GRAMMARS: &[Grammar] = &[
    Grammar {
        names: &["python", "pypy"],
        letters: "bBdEhiIOPqRsSuvVx",
        valued: &["-W", "--check-hash-based-pycs"],
        ..PLAIN
    },
    Grammar {
        names: &["sh", "bash", "dash", "ash", "zsh", "ksh", "fish"],
        letters: "aebfhkmnptuvxBCEHPl",
        words: &["--norc", "--noprofile", "--posix", "--login", "--noediting"],
        valued: &["-o", "+o"],
        ..PLAIN
    },
    Grammar {
        names: &["node", "nodejs"],
        words: &[
            "--no-warnings",
            "--enable-source-maps",
            "--max-old-space-size",
            "--no-deprecation",
            "--expose-gc",
        ],
        ..PLAIN
    },
    Grammar { names: &["perl"], letters: "wWtTUuXanpl", ..PLAIN },
    Grammar { names: &["ruby"], letters: "wvdanpl", ..PLAIN },
    Grammar { names: &["php"], letters: "nq", file: &["-f"], ..PLAIN },
    Grammar { names: &["lua", "luajit"], letters: "vEWi", ..PLAIN },
    Grammar { names: &["awk", "gawk", "mawk"], file: &["-f"], ..PLAIN },
    Grammar { names: &["java"], file: &["-jar"], ..PLAIN },
    Grammar {
        names: &["deno", "bun"],
        command: Some("run"),
        words: &["-A", "--quiet", "--allow-net"],
        ..PLAIN
    },
    Grammar { names: &["Rscript"], words: &["--vanilla", "--no-save", "--verbose"], ..PLAIN },
    Grammar { names: &["emacs"], words: &["-Q", "--batch", "-q"], file: &["--script", "-x"], ..PLAIN },
    Grammar {
        names: &["pwsh"],
        words: &["-NoProfile", "-NonInteractive", "-NoLogo"],
        file: &["-File"],
        ..PLAIN
    },
    Grammar { names: &["guile"], file: &["-s"], ..PLAIN },
    Grammar { names: &["tclsh", "mono", "dotnet", "wine", "wine-preloader", "osascript"], ..PLAIN },
];

/// The script that a process runs, if its command line says so beyond doubt.
pub fn of(process: &Process, interpreter: &str, words: &[String]) -> Option<Script> {
    let word = script_word(interpreter, words)?;
    let file = open(process, word)?;
    let path =
        readlink(format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file)), Vec::new()).ok()?;
    let key = FileKey::of(&fstat(&file).ok()?);
    Some(Script { path: path.into_bytes(), hash: file_hash::of(&file), key })
}

/// The word of the command line that names the script.
pub(super) fn script_word<'a>(interpreter: &str, words: &'a [String]) -> Option<&'a str> {
    let (name, rest) = applet(interpreter, words)?;
    let grammar = GRAMMARS.iter().find(|grammar| grammar.names.contains(&name))?;
    let mut rest = rest.iter().map(String::as_str);
    if let Some(command) = grammar.command {
        rest.next().filter(|word| *word == command)?;
    }
    loop {
        let word = rest.next()?;
        let option = word.split_once('=').map_or(word, |(option, _)| option);
        match word {
            "--" => return rest.next(),
            _ if grammar.file.contains(&word) => return rest.next(),
            _ if grammar.valued.contains(&word) => drop(rest.next()?),
            _ if grammar.words.contains(&option) => {}
            _ if is_letters(word, grammar.letters) => {}
            _ if word.starts_with('-') || word.starts_with('+') || word.is_empty() => return None,
            _ => return grammar.file.is_empty().then_some(word),
        }
    }
}

/// `busybox sh x` and `sh x` with busybox behind it are the same.
fn applet<'n, 'w: 'n>(interpreter: &'n str, words: &'w [String]) -> Option<(&'n str, &'w [String])> {
    let (first, rest) = words.split_first()?;
    let base = |text: &'w str| text.rsplit('/').next().unwrap_or_default().trim_start_matches('-');
    match (stem(interpreter), base(first)) {
        ("busybox", "busybox") => rest.split_first().map(|(applet, rest)| (base(applet), rest)),
        ("busybox", applet) => Some((applet, rest)),
        (name, _) => Some((name, rest)),
    }
}

/// A file name without its version.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')
}

fn is_letters(word: &str, letters: &str) -> bool {
    let joined = word.strip_prefix('-').or_else(|| word.strip_prefix('+')).unwrap_or_default();
    !joined.is_empty() && joined.chars().all(|letter| letters.contains(letter))
}

/// Opens a path as the process would: from its root and its working directory, and only what is a file of its own.
/// Links through `/proc` lead to our own descriptors and are not followed.
fn open(process: &Process, word: &str) -> Option<File> {
    let root = process.tree()?;
    let directory = process.link("cwd")?;
    let path = Path::new(std::ffi::OsStr::from_bytes(&directory)).join(word);
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = openat2(root, &path, flags, Mode::empty(), ResolveFlags::IN_ROOT).ok()?;
    let is_file = FileType::from_raw_mode(fstat(&file).ok()?.st_mode) == FileType::RegularFile;
    is_file.then(|| File::from(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(line: &str) -> Option<String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        script_word(&format!("/usr/bin/{}", words[0]), &words).map(str::to_owned)
    }

    #[test]
    fn loc_05_the_script_is_found_behind_harmless_options() {
        for (line, script) in [
            ("python3.11 a.py b.py", "a.py"),
            ("python3 -uB -W ignore a.py", "a.py"),
            ("bash -eux -o pipefail ./a.sh", "./a.sh"),
            ("sh -- -a", "-a"),
            ("node --max-old-space-size=4096 a.js", "a.js"),
            ("java -jar a.jar x", "a.jar"),
            ("deno run -A a.ts", "a.ts"),
            ("awk -f a.awk data", "a.awk"),
            ("busybox sh a.sh", "a.sh"),
        ] {
            assert_eq!(word(line).as_deref(), Some(script), "{line}");
        }
    }

    #[test]
    fn loc_05_what_is_not_understood_wholly_names_no_script() {
        for line in [
            "python3 -c print(1) a.py",
            "python3 -m http.server",
            "python3 -uc x a.py",
            "python3 -X importtime a.py",
            "python3 - a.py",
            "python3",
            "bash -c a.sh a.sh",
            "bash --rcfile a.sh b.sh",
            "bash -s a.sh",
            "node -r a.js b.js",
            "node --import=a.js b.js",
            "node -e x a.js",
            "perl -Mevil a.pl",
            "perl -I. a.pl",
            "java -cp a.jar Main",
            "java a.jar",
            "awk {print} data",
            "deno eval x",
            "php -d auto_prepend_file=a.php b.php",
            "env a.py",
            "electron a",
        ] {
            assert_eq!(word(line), None, "{line}");
        }
    }
}
