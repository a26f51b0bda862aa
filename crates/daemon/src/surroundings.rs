//! What the rules see of the machine: tasks, the browser, and whoever watches.

use std::sync::Arc;

use broker::{Notice, Surroundings};
use control::{Event, Page};
use futures_util::future::BoxFuture;
use tokio::{runtime::Handle, sync::broadcast};
use url::Url;

use crate::{browser, desktop::Desktop, notifications::Tidings};

/// So many events may wait for a slow watcher; it re-reads everything when it missed some.
const EVENTS_KEPT: usize = 256;

/// Tasks run on the runtime that made this; events go to all who watch; prompts open the window.
pub struct MachineSurroundings {
    runtime: Handle,
    events: broadcast::Sender<Event>,
    desktop: Arc<Desktop>,
    tidings: Arc<Tidings>,
}

impl MachineSurroundings {
    pub fn new(runtime: Handle, desktop: Arc<Desktop>) -> Self {
        Self { runtime, events: broadcast::Sender::new(EVENTS_KEPT), desktop, tidings: Arc::default() }
    }

    /// What happened and the person is to be told.
    pub fn tidings(&self) -> Arc<Tidings> {
        Arc::clone(&self.tidings)
    }

    /// The channel that events go to.
    pub fn events(&self) -> broadcast::Sender<Event> {
        self.events.clone()
    }
}

impl Surroundings for MachineSurroundings {
    fn run(&self, task: BoxFuture<'static, ()>) {
        self.runtime.spawn(task);
    }

    fn open_browser(&self, address: &Url) -> bool {
        self.desktop.has_display() && browser::open(address)
    }

    fn notify(&self, notice: Notice) {
        let event = match notice {
            Notice::Changed => Event::Changed,
            Notice::Tiding(tiding) => {
                if tiding.is_alarm()
                    && let Err(why) = self.desktop.show(Page::Activity)
                {
                    tracing::warn!(why, "something happened that the person should see; see the activity");
                }
                self.tidings.keep(tiding);
                Event::Changed
            }
            Notice::WaitingForUnlock(_) => {
                self.desktop.show_unlock();
                Event::Changed
            }
            Notice::Prompts(waiting) => {
                if waiting > 0 {
                    self.desktop.show_prompts();
                }
                Event::Prompts { waiting: u32::try_from(waiting).unwrap_or(u32::MAX) }
            }
        };
        // Nobody watches: then nobody needs to know.
        let _ = self.events.send(event);
    }

    fn has_display(&self) -> bool {
        self.desktop.has_display()
    }
}
