//! The log: on standard error, without secrets, as much as `KEYLODGE_LOG` asks for.

use tracing_subscriber::EnvFilter;

/// Starts logging. `KEYLODGE_LOG` takes the usual filter words (`info`, `debug`, `loopback=debug`); the default is
/// `info`. Calling it a second time changes nothing.
pub fn start_logging() {
    let filter = EnvFilter::try_from_env("KEYLODGE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .try_init();
}
