//! A desktop's panel: it shows signs (`org.kde.StatusNotifierWatcher`) and reads and clicks their menus
//! (`com.canonical.dbusmenu`).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use zbus::{
    blocking::{Connection, Proxy, connection::Builder, fdo::DBusProxy},
    interface,
    zvariant::{OwnedValue, Structure, Value},
};

use crate::{Bus, until_some};

const NAME: &str = "org.kde.StatusNotifierWatcher";

/// A panel on a bus; gone when dropped.
#[derive(Debug)]
pub struct Panel {
    connection: Connection,
    registered: Arc<Mutex<Vec<String>>>,
}

/// A sign that was made known to the panel.
#[derive(Debug)]
pub struct Sign {
    connection: Connection,
    service: String,
}

/// Width, height, and four bytes for each pixel.
pub type Pixmap = (i32, i32, Vec<u8>);

/// A line of its menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MenuLine {
    /// What a click names.
    pub id: i32,
    /// What it says; empty where it parts others.
    pub label: String,
    /// Whether it can be clicked.
    pub enabled: bool,
    /// The lines below it.
    pub below: Vec<MenuLine>,
}

struct Watcher(Arc<Mutex<Vec<String>>>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(service);
    }
}

impl Panel {
    /// Puts one on the bus.
    pub fn on(bus: &Bus) -> Self {
        let registered = Arc::default();
        let connection = Builder::address(bus.address.as_str())
            .and_then(|builder| builder.name(NAME))
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", Watcher(Arc::clone(&registered))))
            .and_then(Builder::build)
            .expect("a panel on the bus");
        Self { connection, registered }
    }

    /// The sign that was made known last, if it is still there.
    pub fn sign_now(&self) -> Option<Sign> {
        let service = self.registered.lock().unwrap_or_else(PoisonError::into_inner).last()?.clone();
        let name = service.as_str().try_into().expect("a bus name");
        let there = DBusProxy::new(&self.connection).expect("the bus").name_has_owner(name);
        there.expect("an answer").then(|| Sign { connection: self.connection.clone(), service })
    }

    /// The sign; waits for it.
    pub fn sign(&self) -> Sign {
        until_some("a sign in the panel", || self.sign_now())
    }
}

impl Sign {
    /// One of its properties.
    pub fn property<T>(&self, name: &str) -> T
    where
        T: TryFrom<OwnedValue>,
        T::Error: Into<zbus::Error>,
    {
        self.item().get_property(name).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Its text, as a panel shows it beside the pointer.
    pub fn text(&self) -> String {
        let (_, _, _, text): (String, Vec<Pixmap>, String, String) = self.property("ToolTip");
        text
    }

    /// Its picture: width, height and pixels for each size.
    pub fn picture(&self) -> Vec<Pixmap> {
        self.property("IconPixmap")
    }

    /// Clicks the sign itself.
    pub fn activate(&self) {
        self.item().call_method("Activate", &(3, 4)).expect("a click");
    }

    /// Its menu.
    pub fn menu(&self) -> Vec<MenuLine> {
        let (_, root): (u32, Node) =
            self.dbusmenu().call("GetLayout", &(0, -1, Vec::<&str>::new())).expect("a menu");
        root.2.iter().map(|line| menu_line(line)).collect()
    }

    /// Labels of its menu.
    pub fn labels(&self) -> Vec<String> {
        self.menu().into_iter().map(|line| line.label).filter(|label| !label.is_empty()).collect()
    }

    /// Clicks a line, wherever in the menu it is.
    pub fn click(&self, label: &str) {
        let found = all(self.menu()).into_iter().find(|line| line.label == label);
        let line = found.unwrap_or_else(|| panic!("no line {label:?} in {:?}", self.labels()));
        self.event(line.id, "clicked");
    }

    /// Sends whatever event to whatever line.
    pub fn event(&self, id: i32, event: &str) {
        // A line that is not there is refused: that is an answer, too.
        let _ = self.dbusmenu().call_method("Event", &(id, event, Value::from(0), 0u32));
    }

    fn item(&self) -> Proxy<'_> {
        let proxy = zbus::blocking::proxy::Builder::new(&self.connection)
            .destination(self.service.as_str())
            .and_then(|builder| builder.path("/StatusNotifierItem"))
            .and_then(|builder| builder.interface("org.kde.StatusNotifierItem"));
        let proxy = proxy.map(|builder| builder.cache_properties(zbus::proxy::CacheProperties::No));
        proxy.and_then(zbus::blocking::proxy::Builder::build).expect("a proxy")
    }

    fn dbusmenu(&self) -> Proxy<'static> {
        let path: zbus::zvariant::OwnedObjectPath = self.property("Menu");
        Proxy::new(&self.connection, self.service.clone(), path, "com.canonical.dbusmenu").expect("a proxy")
    }
}

type Node = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

/// All lines, those below others after them.
fn all(lines: Vec<MenuLine>) -> Vec<MenuLine> {
    lines.into_iter().flat_map(|line| [vec![line.clone()], all(line.below)].concat()).collect()
}

fn menu_line(node: &Value<'_>) -> MenuLine {
    let node = Structure::try_from(node.try_clone().expect("a copy")).expect("a line");
    let [Value::I32(id), Value::Dict(properties), Value::Array(below)] = node.fields() else {
        panic!("not a line: {node:?}");
    };
    let label: Option<String> = properties.get(&"label").expect("properties");
    let enabled: Option<bool> = properties.get(&"enabled").expect("properties");
    let below = below.iter().map(|child| match child {
        Value::Value(child) => menu_line(child),
        other => menu_line(other),
    });
    MenuLine {
        id: *id,
        label: label.unwrap_or_default(),
        enabled: enabled.unwrap_or(true),
        below: below.collect(),
    }
}
