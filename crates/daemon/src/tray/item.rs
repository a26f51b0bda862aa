//! `org.kde.StatusNotifierItem`: the sign, as the desktop's panel reads it.

#![expect(
    clippy::used_underscore_binding,
    clippy::unused_self,
    reason = "methods take what the interface names, needed or not"
)]

use tokio::sync::{mpsc, watch};
use zbus::{interface, object_server::SignalEmitter, zvariant::ObjectPath};

use super::{
    icon::{Pixmap, drawn},
    menu,
    state::{Deed, Shown, State},
};

/// Where it is served.
pub const PATH: &str = "/StatusNotifierItem";

/// Picture's name and pixels, title, text.
type ToolTip = (String, Vec<Pixmap>, String, String);

/// The sign.
pub struct Item {
    pub shown: watch::Receiver<Shown>,
    pub clicks: mpsc::Sender<Deed>,
}

impl Item {
    fn state(&self) -> State {
        self.shown.borrow().state
    }

    /// Whoever clicks faster than we act is not heard.
    fn show(&self) {
        let _ = self.clicks.try_send(Deed::Show);
    }
}

/// The word for a state that the interface knows.
pub fn status(state: State) -> &'static str {
    if matches!(state, State::Waiting) { "NeedsAttention" } else { "Active" }
}

#[interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    fn activate(&self, _x: i32, _y: i32) {
        self.show();
    }

    fn secondary_activate(&self, _x: i32, _y: i32) {
        self.show();
    }

    /// The panel draws our menu itself.
    fn context_menu(&self, _x: i32, _y: i32) {}

    fn scroll(&self, _delta: i32, _orientation: &str) {}

    #[zbus(property)]
    fn category(&self) -> &'static str {
        "ApplicationStatus"
    }

    #[zbus(property)]
    fn id(&self) -> &'static str {
        "keylodge"
    }

    #[zbus(property)]
    fn title(&self) -> String {
        self.shown.borrow().name.clone()
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        status(self.state())
    }

    #[zbus(property)]
    fn window_id(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> &'static str {
        ""
    }

    /// Names of pictures stay empty: ours are not in any theme.
    #[zbus(property)]
    fn icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<Pixmap> {
        drawn(self.state())
    }

    #[zbus(property)]
    fn overlay_icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn overlay_icon_pixmap(&self) -> Vec<Pixmap> {
        Vec::new()
    }

    #[zbus(property)]
    fn attention_icon_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn attention_icon_pixmap(&self) -> Vec<Pixmap> {
        drawn(self.state())
    }

    #[zbus(property)]
    fn attention_movie_name(&self) -> &'static str {
        ""
    }

    #[zbus(property)]
    fn tool_tip(&self) -> ToolTip {
        let shown = self.shown.borrow();
        (String::new(), Vec::new(), shown.name.clone(), shown.sentence.clone())
    }

    #[zbus(property)]
    fn item_is_menu(&self) -> bool {
        false
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked(menu::PATH)
    }

    #[zbus(signal)]
    pub async fn new_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    pub async fn new_attention_icon(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    pub async fn new_tool_tip(emitter: &SignalEmitter<'_>) -> zbus::Result<()>;

    #[zbus(signal)]
    pub async fn new_status(emitter: &SignalEmitter<'_>, status: &str) -> zbus::Result<()>;
}
