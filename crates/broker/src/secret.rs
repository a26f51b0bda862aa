//! A value that must not be seen: wiped on drop, never printed, never serialised by accident.

use std::fmt;

use zeroize::Zeroize;

/// Holds a secret. There is no `Display`, `Deref` or `Serialize`; [`Secret::expose`] is the only way in,
/// and each use says beside it why.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Takes over a secret value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. The caller says why it needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Secret<String> {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lek_01_debug_prints_nothing_of_it() {
        let shown = format!("{:?}", Secret::from("canary-7f3a"));
        assert_eq!(shown, "Secret(…)");
    }
}
