//! Does what the broker's events say, and passes each of them on to the windows.

use std::{sync::atomic::Ordering, time::Instant};

use control::{Event, Page};
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
    match event {
        Event::Show { page } => show(app, *page)?,
        Event::Prompts { waiting } => count_prompts(app, *waiting)?,
        Event::Changed | Event::Demo(_) | Event::Stopping => {}
    }
    app.emit(BROKER_EVENT, event)
}

/// The person opened Keylodge; a prompt that they closed without an answer comes back too.
fn show(app: &AppHandle, page: Page) -> tauri::Result<()> {
    let desk = app.state::<Desk>();
    desk.turn_to(page);
    windows::show_main(app)?;
    if desk.waiting.load(Ordering::Relaxed) > 0 { bring_prompt(app) } else { Ok(()) }
}

fn count_prompts(app: &AppHandle, waiting: u32) -> tauri::Result<()> {
    app.state::<Desk>().waiting.store(waiting, Ordering::Relaxed);
    if waiting > 0 { bring_prompt(app) } else { windows::close_prompt(app) }
}

/// Shows the prompt; nothing passes it for half a second.
pub fn bring_prompt(app: &AppHandle) -> tauri::Result<()> {
    disturb(app);
    windows::show_prompt(app)
}

/// The prompt appeared, moved or shows something else: no *yes* for half a second.
pub fn disturb(app: &AppHandle) {
    app.state::<Desk>().gate.disturb(Instant::now());
    // Without a prompt there is nobody to tell.
    drop(app.emit_to(windows::PROMPT, GATE_EVENT, STILL.as_millis()));
}
