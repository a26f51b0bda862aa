//! `com.canonical.dbusmenu`: the menu, as the desktop's panel reads and clicks it.

#![expect(
    clippy::used_underscore_binding,
    clippy::unused_self,
    reason = "methods take what the interface names, needed or not"
)]

use std::collections::HashMap;

use serde::Serialize;
use tokio::sync::{mpsc, watch};
use zbus::{
    fdo, interface,
    object_server::SignalEmitter,
    zvariant::{OwnedValue, Str, StructureBuilder, Type, Value},
};

use super::state::{Deed, Line, Shown};

/// Where it is served.
pub const PATH: &str = "/MenuBar";

/// The menu as a whole has this id, its lines count from one on; the line of a menu in the menu is so much further.
const ROOT: i32 = 0;
const INNER: i32 = 100;

type Properties = HashMap<&'static str, Value<'static>>;

/// The menu.
pub struct Menu {
    pub shown: watch::Receiver<Shown>,
    pub clicks: mpsc::Sender<Deed>,
    /// Goes up with each change, so that a panel knows what it has read.
    pub revision: watch::Receiver<u32>,
}

/// A line with those below it.
#[derive(Debug, Serialize, Type)]
#[zvariant(signature = "(ia{sv}av)")]
struct Node {
    id: i32,
    properties: Properties,
    children: Vec<Value<'static>>,
}

impl Node {
    fn into_value(self) -> zbus::Result<Value<'static>> {
        let node =
            StructureBuilder::new().add_field(self.id).add_field(self.properties).add_field(self.children);
        Ok(node.build()?.into())
    }
}

/// A line as it is shown: its properties, the deed if it does one, the line below it if it has one.
struct Entry {
    properties: Properties,
    deed: Option<Deed>,
    below: Option<i32>,
}

impl Menu {
    /// The line with this id, as the menu is now.
    fn entry(&self, id: i32) -> Option<Entry> {
        let shown = self.shown.borrow();
        if id == ROOT {
            let properties = HashMap::from([("children-display", text("submenu"))]);
            return Some(Entry { properties, deed: None, below: None });
        }
        let inner = id > INNER;
        let at = usize::try_from(if inner { id - INNER } else { id }).ok()?.checked_sub(1)?;
        match shown.menu.get(at)? {
            Line::Menu(_, (label, deed)) if inner => Some(labelled(label, Some(*deed))),
            _ if inner => None,
            Line::Words(label) => {
                let mut entry = labelled(label, None);
                entry.properties.insert("enabled", false.into());
                Some(entry)
            }
            Line::Deed(label, deed) => Some(labelled(label, Some(*deed))),
            Line::Menu(label, _) => {
                let mut entry = labelled(label, None);
                entry.properties.insert("children-display", text("submenu"));
                Some(Entry { below: Some(id + INNER), ..entry })
            }
            Line::Rule => {
                let properties = HashMap::from([("type", text("separator"))]);
                Some(Entry { properties, deed: None, below: None })
            }
        }
    }

    fn below(&self, id: i32) -> Vec<i32> {
        if id == ROOT {
            return (1..=i32::try_from(self.shown.borrow().menu.len()).unwrap_or_default()).collect();
        }
        self.entry(id).and_then(|entry| entry.below).into_iter().collect()
    }

    /// A line with those below it, `depth` levels of them (all if it is negative).
    fn node(&self, id: i32, depth: i32) -> fdo::Result<Node> {
        let entry = self.entry(id).ok_or_else(no_such_line)?;
        let below = if depth == 0 { Vec::new() } else { self.below(id) };
        let children =
            below.into_iter().map(|child| Ok(self.node(child, depth.saturating_sub(1))?.into_value()?));
        Ok(Node { id, properties: entry.properties, children: children.collect::<fdo::Result<_>>()? })
    }

    /// Only a click does something, and whoever clicks faster than we act is not heard.
    fn happened(&self, id: i32, event: &str) -> bool {
        let Some(entry) = self.entry(id) else { return false };
        if let (Some(deed), "clicked") = (entry.deed, event) {
            let _ = self.clicks.try_send(deed);
        }
        true
    }
}

#[interface(name = "com.canonical.dbusmenu")]
impl Menu {
    /// All properties are given, whichever are asked for: there are few.
    fn get_layout(
        &self,
        parent_id: i32,
        recursion_depth: i32,
        _names: Vec<String>,
    ) -> fdo::Result<(u32, Node)> {
        Ok((*self.revision.borrow(), self.node(parent_id, recursion_depth)?))
    }

    fn get_group_properties(&self, ids: Vec<i32>, _names: Vec<String>) -> Vec<(i32, Properties)> {
        let all = || self.below(ROOT).into_iter().flat_map(|id| [vec![id], self.below(id)].concat());
        let ids = if ids.is_empty() { all().collect() } else { ids };
        ids.into_iter().filter_map(|id| Some((id, self.entry(id)?.properties))).collect()
    }

    fn get_property(&self, id: i32, name: &str) -> fdo::Result<OwnedValue> {
        let mut properties = self.entry(id).ok_or_else(no_such_line)?.properties;
        let property = properties.remove(name).ok_or_else(no_such_line)?;
        property.try_into().map_err(|_| no_such_line())
    }

    fn event(&self, id: i32, event_id: &str, _data: Value<'_>, _timestamp: u32) -> fdo::Result<()> {
        self.happened(id, event_id).then_some(()).ok_or_else(no_such_line)
    }

    /// Gives the ids that there are not.
    fn event_group(&self, events: Vec<(i32, String, OwnedValue, u32)>) -> Vec<i32> {
        events.into_iter().filter(|(id, event, ..)| !self.happened(*id, event)).map(|(id, ..)| id).collect()
    }

    /// What is told is always what is there.
    fn about_to_show(&self, _id: i32) -> bool {
        false
    }

    fn about_to_show_group(&self, ids: Vec<i32>) -> (Vec<i32>, Vec<i32>) {
        (Vec::new(), ids.into_iter().filter(|id| self.entry(*id).is_none()).collect())
    }

    #[zbus(property)]
    fn version(&self) -> u32 {
        3
    }

    #[zbus(property)]
    fn text_direction(&self) -> &'static str {
        "ltr"
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        "normal"
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(signal)]
    pub async fn layout_updated(emitter: &SignalEmitter<'_>, revision: u32, parent: i32) -> zbus::Result<()>;
}

fn labelled(label: &str, deed: Option<Deed>) -> Entry {
    // A single underscore would stand for a key of the keyboard.
    let properties = HashMap::from([("label", text(&label.replace('_', "__")))]);
    Entry { properties, deed, below: None }
}

fn text(text: &str) -> Value<'static> {
    Value::Str(Str::from(text.to_owned()))
}

fn no_such_line() -> fdo::Error {
    fdo::Error::InvalidArgs("The menu has no such line or property.".to_owned())
}
