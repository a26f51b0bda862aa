//! What the pages tell people to type works as it is written.

mod block;
mod commands;
mod http_api;
mod programs;
mod readme;
mod strangers;
mod walk;
