//! Black-box stories and the harness they share.
