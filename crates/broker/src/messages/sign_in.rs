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
    PASTED_TOO_LONG "sign_in.pasted_too_long" "That is too long. Copy it again, without anything around it.";
    PASTED_ELSEWHERE "sign_in.pasted_elsewhere" "That is not where {provider} sends you after signing in: that page's address begins with {address}. Sign in first, and then copy the whole address of the page where you end up.";
    PASTED_NO_CODE "sign_in.pasted_no_code" "That cannot be the code. Copy only the code that {provider}'s page shows after signing in.";
    PASTED_OTHER "sign_in.pasted_other" "That belongs to another sign-in, or a part of it is missing. Copy it again, whole, from the page that this sign-in led to.";
    NO_SUCH_WAY "sign_in.no_such_way" "{provider} has no sign-in {way}. Choose another way.";
    IN_BROWSER "way.browser" "in the browser";
    BY_DEVICE_CODE "way.device" "by device code";
    BY_CLIENT "way.client" "by client credentials";
    BY_KEY_FILE "way.key_file" "with a key file";
    COMPANYS "sign_in.companys" "{account} is no person's account: nobody signs in to it. Add it again with its key: `keylodge account add {provider} …`.";
    NO_CLIENT_KEPT "sign_in.no_client_kept" "No client id is kept for “{provider}”. It is entered with an account: `keylodge account add {provider} --client-id …`.";
    NOT_OFFERED "sign_in.not_offered" "No file offers a provider “{provider}” that is not in use. `keylodge provider reload` reads them again.";
    NO_SIGN_IN_THERE "sign_in.no_sign_in_there" "There is no account of that name, or it has no sign-in.";
    NAME_A_PART "sign_in.name_a_part" "Name a part of what {account} was signed in with: {scopes}.";
    GAVE_MORE "sign_in.gave_more" "{provider} gave the second sign-in more than it was asked for, {scopes}: it adds what was allowed before. Nothing was kept. Use the gateway.";
    OTHER_PROOF "sign_in.other_proof" "There are accounts at {provider} whose client proves itself otherwise. Remove them first, or add the provider once more under another id.";
    NOT_ASKED_FOR "sign_in.not_asked_for" "{provider} does not ask for “{input}”. Leave it out.";
    NO_KEY_MADE "sign_in.no_key_made" "No key could be made ({why}). Try again.";
    BAD_TOKEN "sign_in.bad_token" "A token cannot be used: {why}. Sign in again.";
    FORBIDDEN_ADDRESS "sign_in.forbidden_address" "{provider}: {why}.";
}
