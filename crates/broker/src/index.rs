//! Which records belong to what: finds the few that matter for one request among many thousand.

use std::{
    borrow::Borrow,
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// Ids by their owner.
pub struct Index<Owner, Id>(HashMap<Owner, BTreeSet<Id>>);

impl<Owner, Id> Default for Index<Owner, Id> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<Owner: Clone + Eq + Hash, Id: Clone + Ord> Index<Owner, Id> {
    /// Notes that the record belongs to the owner.
    pub fn put(&mut self, owner: &Owner, id: &Id) {
        match self.0.get_mut(owner) {
            Some(ids) => drop(ids.insert(id.clone())),
            None => drop(self.0.insert(owner.clone(), BTreeSet::from([id.clone()]))),
        }
    }

    /// Forgets it again.
    pub fn remove(&mut self, owner: &Owner, id: &Id) {
        let Some(ids) = self.0.get_mut(owner) else { return };
        ids.remove(id);
        if ids.is_empty() {
            self.0.remove(owner);
        }
    }

    /// What belongs to the owner, in order.
    pub fn of<Q: ?Sized + Eq + Hash>(&self, owner: &Q) -> impl Iterator<Item = &Id>
    where
        Owner: Borrow<Q>,
    {
        self.0.get(owner).into_iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_knows_what_belongs_together_and_forgets_what_is_gone() {
        let mut index = Index::default();
        for (owner, id) in [("a", 2), ("a", 1), ("b", 3), ("a", 1)] {
            index.put(&owner, &id);
        }
        index.remove(&"b", &3);
        index.remove(&"c", &3);
        assert_eq!(index.of("a").collect::<Vec<_>>(), [&1, &2]);
        assert_eq!((index.of("b").count(), index.0.len()), (0, 1));
    }
}
