//! The sign in the desktop's tray, over the session's bus: how Keylodge is, and a menu. It belongs to the broker process and
//! needs neither GTK nor a window. Without a tray it waits for one to come.

mod icon;
mod item;
mod menu;
mod state;

use std::{convert::Infallible, future::pending, sync::Arc};

use broker::{Broker, preferences::setting};
use control::{Event, Page};
use futures_util::StreamExt;
use tokio::{
    sync::{Notify, broadcast, mpsc, watch},
    time::{Duration, sleep},
};
use zbus::{Connection, MatchRule, MessageStream, message::Type};

use self::{
    item::Item,
    menu::Menu,
    state::{Deed, Shown},
};
use crate::{desktop::Desktop, notifications::Tidings, words::Words};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
/// Changes come in swarms; so long is waited for the rest of one before we look.
const SETTLING: Duration = Duration::from_millis(200);
/// The end of a pause is no change that anybody tells of: it is looked for so often.
const WHILE_PAUSED: Duration = Duration::from_secs(5);
const PAUSE_SECONDS: u32 = 3600;
/// So many clicks may wait to be carried out.
const CLICKS: usize = 8;

/// What the sign and the notifications tell of, and what they can do.
pub struct Hands {
    pub broker: Broker,
    pub desktop: Arc<Desktop>,
    pub events: broadcast::Sender<Event>,
    pub tidings: Arc<Tidings>,
    /// Woken when the person wants the broker to end.
    pub quit: Arc<Notify>,
}

impl Hands {
    async fn carry_out(&self, deed: Deed) {
        let done = match deed {
            Deed::Show => self.show(Page::default()),
            Deed::ShowUnlock => self.show(Page::Unlock),
            Deed::ShowWaiting => self.show_waiting(),
            Deed::Pause => self.broker.pause(PAUSE_SECONDS).await.map_err(|error| error.to_string()),
            Deed::Lock => self.broker.lock().await.map_err(|error| error.to_string()),
            Deed::Panic => self.broker.panic().await.map_err(|error| error.to_string()),
            Deed::Quit => {
                self.quit.notify_one();
                Ok(())
            }
        };
        if let Err(why) = done {
            tracing::warn!(why, ?deed, "what was clicked in the tray could not be done");
        }
    }

    fn show(&self, page: Page) -> Result<(), String> {
        self.desktop.show(page)
    }

    /// The window's head leads to what was put off; the prompt itself comes in front.
    fn show_waiting(&self) -> Result<(), String> {
        self.desktop.show_prompts();
        self.show(Page::default())
    }

    /// What is to be shown now; `None` if the person wants no sign.
    async fn look(&self) -> Option<Shown> {
        // While the vault is closed nobody knows what was set: then the sign is shown, for that is when it is of most use.
        if self.broker.preferences().is_ok_and(|set| !set.on(&setting::TRAY)) {
            return None;
        }
        let words = Words::of(self.broker.locale().language());
        Some(Shown::of(self.broker.glance(), self.broker.vault_state().await, &words))
    }
}

/// Shows the sign for as long as the bus is there. What goes wrong with it is nobody else's matter.
pub async fn show(bus: &Connection, hands: &Arc<Hands>) -> Infallible {
    if let Err(error) = keep_shown(bus, hands).await {
        tracing::debug!(%error, "the tray cannot be used");
    }
    pending().await
}

async fn keep_shown(bus: &Connection, hands: &Arc<Hands>) -> zbus::Result<()> {
    let mut events = hands.events.subscribe();
    let mut watchers = MessageStream::for_match_rule(new_watcher()?, bus, None).await?;
    let mut sign = None;
    loop {
        match (hands.look().await, sign.take()) {
            (Some(shown), None) => sign = Some(Sign::put_up(bus, hands, shown).await?),
            (Some(shown), Some(up)) => sign = Some(up.show(bus, shown).await?),
            (None, Some(up)) => up.take_down(bus).await?,
            (None, None) => {}
        }
        let paused = hands.broker.pause_end().is_some();
        tokio::select! {
            () = changed(&mut events) => {}
            Some(_) = watchers.next() => register(bus).await,
            () = sleep(WHILE_PAUSED), if paused => {}
        }
    }
}

/// Waits for a change, and for those that come with it.
pub async fn changed(events: &mut broadcast::Receiver<Event>) {
    let _ = events.recv().await;
    sleep(SETTLING).await;
    *events = events.resubscribe();
}

/// Tells of every tray that comes.
fn new_watcher() -> zbus::Result<MatchRule<'static>> {
    let rule = MatchRule::builder().msg_type(Type::Signal).sender("org.freedesktop.DBus")?;
    Ok(rule.member("NameOwnerChanged")?.arg(0, WATCHER)?.build())
}

/// The name under which a tray knows us; it is ours while the sign is shown.
fn own_name() -> String {
    format!("org.kde.StatusNotifierItem-{}-1", std::process::id())
}

/// Makes the sign known to the tray, if there is one: none is started for us.
async fn register(bus: &Connection) {
    let name = own_name();
    let there = bus.call_method(
        Some("org.freedesktop.DBus"),
        "/org/freedesktop/DBus",
        Some("org.freedesktop.DBus"),
        "NameHasOwner",
        &WATCHER,
    );
    if !there.await.is_ok_and(|answer| answer.body().deserialize().unwrap_or(false)) {
        return;
    }
    let known =
        bus.call_method(Some(WATCHER), WATCHER_PATH, Some(WATCHER), "RegisterStatusNotifierItem", &name);
    if let Err(error) = known.await {
        tracing::debug!(%error, "the tray does not take the sign");
    }
}

/// The sign while it is shown.
struct Sign {
    shown: watch::Sender<Shown>,
    revision: watch::Sender<u32>,
    /// Ends when the sign is taken down.
    _clicks: tokio::task::JoinSet<()>,
}

impl Sign {
    async fn put_up(bus: &Connection, hands: &Arc<Hands>, shown: Shown) -> zbus::Result<Self> {
        let (shown, revision) = (watch::Sender::new(shown), watch::Sender::new(1));
        let (clicks, clicked) = mpsc::channel(CLICKS);
        let item = Item { shown: shown.subscribe(), clicks: clicks.clone() };
        let menu = Menu { shown: shown.subscribe(), clicks, revision: revision.subscribe() };
        bus.object_server().at(item::PATH, item).await?;
        bus.object_server().at(menu::PATH, menu).await?;
        bus.request_name(own_name()).await?;
        register(bus).await;
        let mut carrying_out = tokio::task::JoinSet::new();
        carrying_out.spawn(carry_out(Arc::clone(hands), clicked));
        Ok(Self { shown, revision, _clicks: carrying_out })
    }

    /// Shows something else, and tells the tray what has changed.
    async fn show(self, bus: &Connection, new: Shown) -> zbus::Result<Self> {
        let old = self.shown.send_replace(new.clone());
        let item = bus.object_server().interface::<_, Item>(item::PATH).await?;
        if old.state != new.state {
            Item::new_icon(item.signal_emitter()).await?;
            Item::new_attention_icon(item.signal_emitter()).await?;
            Item::new_status(item.signal_emitter(), item::status(new.state)).await?;
        }
        if old.sentence != new.sentence {
            Item::new_tool_tip(item.signal_emitter()).await?;
        }
        if old.menu != new.menu {
            self.revision.send_modify(|revision| *revision = revision.wrapping_add(1));
            let menu = bus.object_server().interface::<_, Menu>(menu::PATH).await?;
            let revision = *self.revision.borrow();
            Menu::layout_updated(menu.signal_emitter(), revision, 0).await?;
        }
        Ok(self)
    }

    /// With its name the tray loses sight of it.
    async fn take_down(self, bus: &Connection) -> zbus::Result<()> {
        bus.release_name(own_name()).await?;
        bus.object_server().remove::<Item, _>(item::PATH).await?;
        bus.object_server().remove::<Menu, _>(menu::PATH).await?;
        Ok(())
    }
}

/// One click after the other.
async fn carry_out(hands: Arc<Hands>, mut clicked: mpsc::Receiver<Deed>) {
    while let Some(deed) = clicked.recv().await {
        hands.carry_out(deed).await;
    }
}
