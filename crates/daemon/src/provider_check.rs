//! Looks a provider's entry over, without a broker: `keylodge provider check`.

use std::{collections::BTreeMap, fs::File, io::Read, path::Path, sync::Arc};

use broker::{Provider, ProviderId, Upstream};
use providers::{
    Upstreams,
    check::{Remark, Supports, Weight, check_entry},
    read_entry,
};
use serde::Serialize;

use crate::machine::{MachineClock, MachineEntropy};

/// No entry is longer; the reader says so.
const MAX_BYTES: u64 = 256 * 1024 + 1;

/// What was found.
#[derive(Debug, Serialize)]
pub struct ProviderReport {
    /// The entry's id; none where it cannot be read.
    pub provider: Option<String>,
    /// Whether nothing is wrong that would keep it from working.
    pub fine: bool,
    /// What was noticed, what matters most first.
    pub remarks: Vec<Remark>,
    /// What the server says it can do, if it was asked.
    pub supports: Option<Supports>,
}

/// Looks at a file, or at the shipped entry of that id with its form filled in as `inputs` says. With `live`, its issuer is
/// asked for its metadata and nothing else. The error says in a sentence why there is nothing to look at.
pub fn check_provider(
    what: &str,
    inputs: &BTreeMap<String, String>,
    live: bool,
) -> Result<ProviderReport, String> {
    let upstreams = Upstreams::new(Arc::new(MachineEntropy), Arc::new(MachineClock));
    let entry = match shipped(&upstreams, what, inputs) {
        Some(entry) => entry?,
        None => match read_entry(&text(Path::new(what))?) {
            Ok(entry) => entry,
            Err(why) => return Ok(unreadable(why)),
        },
    };
    let mut remarks = check_entry(&entry);
    let mut supports = None;
    if live {
        let (more, told) = compared(&upstreams, &entry)?;
        remarks.extend(more);
        remarks.sort_by_key(|remark| remark.weight);
        supports = told;
    }
    let fine = remarks.iter().all(|remark| remark.weight != Weight::Error);
    Ok(ProviderReport { provider: Some(entry.id.to_string()), fine, remarks, supports })
}

/// The shipped entry of that id; none where there is a file of that name, or no such entry.
fn shipped(
    upstreams: &Upstreams,
    id: &str,
    inputs: &BTreeMap<String, String>,
) -> Option<Result<Provider, String>> {
    if Path::new(id).exists() {
        return None;
    }
    let form = upstreams.form(&ProviderId::from_text(id))?;
    if inputs.is_empty() {
        return Some(Ok(form.usual()));
    }
    // Whoever fills it in knows the addresses.
    let filled = form.filled(inputs).map(|filled| Provider { private: true, ..filled });
    Some(filled.map_err(|error| error.to_string()))
}

fn text(path: &Path) -> Result<String, String> {
    let cannot = |error: std::io::Error| {
        format!("{} is no shipped provider, and as a file it cannot be read: {error}.", path.display())
    };
    let mut text = String::new();
    File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)).map_err(cannot)?;
    Ok(text)
}

fn unreadable(why: String) -> ProviderReport {
    let remark = Remark { weight: Weight::Error, about: "file".to_owned(), says: why };
    ProviderReport { provider: None, fine: false, remarks: vec![remark], supports: None }
}

fn compared(upstreams: &Upstreams, entry: &Provider) -> Result<(Vec<Remark>, Option<Supports>), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("Nothing can be asked ({error})."))?;
    Ok(runtime.block_on(upstreams.compare(entry)))
}
