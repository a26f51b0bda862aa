//! Our signing keys: a new one every ninety days; an old one is published until its last token has ended (TK-14).

use crate::{
    AuditKind, Broker, Change, Error, Secret, Timestamp, broker::About, hex, house::House, messages::trail,
};

/// A key signs for so long.
const KEY_SECONDS: i64 = 90 * 24 * 3600;
/// An old key is published so much longer than its last token can live, for clocks that differ.
const LEEWAY_SECONDS: i64 = 60;

/// Stands between a key's birth and the rest of its id.
const BORN: char = '-';

impl Broker {
    /// Loads all keys, makes the first one if there is none, and gives their ids, oldest first.
    pub(crate) async fn load_signing_keys(&self) -> Result<Vec<String>, Error> {
        let (vault, signer) = (&self.0.ports.vault, &self.0.ports.signer);
        let mut keys = vault.signing_keys().await?;
        if keys.is_empty() {
            let (id, key) = self.new_signing_key()?;
            vault.commit(vec![Change::PutSigningKey(id.clone(), key.clone())]).await?;
            keys.push((id, key));
        }
        keys.iter().try_for_each(|(id, key)| signer.load(id, key)).map_err(Error::Bug)?;
        Ok(keys.into_iter().map(|(id, _)| id).collect())
    }

    /// Makes a new key if the newest has signed for long enough, and removes those whose last token has ended. A new
    /// key is durable before it signs anything. The daemon's clock calls it, and it has nearly always nothing to do.
    pub(crate) async fn turn_signing_keys(&self) -> Result<(), Error> {
        let (now, broker) = (self.now(), self.clone());
        let due = self.look(|house| is_due(house, now))?;
        let over = self.look(|house| broker.over(house, now))?;
        if !due && over.is_empty() {
            return Ok(());
        }
        let made = due.then(|| self.new_signing_key()).transpose()?;
        let kept = made.clone();
        let gone = self
            .change(move |house| {
                let gone = broker.over(house, now);
                let mut changes: Vec<Change> = gone.iter().cloned().map(Change::DeleteSigningKey).collect();
                if let Some((id, key)) = kept.filter(|_| is_due(house, now)) {
                    let sentence = trail::NEW_SIGNING_KEY.sentence();
                    changes.push(Change::PutSigningKey(id, key));
                    changes.push(Change::Audit(broker.event(
                        house,
                        AuditKind::Vault,
                        About::default(),
                        sentence,
                    )));
                }
                Ok((changes, gone))
            })
            .await?;
        for id in &gone {
            self.0.ports.signer.retire(id);
        }
        let known = |id: &String| self.look(|house| house.signing_keys.contains(id)).unwrap_or_default();
        match made.filter(|(id, _)| known(id)) {
            Some((id, key)) => self.0.ports.signer.load(&id, &key).map_err(Error::Bug),
            None => Ok(()),
        }
    }

    fn new_signing_key(&self) -> Result<(String, Secret<String>), Error> {
        let key = self.0.ports.signer.generate().map_err(Error::Bug)?;
        let mut name = [0u8; 8];
        self.entropy().fill(&mut name);
        Ok((format!("{}{BORN}{}", self.now().0, hex(&name)), key))
    }

    /// Keys that have a successor since before the last token that they can have signed began.
    fn over(&self, house: &House, now: Timestamp) -> Vec<String> {
        let longest = i64::from(self.0.settings.token_seconds) + LEEWAY_SECONDS;
        let pairs = house.signing_keys.iter().zip(house.signing_keys.iter().skip(1));
        pairs.filter(|(_, next)| now.since(born(next)) > longest).map(|(old, _)| old.clone()).collect()
    }
}

fn is_due(house: &House, now: Timestamp) -> bool {
    house.signing_keys.last().is_none_or(|id| now.since(born(id)) >= KEY_SECONDS)
}

/// When a key was made. It is part of its id, so that it cannot be told apart from it; ids of before say nothing.
fn born(id: &str) -> Timestamp {
    Timestamp(id.split_once(BORN).and_then(|(born, _)| born.parse().ok()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tk_14_a_keys_age_is_in_its_id() {
        assert_eq!(born("1800000000-af5570f5a1810b7a"), Timestamp(1_800_000_000));
        assert_eq!(born("af5570f5a1810b7a"), Timestamp(0), "of before: old");
    }
}
