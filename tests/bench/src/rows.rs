//! The rows of the table, with what is wanted of each.

/// What a row's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Microseconds.
    Micros,
    /// Milliseconds.
    Millis,
    /// How often a second.
    PerSecond,
    /// MiB.
    Memory,
    /// MiB a second.
    MemoryPerSecond,
}

/// What is wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// Nothing in particular; the number is for comparison.
    None,
    /// At most so many times the floor.
    TimesAtMost(f64),
    /// At least so much of the floor.
    TimesAtLeast(f64),
    /// At most this.
    AtMost(f64),
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// Its name in the book and in the JSON.
    pub key: &'static str,
    /// In words.
    pub what: &'static str,
    /// Of its numbers.
    pub unit: Unit,
    /// What is wanted.
    pub goal: Goal,
}

/// All of them, in the table's order.
pub const ROWS: &[Row] = &[
    row(
        "socket.new.p50",
        "cached token over the socket, new connection each, 1 client: p50",
        Unit::Micros,
        Goal::TimesAtMost(1.5),
    ),
    row("socket.new.p99", "… p99", Unit::Micros, Goal::TimesAtMost(1.5)),
    row("socket.new.8", "… 8 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row("socket.new.64", "… 64 clients at once: tokens/s", Unit::PerSecond, Goal::TimesAtLeast(0.7)),
    row(
        "socket.new.large",
        "… 1 client, with 1,000 accounts and 10,000 consents: p50",
        Unit::Micros,
        Goal::TimesAtMost(1.5),
    ),
    row("socket.kept.p50", "the same, connection kept, 1 client: p50", Unit::Micros, Goal::None),
    row("socket.kept.p99", "… p99", Unit::Micros, Goal::None),
    row("socket.kept.8", "… 8 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row("socket.kept.64", "… 64 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row(
        "tcp.new.p50",
        "cached token over TCP, new connection each, 1 client: p50",
        Unit::Micros,
        Goal::TimesAtMost(1.5),
    ),
    row("tcp.new.p99", "… p99", Unit::Micros, Goal::None),
    row("tcp.new.8", "… 8 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row("tcp.new.64", "… 64 clients at once: tokens/s", Unit::PerSecond, Goal::TimesAtLeast(0.7)),
    row("tcp.kept.p50", "the same, connection kept, 1 client: p50", Unit::Micros, Goal::TimesAtMost(1.5)),
    row("tcp.kept.p99", "… p99", Unit::Micros, Goal::None),
    row("tcp.kept.8", "… 8 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row("tcp.kept.64", "… 64 clients at once: tokens/s", Unit::PerSecond, Goal::None),
    row(
        "introspection",
        "introspection over TCP, connections kept, 8 resource servers at once: answers/s",
        Unit::PerSecond,
        Goal::TimesAtLeast(0.7),
    ),
    row("process.command", "`keylodge token` as a whole process", Unit::Millis, Goal::TimesAtMost(1.5)),
    row(
        "process.program",
        "a static program that asks Keylodge over the socket, as a whole process",
        Unit::Millis,
        Goal::None,
    ),
    row("first.token", "a new program's first token, from the person's yes", Unit::Millis, Goal::None),
    row(
        "refresh",
        "refresh, less the provider's own time (floor: one durable write of 4 KiB)",
        Unit::Millis,
        Goal::AtMost(2.0),
    ),
    row(
        "start.ready",
        "start to ready, 1 account, without the passphrase's key derivation",
        Unit::Millis,
        Goal::None,
    ),
    row("start.token", "start to first token, the same", Unit::Millis, Goal::AtMost(30.0)),
    row(
        "start.large",
        "start to first token, 1,000 accounts and 10,000 consents",
        Unit::Millis,
        Goal::AtMost(100.0),
    ),
    row("start.passphrase", "start to ready with a passphrase as people have it", Unit::Millis, Goal::None),
    row(
        "gateway",
        "gateway, added to a direct request: p50 (floor: a bare proxy)",
        Unit::Micros,
        Goal::TimesAtMost(1.5),
    ),
    row(
        "gateway.large",
        "gateway, a body of 64 MiB (floor: a bare proxy)",
        Unit::MemoryPerSecond,
        Goal::None,
    ),
    row("gateway.memory", "… memory that it takes", Unit::Memory, Goal::AtMost(4.0)),
    row("memory.small", "memory (PSS) without a window, 1 account", Unit::Memory, Goal::AtMost(9.0)),
    row("memory.small.written", "… of it written by itself, not shown from files", Unit::Memory, Goal::None),
    row("memory.small.rest", "… 15 s later, at rest", Unit::Memory, Goal::None),
    row(
        "memory.large",
        "memory (PSS) without a window, 1,000 accounts and 10,000 consents",
        Unit::Memory,
        Goal::AtMost(12.0),
    ),
    row("memory.large.written", "… of it written by itself, not shown from files", Unit::Memory, Goal::None),
    row("memory.large.rest", "… 15 s later, at rest", Unit::Memory, Goal::None),
    row(
        "memory.load",
        "memory (PSS) without a window, after all of the load above",
        Unit::Memory,
        Goal::None,
    ),
    row("memory.load.written", "… of it written by itself, not shown from files", Unit::Memory, Goal::None),
    row("activity.page", "100,000 events: the first page", Unit::Millis, Goal::AtMost(100.0)),
    row("activity.program", "… those of one program", Unit::Millis, Goal::AtMost(100.0)),
    row("activity.word", "… a search for a word that is in none", Unit::Millis, Goal::AtMost(100.0)),
    row("activity.counts", "… counted for the charts", Unit::Millis, Goal::AtMost(100.0)),
    row(
        "desktop.memory",
        "memory (PSS) of the desktop process with its window and all below it (floor: a bare Tauri program)",
        Unit::Memory,
        Goal::TimesAtMost(1.15),
    ),
    row(
        "desktop.window",
        "from `open` to the window on the screen, desktop process not yet there (floor: a bare Tauri program)",
        Unit::Millis,
        Goal::TimesAtMost(1.5),
    ),
    row(
        "desktop.prompt.cold",
        "from a program's request to the prompt on the screen, the same",
        Unit::Millis,
        Goal::TimesAtMost(1.5),
    ),
    row("desktop.prompt.warm", "… while the window is there", Unit::Millis, Goal::AtMost(150.0)),
];

const fn row(key: &'static str, what: &'static str, unit: Unit, goal: Goal) -> Row {
    Row { key, what, unit, goal }
}
