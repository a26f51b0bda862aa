//! Puts the desktop process together: channel, windows, and the rules for when it ends.

use std::{
    error::Error,
    io,
    os::unix::net::UnixStream,
    sync::{Mutex, PoisonError, atomic::AtomicU32},
};

use control::{Page, Place};
use tauri::{App, AppHandle, Manager, RunEvent, WindowEvent};

use crate::{
    channel::Channel,
    commands, events,
    gate::Gate,
    linger::{self, Linger},
    web_data::WebData,
    windows,
};

/// What the commands and the windows share.
pub struct Desk {
    /// The way to the broker.
    pub channel: Channel,
    /// Keeps back a *yes* that comes too soon.
    pub gate: Gate,
    /// How many prompts wait, as the broker last said.
    pub waiting: AtomicU32,
    /// Where the web view's files go.
    pub web_data: WebData,
    linger: Linger,
    page: Mutex<Page>,
}

impl Desk {
    fn new(channel: Channel, web_data: WebData) -> Self {
        Self {
            channel,
            web_data,
            gate: Gate::default(),
            waiting: AtomicU32::default(),
            linger: Linger::default(),
            page: Mutex::default(),
        }
    }

    /// The page last asked for.
    pub fn page(&self) -> Page {
        *self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The main window should be on `page`.
    pub fn turn_to(&self, page: Page) {
        *self.page.lock().unwrap_or_else(PoisonError::into_inner) = page;
    }
}

/// Shows what the broker on `socket` asks to show, until it is done.
pub fn run(socket: UnixStream) -> Result<(), Box<dyn Error>> {
    require_display()?;
    let web_data = WebData::fresh(&Place::from_environment().ok_or("no runtime directory is known")?)?;
    let (channel, events) = tauri::async_runtime::block_on(async { Channel::open(socket) })?;
    let app = tauri::Builder::default()
        .manage(Desk::new(channel, web_data))
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::choose_file,
            commands::initial_page,
            commands::prompt_call,
            commands::show_prompt
        ])
        .build(tauri::generate_context!())?;
    tauri::async_runtime::spawn(events::follow(app.handle().clone(), events));
    begin_wait(app.handle());
    run_loop(app);
    Ok(())
}

/// GTK ends the program without a word where there is no display.
fn require_display() -> io::Result<()> {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let found = is_set("DISPLAY") || is_set("WAYLAND_DISPLAY");
    found.then_some(()).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "there is no display"))
}

fn run_loop(app: App) {
    app.run(|app, event| match event {
        // The last window closed; the process stays a little. `AppHandle::exit` carries a code.
        RunEvent::ExitRequested { code: None, api, .. } => api.prevent_exit(),
        RunEvent::WindowEvent { label, event, .. } => on_window_event(app, &label, &event),
        RunEvent::Exit => app.state::<Desk>().web_data.clear(),
        _ => {}
    });
}

fn on_window_event(app: &AppHandle, label: &str, event: &WindowEvent) {
    match event {
        WindowEvent::Destroyed => begin_wait(app),
        WindowEvent::Moved(_) | WindowEvent::Resized(_) | WindowEvent::ScaleFactorChanged { .. }
            if label == windows::PROMPT =>
        {
            events::disturb(app);
        }
        _ => {}
    }
}

fn begin_wait(app: &AppHandle) {
    let Some(patience) = linger::PATIENCE else { return };
    let app = app.clone();
    let ticket = app.state::<Desk>().linger.change();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(patience).await;
        let nothing_happened = app.state::<Desk>().linger.unchanged(ticket);
        if nothing_happened && app.webview_windows().is_empty() {
            app.exit(0);
        }
    });
}
