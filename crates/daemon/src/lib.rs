//! Wires the house together: configuration, start, stop, timers, and the desktop process.
