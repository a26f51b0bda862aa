//! The one table: for people as Markdown, for programs as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::{
    book::{Book, Side, Spread},
    rows::{Goal, ROWS, Row, Unit},
};

const MISSING: &str = "–";

/// For people.
#[must_use]
pub fn markdown(book: &Book) -> String {
    let mut lines: Vec<[String; 5]> = vec![
        ["what", "Keylodge", "floor", "ratio", "goal"].map(str::to_owned),
        ["---", "---", "---", "---", "---"].map(str::to_owned),
    ];
    lines.extend(ROWS.iter().map(|row| cells(book, row)));
    let mut table = String::new();
    for line in &lines {
        let _ = writeln!(table, "| {} |", line.join(" | "));
    }
    table
}

/// For programs.
#[must_use]
pub fn to_json(book: &Book) -> Value {
    let rows = ROWS.iter().map(|row| {
        json!({
            "key": row.key,
            "what": row.what,
            "unit": sign(row.unit),
            "keylodge": book.spread(row.key, Side::Ours).map(numbers),
            "floor": book.spread(row.key, Side::Floor).map(numbers),
            "ratio": book.ratio(row.key).map(numbers),
            "reached": reached(book, row),
        })
    });
    Value::Array(rows.collect())
}

fn numbers(spread: Spread) -> Value {
    json!({ "median": spread.median, "min": spread.min, "max": spread.max })
}

fn cells(book: &Book, row: &Row) -> [String; 5] {
    let side = |side| book.spread(row.key, side).map_or_else(|| MISSING.to_owned(), |s| shown(s, row.unit));
    let ratio = book.ratio(row.key).map_or_else(|| MISSING.to_owned(), |s| spread(s, |x| format!("{x:.2}")));
    [row.what.to_owned(), side(Side::Ours), side(Side::Floor), ratio, goal(book, row)]
}

fn goal(book: &Book, row: &Row) -> String {
    let words = match row.goal {
        Goal::None => return MISSING.to_owned(),
        Goal::TimesAtMost(times) => format!("≤ {times} ×"),
        Goal::TimesAtLeast(times) => format!("≥ {times} ×"),
        Goal::AtMost(most) => format!("≤ {most} {}", sign(row.unit)),
    };
    match reached(book, row) {
        Some(true) => format!("{words} ✓"),
        Some(false) => format!("{words} ✗"),
        None => words,
    }
}

/// By the median.
fn reached(book: &Book, row: &Row) -> Option<bool> {
    let ratio = || book.ratio(row.key).map(|ratio| ratio.median);
    match row.goal {
        Goal::None => None,
        Goal::TimesAtMost(times) => ratio().map(|ratio| ratio <= times),
        Goal::TimesAtLeast(times) => ratio().map(|ratio| ratio >= times),
        Goal::AtMost(most) => book.spread(row.key, Side::Ours).map(|ours| ours.median <= most),
    }
}

fn shown(values: Spread, unit: Unit) -> String {
    let number = |value: f64| match unit {
        Unit::PerSecond => grouped(value),
        Unit::MemoryPerSecond => format!("{value:.0}"),
        Unit::Micros | Unit::Millis if value >= 100.0 => format!("{value:.0}"),
        Unit::Micros | Unit::Memory => format!("{value:.1}"),
        Unit::Millis => format!("{value:.2}"),
    };
    format!("{} {}", spread(values, number), sign(unit))
}

/// The median, and where it differs, the least and the most.
fn spread(values: Spread, number: impl Fn(f64) -> String) -> String {
    let (median, min, max) = (number(values.median), number(values.min), number(values.max));
    if min == max { median } else { format!("{median} ({min}–{max})") }
}

fn sign(unit: Unit) -> &'static str {
    match unit {
        Unit::Micros => "µs",
        Unit::Millis => "ms",
        Unit::PerSecond => "/s",
        Unit::Memory => "MiB",
        Unit::MemoryPerSecond => "MiB/s",
    }
}

/// A whole number with commas.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(12.0), "12");
        let values = Spread { median: 1.234, min: 1.0, max: 2.0 };
        assert_eq!(shown(values, Unit::Millis), "1.23 (1.00–2.00) ms");
        assert_eq!(spread(Spread { median: 1.0, min: 1.0, max: 1.0 }, |x| format!("{x}")), "1");
    }

    #[test]
    fn a_goal_is_judged_by_the_median() {
        let mut book = Book::default();
        book.note("socket.new.p50", Side::Ours, 3.0);
        book.note("socket.new.p50", Side::Floor, 2.0);
        let row = ROWS.iter().find(|row| row.key == "socket.new.p50").expect("the row");
        assert_eq!(goal(&book, row), "≤ 1.5 × ✓");
        book.note("start.token", Side::Ours, 31.0);
        let row = ROWS.iter().find(|row| row.key == "start.token").expect("the row");
        assert_eq!(goal(&book, row), "≤ 30 ms ✗");
    }

    #[test]
    fn every_row_has_a_key_of_its_own() {
        let mut keys: Vec<_> = ROWS.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), ROWS.len());
    }
}
