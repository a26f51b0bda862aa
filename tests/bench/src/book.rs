//! What was measured, round by round.

use std::collections::HashMap;

/// Whose number it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Keylodge's.
    Ours,
    /// The floor's.
    Floor,
}

/// One number a round for each row and side.
#[derive(Clone, Debug, Default)]
pub struct Book(HashMap<(String, Side), Vec<f64>>);

/// The middle and the ends of several rounds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half are below it.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
}

impl Book {
    /// Writes a number down.
    pub fn note(&mut self, row: &str, side: Side, value: f64) {
        self.0.entry((row.to_owned(), side)).or_default().push(value);
    }

    /// All rounds of one row and side.
    #[must_use]
    pub fn spread(&self, row: &str, side: Side) -> Option<Spread> {
        Spread::of(self.values(row, side))
    }

    /// Keylodge's numbers as parts of the floor's, round by round.
    #[must_use]
    pub fn ratio(&self, row: &str) -> Option<Spread> {
        let (ours, floor) = (self.values(row, Side::Ours), self.values(row, Side::Floor));
        let ratios: Vec<f64> = ours.iter().zip(floor).map(|(ours, floor)| ours / floor).collect();
        Spread::of(&ratios)
    }

    fn values(&self, row: &str, side: Side) -> &[f64] {
        self.0.get(&(row.to_owned(), side)).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Spread {
    /// `None` of nothing.
    #[must_use]
    pub fn of(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        Some(Self { median: middle(&sorted)?, min: *sorted.first()?, max: *sorted.last()? })
    }
}

/// The median of sorted values.
fn middle(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = sorted[(sorted.len() - 1) / 2];
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_are_taken_round_by_round() {
        let mut book = Book::default();
        for (ours, floor) in [(2.0, 1.0), (3.0, 1.0), (4.0, 4.0)] {
            book.note("row", Side::Ours, ours);
            book.note("row", Side::Floor, floor);
        }
        assert_eq!(book.ratio("row"), Some(Spread { median: 2.0, min: 1.0, max: 3.0 }));
        assert_eq!(book.spread("row", Side::Ours), Some(Spread { median: 3.0, min: 2.0, max: 4.0 }));
        assert_eq!(book.spread("none", Side::Ours), None);
        assert_eq!(middle(&[1.0, 2.0]), Some(1.5));
    }
}
