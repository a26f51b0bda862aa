//! The system's own dialog for a file: the person chooses, the page learns the path and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};

use gtk::{FileChooserAction, FileChooserNative, ResponseType, prelude::*};
use tauri::WebviewWindow;
use tokio::sync::oneshot;

/// A name is not longer than this, in characters.
const MAX_CHARS: usize = 100;
/// One dialog at a time.
static OPEN: AtomicBool = AtomicBool::new(false);

/// Asks for a file below `title`: one to be written, where `name` is offered, or one that is there.
/// `None`: the person chose none, or there is a dialog already.
pub async fn choose(
    window: &WebviewWindow,
    title: &str,
    name: Option<&str>,
) -> tauri::Result<Option<String>> {
    if OPEN.swap(true, Ordering::SeqCst) {
        return Ok(None);
    }
    let (tell, told) = oneshot::channel();
    let (title, name) = (shortened(title), name.map(file_name));
    let parent = window.clone();
    let asked = window.run_on_main_thread(move || {
        // GTK's own loop runs the dialog; this thread goes on.
        gtk::glib::spawn_future_local(async move {
            let _ = tell.send(ask(&parent, &title, name.as_deref()).await);
        });
    });
    let chosen = told.await.ok().flatten();
    OPEN.store(false, Ordering::SeqCst);
    asked.map(|()| chosen)
}

async fn ask(parent: &WebviewWindow, title: &str, name: Option<&str>) -> Option<String> {
    let action = if name.is_some() { FileChooserAction::Save } else { FileChooserAction::Open };
    let above = parent.gtk_window().ok();
    let dialog = FileChooserNative::new(Some(title), above.as_ref(), action, None, None);
    if let Some(name) = name {
        dialog.set_current_name(name);
    }
    let answer = dialog.run_future().await;
    let path = (answer == ResponseType::Accept).then(|| dialog.filename()).flatten();
    dialog.destroy();
    path?.to_str().map(str::to_owned)
}

/// A name without folders: where the file goes, the person says.
fn file_name(offered: &str) -> String {
    let plain: String = offered.chars().filter(|sign| !sign.is_control() && *sign != '/').collect();
    shortened(plain.trim_start_matches('.'))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tau_01_the_page_names_a_file_but_no_folder() {
        assert_eq!(file_name("keylodge-2026.backup"), "keylodge-2026.backup");
        assert_eq!(file_name("../../.bashrc"), "bashrc");
        assert_eq!(file_name("\u{1b}[2Ja"), "[2Ja");
        assert_eq!(file_name(&"x".repeat(500)).len(), MAX_CHARS);
    }
}
