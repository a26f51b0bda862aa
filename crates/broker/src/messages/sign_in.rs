//! Why a sign-in did not work, or a provider cannot be used.

use super::Message;

messages! {
    NO_WAY_BACK "sign_in.no_way_back" "Keylodge could not open an address for the browser to come back to ({why}). Try again.";
    PORT_TAKEN "sign_in.port_taken" "The browser must come back to this machine at a port that another program uses ({ports}). Close that program and try again.";
    COULD_NOT_COME_BACK "sign_in.could_not_come_back" "The browser could not come back ({why}). Try again.";
    NOBODY_CAME_BACK "sign_in.nobody_came_back" "Nobody came back from the browser within {span}. Start the sign-in again.";
    ANSWERED_ALREADY "sign_in.answered_already" "This sign-in has its answer already. Wait a moment.";
    OWN_SCHEME "sign_in.own_scheme" "{provider} sends the browser back to an address with a scheme of its own, and Keylodge registers none with this computer. Use another way to sign in, if it has one.";
    NO_ADDRESS "sign_in.no_address" "The entry of {provider} names no https address that it sends the browser back to. Fill in its form again.";
    TIED_TO_NOTHING "sign_in.tied_to_nothing" "{provider} shows codes that are tied to no sign-in (it knows neither PKCE nor OpenID Connect), so that somebody else's could be slipped in. Use another way to sign in.";
    OWN_CLIENT "sign_in.own_client" "{provider} needs a client id of your own. Follow its guide, then sign in again.";
    INCOMPLETE "sign_in.incomplete" "{provider} has neither an issuer nor addresses yet. Fill in its form.";
    BAD_ENTRY "sign_in.bad_entry" "The file cannot be used: {why}";
    NO_PKCE "sign_in.no_pkce" "{provider} does not say that it protects codes on their way back (PKCE with S256). If you know that it does, or accept that it does not, say so when adding it.";
    NEEDS_ADDRESSES "sign_in.needs_addresses" "Enter the issuer, or both the authorization and the token address.";
    NEEDS_KEYS "sign_in.needs_keys" "For OpenID Connect the issuer and the address of its keys (jwks_uri) are needed, too.";
    BAD_ADDRESS "sign_in.bad_address" "That address cannot be used: {why}. If the server is in your own network, say so when adding it.";
}
