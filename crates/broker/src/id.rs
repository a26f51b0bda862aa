//! Identifiers: opaque, prefixed by kind, never chosen by a program (OAU-18, AS-19). Clones share their text.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::entropy::Entropy;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// What every such id begins with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh one.
            pub fn generate(entropy: &dyn Entropy) -> Self {
                Self(format!("{}{}", $prefix, short(entropy)).into())
            }

            /// An id read from a caller or from the vault; it may name nothing.
            pub fn from_text(text: impl AsRef<str>) -> Self {
                Self(text.as_ref().into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// Names a provider; for shipped ones a word such as `github`.
    ProviderId, ""
);
id!(
    /// Names an account.
    AccountId, "acc_"
);
id!(
    /// Names an upstream grant.
    GrantId, "grant_"
);
id!(
    /// Names a program; it is its client id on the loopback API, too.
    AppId, "app_"
);
id!(
    /// Names a consent.
    ConsentId, "con_"
);
id!(
    /// Names a lease; it is the `jti` of its token, too.
    LeaseId, "lease_"
);
id!(
    /// Names a sign-in under way.
    SignInId, "sin_"
);
id!(
    /// Names a prompt.
    PromptId, "ask_"
);
id!(
    /// Names a failure in answers and log.
    FailureId, "err_"
);
id!(
    /// Names all refresh tokens that descend from one authorization of a program.
    FamilyId, "fam_"
);
id!(
    /// Names a route.
    RouteId, "route_"
);

/// Sixteen letters and digits: 80 bits, enough to never meet by chance, short enough to be read aloud.
fn short(entropy: &dyn Entropy) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0u8; 16];
    entropy.fill(&mut bytes);
    bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn oau_18_ids_are_generated_and_say_what_they_name() {
        let same = Fixed(7);
        let ids: BTreeSet<String> = [
            AccountId::generate(&same).to_string(),
            GrantId::generate(&same).to_string(),
            AppId::generate(&same).to_string(),
            ConsentId::generate(&same).to_string(),
            LeaseId::generate(&same).to_string(),
            SignInId::generate(&same).to_string(),
            PromptId::generate(&same).to_string(),
            FailureId::generate(&same).to_string(),
            FamilyId::generate(&same).to_string(),
        ]
        .into();
        assert_eq!(ids.len(), 9, "the same randomness never names two kinds of thing alike: {ids:?}");
        assert_ne!(AppId::generate(&same), AppId::generate(&Fixed(8)));
        let id = AppId::generate(&same).to_string();
        assert!(id.starts_with(AppId::PREFIX) && id.len() == AppId::PREFIX.len() + 16);
    }
}
