//! The one place that sees the whole house: it wires the rules to vault, providers, loopback and desktop, gives them
//! a clock, randomness and a browser, and runs them from start to stop.

mod autostart;
mod browser;
mod buses;
mod configuration;
mod demo_house;
mod desktop;
mod discovery;
mod findings;
mod hardening;
mod household;
mod lock_signals;
mod logging;
mod machine;
mod named_file;
mod notifications;
mod policy;
mod provider_check;
mod provider_files;
mod serve;
mod service_manager;
mod session;
mod surroundings;
#[cfg(feature = "webdriver")]
mod test_channel;
mod thrift;
mod tray;
mod words;

pub use configuration::{Configuration, DEFAULT_PORT};
pub use demo_house::{DEMO_PROVIDER, demo_provider};
pub use discovery::Discovery;
pub use logging::start_logging;
pub use provider_check::{ProviderReport, check_provider};
pub use serve::{Running, ServeError, serve, start};

/// The version that every surface tells.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
