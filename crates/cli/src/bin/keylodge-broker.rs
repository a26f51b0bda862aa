//! `keylodge-broker`: see the library.

fn main() -> std::process::ExitCode {
    cli::broker()
}
