//! What the pages tell people to type works as it is written.

mod block;
mod commands;
mod programs;
mod readme;
mod walk;
