//! Measures Keylodge: the real binaries from outside, and beside them, in the same run and in turn, the least that any
//! program could do for the same work (the *floor*).
//!
//! `bench` drives everything. The load comes from a process of its own (`bench-load`), the floor answers in one of its
//! own (`bench-floor`), and `bench-ask` is the smallest program that asks for something over a socket.

pub mod book;
pub mod desktop;
pub mod furniture;
pub mod keylodge;
pub mod load;
pub mod measures;
pub mod memory;
pub mod process;
pub mod rows;
pub mod scratch;
pub mod stage;
pub mod table;
pub mod wire;
