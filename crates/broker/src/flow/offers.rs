//! Offers: entries that files in the person's configuration directory propose, and what it takes to accept one.

use std::sync::Arc;

use crate::{
    Broker, Error, Offer, Presence, Provider, ProviderId, ProviderInfo, Standing,
    messages::{refusals, sign_in},
};

/// One such file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferFile {
    /// Its name.
    pub file: String,
    /// What it proposes, or what is wrong with it, in sentences.
    pub outcome: Result<Offer, String>,
}

impl Broker {
    /// Takes note of the files that are there: of each its name, and its text or why it cannot be read. Nothing else
    /// changes by this.
    pub fn set_offers(&self, files: Vec<(String, Result<String, String>)>) {
        let mut read: Vec<OfferFile> =
            files.into_iter().map(|(file, text)| self.read_offer(file, text)).collect();
        refuse_doubles(&mut read);
        self.replace_offers(read);
    }

    /// The offers that can be accepted: new ones, and those whose file has changed since.
    pub fn offers(&self) -> Result<Vec<(Offer, Standing)>, Error> {
        let offers = self.offer_files().into_iter().filter_map(|file| file.outcome.ok());
        let standing = |offer: Offer| (self.standing(&offer), offer);
        let told = offers.map(standing).map(|(standing, offer)| Ok((offer, standing?)));
        let open = |told: &Result<(Offer, Standing), Error>| {
            told.as_ref().map_or(true, |(_, standing)| *standing != Standing::Accepted)
        };
        told.filter(open).collect()
    }

    /// How an offer stands to what is kept.
    pub fn standing(&self, offer: &Offer) -> Result<Standing, Error> {
        self.look(|house| offer.standing(house.providers.get(&offer.entry.id).map(AsRef::as_ref)))
    }

    /// The offer of this provider that can be accepted.
    pub fn offer(&self, provider: &str) -> Result<(Offer, Standing), Error> {
        let mut offers = self.offers()?.into_iter();
        let found = offers.find(|(offer, _)| offer.entry.id.as_str() == provider);
        found.ok_or_else(|| Error::NotFound(sign_in::NOT_OFFERED.with([("provider", &provider)])))
    }

    /// Keeps what a file proposes, as it was `shown` to the person. Sign-ins that stand end where it would take their
    /// secrets elsewhere.
    pub async fn accept_offer(
        &self,
        provider: &str,
        shown: &str,
        presence: &Presence,
    ) -> Result<ProviderInfo, Error> {
        let kept =
            self.look(|house| house.providers.get(&ProviderId::from_text(provider)).map(Arc::clone))?;
        if kept.is_some_and(|kept| kept.accepted.as_deref() == Some(shown)) {
            return self.provider(provider);
        }
        let (offer, _) = self.offer(provider)?;
        if offer.shown != shown {
            return Err(Error::InvalidRequest(refusals::OFFER_CHANGED.with([("file", &offer.file)])));
        }
        let entry = Provider { accepted: Some(offer.shown.clone()), ..(*offer.entry).clone() };
        self.add_provider(entry, presence).await
    }

    fn read_offer(&self, file: String, text: Result<String, String>) -> OfferFile {
        let read = |text: String| {
            let entry = self.read_provider(&text).map_err(|error| error.to_string())?;
            Ok(Offer::new(&file, &text, entry))
        };
        let outcome = text.and_then(read);
        OfferFile { file, outcome }
    }
}

/// Of two files with one id neither counts: which was meant, only the person knows.
fn refuse_doubles(files: &mut [OfferFile]) {
    let id = |file: &OfferFile| file.outcome.as_ref().ok().map(|offer| offer.entry.id.clone());
    let ids: Vec<_> = files.iter().map(|file| (file.file.clone(), id(file))).collect();
    for file in files {
        let Some(own) = id(file) else { continue };
        let double =
            |(other, id): &&(String, Option<ProviderId>)| *other != file.file && id.as_ref() == Some(&own);
        if let Some((other, _)) = ids.iter().find(double) {
            file.outcome =
                Err(format!("The file {other} has the id {own}, too. Change one, or remove a file."));
        }
    }
}
