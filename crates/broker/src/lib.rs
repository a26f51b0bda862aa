//! The rules of Keylodge: concepts, flows and ports, without any input or output.
