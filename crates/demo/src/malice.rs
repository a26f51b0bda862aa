//! Plays a program that is up to no good.
