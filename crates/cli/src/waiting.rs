//! Says what is awaited, on standard error: as a spinner at a terminal, else as one line.

use std::{io::IsTerminal, time::Duration};

use indicatif::{ProgressBar, ProgressStyle};

const TICK: Duration = Duration::from_millis(120);

/// Shown until it is dropped.
pub struct Waiting(Option<ProgressBar>);

impl Waiting {
    /// Begins to say what is awaited.
    pub fn new(awaited: &str) -> Self {
        if !std::io::stderr().is_terminal() {
            anstream::eprintln!("{awaited}");
            return Self(None);
        }
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        let spinner = ProgressBar::new_spinner().with_message(awaited.to_owned());
        spinner.set_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
        spinner.enable_steady_tick(TICK);
        Self(Some(spinner))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(spinner) = &self.0 {
            spinner.finish_and_clear();
        }
    }
}
