//! Does what the broker's events say, and passes each of them on to the windows.

use std::{sync::atomic::Ordering, time::Instant};

use control::{Event, Failure, FailureCode};
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::mpsc;

use crate::{desk::Desk, gate::STILL, windows};

/// The Tauri event that carries a [`control::Event`] to the windows.
pub const BROKER_EVENT: &str = "broker";
/// The Tauri event that tells the prompt for how many milliseconds no *yes* passes from now on.
pub const GATE_EVENT: &str = "gate";

/// Follows the broker until it is gone; then the process ends.
pub async fn follow(app: AppHandle, mut events: mpsc::UnboundedReceiver<Event>) {
    while let Some(event) = events.recv().await {
        if event == Event::Stopping {
            break;
        }
        if let Err(error) = act(&app, &event) {
            eprintln!("A window could not be shown: {error}");
        }
    }
    app.exit(0);
}

fn act(app: &AppHandle, event: &Event) -> tauri::Result<()> {
    if let Event::Prompts { waiting } = event {
        app.state::<Desk>().waiting.store(*waiting, Ordering::Relaxed);
    }
    match event {
        Event::Show { page } => {
            app.state::<Desk>().turn_to(*page);
            windows::show_main(app)?;
        }
        Event::Prompts { waiting: 0 } => windows::close_prompt(app)?,
        Event::Prompts { .. } => {
            disturb(app);
            windows::show_prompt(app)?;
        }
        Event::Changed | Event::Demo(_) | Event::Stopping => {}
    }
    app.emit(BROKER_EVENT, event)
}

/// Brings the prompt forward for a person who asked for it, if anything waits.
pub fn show_waiting(app: &AppHandle) -> Result<(), Failure> {
    if app.state::<Desk>().waiting.load(Ordering::Relaxed) == 0 {
        return Err(failure(FailureCode::NotFound, "Nothing waits for you."));
    }
    disturb(app);
    windows::show_prompt(app)
        .and_then(|()| windows::focus_prompt(app))
        .map_err(|_| failure(FailureCode::Internal, "The prompt cannot be shown."))
}

fn failure(code: FailureCode, sentence: &str) -> Failure {
    Failure { code, sentence: sentence.into(), next: String::new(), id: "desktop-prompt".into() }
}

/// The prompt appeared, moved or shows something else: no *yes* for half a second.
pub fn disturb(app: &AppHandle) {
    app.state::<Desk>().gate.disturb(Instant::now());
    // Without a prompt there is nobody to tell.
    drop(app.emit_to(windows::PROMPT, GATE_EVENT, STILL.as_millis()));
}
