//! What happened: sentences of the trail, and what stands within them.

use super::Message;

messages! {
    THEN "then" "{first} {second}";
    LIST "list" "{first}, {second}";
    IN_WINDOW "how.window" "in the window";
    WITH_PASSPHRASE "how.passphrase" "with the passphrase";
    WITHOUT_PRESENCE "how.without_presence" "without presence";
    ONE_MINUTE "span.minute" "1 minute";
    MINUTES "span.minutes" "{count} minutes";
    HOURS "span.hours" "{count} hours";
    NUMBER_OF "number_of" "{number} {unit}";

    APP_REGISTERED "event.app_registered" "The program “{app}” was registered.";
    APP_REGISTERED_BY_HAND "event.app_registered_by_hand" "The program “{app}” was registered by hand.";
    APP_CHANGED "event.app_changed" "The program “{app}” changed its registration.";
    APP_RENAMED "event.app_renamed" "The program “{app}” changed its registration, and calls itself “{name}” now.";
    APP_REMOVED "event.app_removed" "The program “{app}” was removed.";
    APP_STRIPPED "event.app_stripped" "The program “{app}” may do nothing any more.";

    ALLOWED "event.allowed" "Allowed {how}: {scopes}.";
    ALLOWED_RELEASED "event.allowed_released" "Allowed {how}, with the provider's own token: {scopes}.";
    ALLOWED_UNASKED "event.allowed_unasked" "Allowed without asking: {scopes}.";
    DENIED "event.denied" "Denied: {scopes}.";
    DENIED_FOR_GOOD "event.denied_for_good" "Denied, and it may not ask again: {scopes}.";
    CONSENT_CHANGED "event.consent_changed" "A consent was changed: {what}.";
    NEW_SCOPES "changed.scopes" "it may {scopes}";
    NEW_TIME "changed.time" "its time";
    NEW_DELIVERY "changed.delivery" "how tokens are handed over";
    NEW_WHERE "changed.where" "where it holds";
    ASK_EACH_TIME "changed.ask" "ask each time";
    NOT_EACH_TIME "changed.not_ask" "do not ask each time";
    NEW_NOTE "changed.note" "its note";
    WITHDRAWN "event.withdrawn" "Withdrawn: {scopes}.";
    MAY_ASK_AGAIN "event.may_ask_again" "The program may ask again.";
    REFUSED_FOR_GOOD "event.refused_for_good" "The program may not ask any more.";
    LAPSED "event.lapsed" "Withdrawn, for it was not used for {days} days: {scopes}.";
    GIVEN_FORWARDED "elsewhere.forwarded" "it was given to a forwarded program";
    GIVEN_HERE "elsewhere.here" "it was given to a program on this computer";
    GIVEN_IN_TERMINAL "elsewhere.terminal" "it was given in another terminal";
    ONLY_IN "elsewhere.directory" "it holds only in {directory}";
    ONLY_FOR "elsewhere.host" "it holds only for {host}";
    YOUR_SETTING "because.setting" "Your setting “{setting}”.";

    HANDED_OUT "event.handed_out" "Handed out: {scopes} (gateway token).";
    RELEASED "event.released" "Handed out: {scopes} (provider's token released).";
    NOT_RELEASED "event.not_released" "Not released: {why}";
    RELEASED_NARROWED "event.released_narrowed" "Handed out: {scopes} (provider's token released, {how}).";
    ENDED_BY_HAND "event.ended_by_hand" "Ended by hand: {scopes}.";
    STILL_WORKS "event.still_works" "A token that left before works at the provider for up to {span} more: Keylodge cannot end it by itself.";
    GIVEN_BACK "event.given_back" "The program gave its token back.";
    TOKEN_REUSED "event.token_reused" "An old refresh token was used again: another program may have copied it. All tokens of this sign-in were ended, and the program must ask anew.";
    CODE_REUSED "event.code_reused" "A code was redeemed twice: its tokens were taken back.";
    WRONG_CODES "event.wrong_codes" "Too many wrong codes were typed: the request was ended.";
    LEFT_OUT "event.left_out" "({count} more were refused before, and are only in the log.)";

    ENDED_UPSTREAM "event.ended_upstream" "Ended at {provider}, too: the token that “{app}” had ({scopes}).";
    STILL_GOOD "event.still_good" "The token that “{app}” has ({scopes}) is still good there, for up to {span}.";
    GOOD_FOR_EVER "event.good_for_ever" "The token that “{app}” has ({scopes}) is still good there, without an end.";
    PROVIDER_UNKNOWN "event.provider_unknown" "A provider is not known any more.";
    CANNOT_END "event.cannot_end" "Keylodge has not what it takes to end a token at {provider} any more.";
    ENDS_NO_TOKEN "event.ends_no_token" "{provider} ends no access token.";
    NO_WAY_TO_END "event.no_way_to_end" "{provider} offers no way to end a token.";
    KEEPS_TRYING "event.keeps_trying" "Keylodge goes on trying to end it. To be sure at once: {what}";

    ACCOUNT_ADDED "event.account_added" "The account {account} at {provider} was added.";
    ACCOUNT_RENEWED "event.account_renewed" "The account {account} at {provider} was signed in again.";
    ACCOUNT_SEPARATE "event.account_separate" "The account {account} at {provider} was signed in a second time, for less.";
    SEPARATE_ENDED "event.account_separate_ended" "The second sign-in to the account {account} at {provider} was ended: {scopes}.";
    NOT_REVOKED_ALONE "event.not_revoked_alone" "It was not revoked at {provider}, for that would end the account's own sign-in, too. Its tokens were destroyed here.";
    ACCOUNT_REMOVED "event.account_removed" "The account {account} was removed.";
    RENEWED "event.renewed" "The sign-in was renewed.";
    SMALLER "event.smaller" "The sign-in came back smaller than it was: the provider left out {scopes}.";
    KEY_DESTROYED "event.key_destroyed" "The key was destroyed here. Delete it at the provider, too.";
    NO_SIGN_IN "event.no_sign_in" "There was no sign-in to revoke.";
    REVOKED_ALREADY "event.revoked_already" "It was revoked already.";
    REVOKED_NOWHERE "event.revoked_nowhere" "The provider is not known any more; nothing was revoked there.";
    NOTHING_TO_REVOKE "event.nothing_to_revoke" "There was no refresh token to revoke at {provider}.";
    REVOKED_UPSTREAM "event.revoked_upstream" "The sign-in was revoked at {provider}, too.";
    CANNOT_REVOKE "event.cannot_revoke" "{provider} offers no way to revoke a sign-in.";
    MAY_STAND "event.may_stand" "The sign-in may still stand there.";
    KEEPS_REVOKING "event.keeps_revoking" "Keylodge goes on trying to revoke the sign-in there. To be sure at once: {what}";
    BY_HAND "event.by_hand" "Withdraw Keylodge's access in your account settings at {provider}.";
    BY_HAND_AT "event.by_hand_at" "Withdraw Keylodge's access by hand at {page}.";

    PROVIDER_ADDED "event.provider_added" "The provider {provider} was added {how}.";
    PROVIDER_REMOVED "event.provider_removed" "The provider {provider} was removed.";
    ADDRESSES_CHANGED "event.addresses_changed" "The addresses of {provider} were changed.";
    SIGN_IN_ENDED "event.sign_in_ended" "The sign-in of {account} ended with that.";
    SECRET_ENTERED "event.secret_entered" "Another client secret was entered for {provider} {how}.";
    SECRET_PUT_BACK "event.secret_put_back" "{provider} did not take the new client secret: the one before it stays.";
    CLIENT_KEY_MADE "event.client_key_made" "A key was made by which Keylodge proves itself at {provider}.";

    PANIC "event.panic" "Panic: every token was ended and Keylodge was locked.";
    PAUSED "event.paused" "Paused for {span}.";
    RESUMED "event.resumed" "The pause was ended.";
    PASSPHRASE_SET "event.passphrase_set" "The passphrase was set {how}.";
    BACKUP_MADE "event.backup_made" "A backup was made {how}.";
    BACKUP_RESTORED "event.backup_restored" "A backup was restored {how}; what was there before is gone.";
    OLD_COPY "event.old_copy" "This is an older copy of the vault than the one used last. Everything that was allowed has ended; programs ask again.";
    NEW_SIGNING_KEY "event.new_signing_key" "A new signing key was made; the old one signs no more.";

    SETTING_SET "event.setting_set" "“{setting}” was set.";
    SETTING_SET_TO "event.setting_set_to" "“{setting}” was set to “{value}”.";
    SETTING_RESET "event.setting_reset" "“{setting}” was set back to how it comes.";
    SETTINGS_RESET "event.settings_reset" "Every setting was set back to how it comes.";
    ROUTE_ADDED "event.route_added" "The route “{route}” was added.";
    ROUTE_REMOVED "event.route_removed" "The route “{route}” was removed.";
    POLICY_CHANGED "event.policy_changed" "The administrator's policy has changed.";
    POLICY_ENFORCED "event.policy_enforced" "What the administrator's policy does not allow has ended.";
}
