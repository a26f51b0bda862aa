//! What the person is asked, told of who asks, and told before a token leaves.

use super::Message;

messages! {
    ADD_PROVIDER "ask.add_provider" "Add the provider {provider}?";
    USE_PROVIDER "ask.use_provider" "Use the provider {provider}?";
    SHOW_KEY "ask.show_key" "Show the key by which Keylodge proves itself at {provider}?";
    PUBLIC_HALF "ask.public_half" "Only its public half is shown. It is made now, if there is none; a client id that no account uses is forgotten.";
    START_DEMO "ask.start_demo" "Start the demo?";
    MADE_UP "ask.made_up" "It adds a provider and an account that are made up. Nothing leaves this computer.";
    LET_ASK_AGAIN "ask.let_ask_again" "Let a program ask again?";
    NOTHING_ALLOWED "ask.nothing_allowed" "You told it not to ask any more. It would not be allowed anything by this.";
    CHANGE_SETTING "ask.change_setting" "Change the setting “{setting}”?";
    TO "ask.to" "To: {value}";
    RESET_SETTINGS "ask.reset_settings" "Put settings back to how they come?";
    ALL_SETTINGS "ask.all_settings" "All of them";
    NEW_PASSPHRASE "ask.new_passphrase" "Give the vault another passphrase?";
    WHOEVER_KNOWS "ask.whoever_knows" "Whoever knows it can unlock Keylodge and answer for you.";
    WRITE_BACKUP "ask.write_backup" "Write a backup?";
    WHOEVER_HAS "ask.whoever_has" "Whoever has it and its passphrase can use every account.";
    EXPORT "ask.export" "Write what happened into a file?";
    NAMES_ONLY "ask.names_only" "It holds no secrets, but the names of programs and accounts.";
    RESTORE "ask.restore" "Restore a backup?";
    REPLACES "ask.replaces" "It takes the place of everything that is here now.";
    END_PAUSE "ask.end_pause" "End the pause?";
    AT_ONCE "ask.at_once" "Programs get tokens again at once.";
    ALLOW_MORE "ask.allow_more" "Allow {program} more?";
    MAY_NOW "ask.may_now" "It may now: {scopes}";
    ADD_ACCOUNT "ask.add_account" "Add an account at {provider}?";
    SIGN_IN_AGAIN "ask.sign_in_again" "Sign in to {account} at {provider} again?";
    SIGN_IN_FOR_LESS "ask.sign_in_for_less" "Sign in to {account} at {provider} a second time, for just this?";
    BY_CODE "ask.by_code" "With a code that you type at the provider's page";
    AS_PROGRAM "ask.as_program" "As a company's program: with the client id and secret alone";
    AS_COMPANY "ask.as_company" "As a company's account: with a key file, which is kept sealed";
    REGISTER "ask.register" "Register the program {program} as yours?";
    MAY_NOTHING "ask.may_nothing" "It may nothing yet: it has to ask you first.";
    FROM_FILE "ask.from_file" "From the file {file}, which any program of yours can write";
    SIGN_INS_END "ask.sign_ins_end" "Its accounts must be signed in again: what is kept for them does not go there";

    FILE "line.file" "File: {value}";
    ACCOUNT "line.account" "Account: {value}";
    NAME "line.name" "Name: {value}";
    CLIENT_ID "line.client_id" "With the client id {value}";
    ID "line.id" "Id: {value}";
    ISSUER "line.issuer" "Issuer: {value}";
    API "line.api" "API: {value}";
    AUTHORIZATION_ENDPOINT "line.authorization_endpoint" "Authorization endpoint: {value}";
    TOKEN_ENDPOINT "line.token_endpoint" "Token endpoint: {value}";
    FORM "line.form" "From the form of: {value}";
    INPUT "line.input" "{input}: {value}";
    AT_PROVIDER "line.at_provider" "At the provider {value}";
    REDIRECT "line.redirect" "Redirect address: {value}";
    RESOURCE "line.resource" "Resource: {value}";
    SIGN_IN_AT "line.sign_in_at" "You sign in at: {value}";
    SECRETS_TO "line.secrets_to" "Tokens and secrets go to: {value}";
    PROGRAMS_REACH "line.programs_reach" "Programs reach: {value}";
    NEW_ARE "line.new_are" "New are: {value}";
    SCOPE "line.scope" "{words} ({scope})";

    FORWARDED "evidence.forwarded" "This comes through {name}: the real program is elsewhere.";
    REMOTE "evidence.remote" "It was started from another machine, through {name}.";
    FLATPAK "evidence.flatpak" "It runs in the Flatpak sandbox of {name}.";
    SNAP "evidence.snap" "It runs in the snap {name}.";
    NAMESPACE "evidence.namespace" "It runs in a container or namespace of its own: it {what}.";
    OTHER_FILES "evidence.other_files" "sees other files";
    OTHER_PROCESSES "evidence.other_processes" "sees other processes";
    OWN_NETWORK "evidence.own_network" "has a network of its own";
    OWN_USERS "evidence.own_users" "has users of its own";
    ENDED_MEANWHILE "evidence.ended_meanwhile" "It ended while Keylodge looked at it.";
    UNSEEN_FILE "evidence.unseen_file" "Keylodge may not see which file it runs.";
    FILE_GONE "evidence.file_gone" "Its file was deleted or replaced after it had started.";
    CHANGED_ITSELF "evidence.changed_itself" "It has changed itself into another program since it connected.";
    SHARED "evidence.shared" "Several programs hold this connection.";
    ENDED "evidence.ended" "The program that opened this connection has ended.";
    NOBODY_BEHIND "evidence.nobody_behind" "It used Keylodge's own command line, and whoever started that has ended.";
    ANOTHER_WAITS "evidence.another_waits" "Another program than the one that registered waits for the answer.";

    LEAVES "release.leaves" "{provider}'s own token leaves Keylodge: whoever holds it can use it.";
    ENDS_WITH_CONSENT "release.ends_with_consent" "Keylodge ends it there when what you allow ends, or as soon as you withdraw it or lock.";
    ENDS_BY_ITSELF "release.ends_by_itself" "Keylodge cannot end it: it runs out by itself within {span}, even if you withdraw what you allow or lock.";
    A_DAY "span.day" "a day";
    NO_LESS "release.no_less" "{provider} has no way to give a token with only this, so probably none leaves.";
    ONLY_LESS "release.only_less" "It leaves only if {provider} answers that it can do no more than this.";

    BY_REFRESH "narrowed.refresh" "asked for with less when the sign-in was renewed";
    BY_EXCHANGE "narrowed.exchange" "exchanged for one that may less";
    BY_SCOPED_API "narrowed.scoped_api" "made by the provider for just this";
    BY_RESOURCE "narrowed.per_resource" "asked for one of the provider's services alone";
    BY_SEPARATE_GRANT "narrowed.separate_grant" "taken from a sign-in for just this";
    BY_GATEWAY "narrowed.gateway_rules" "kept to it at the gateway";

    GRANTED_LESS "note.granted_less" "{provider} granted less than was asked. Missing: {scopes}.";
    GRANTED_MORE "note.granted_more" "{provider} granted more than was asked: {scopes}. Programs get none of it unasked.";
    NO_REFRESH "note.no_refresh" "{provider} gave no refresh token: you will have to sign in again when this one runs out.";
    ONLY_IN "scope.only_in" "Only in {what}";

    MORE_SCOPE "more.scope" "It would also: {scope}";
    MORE_TIME "more.time" "From now on: {span}";
    MORE_RELEASE "more.release" "It would get the provider's own token";
    MORE_UNASKED "more.unasked" "You would not be asked each time any more";
    ANYWHERE "more.anywhere" "Anywhere";
    ONLY_THERE "more.only" "Only {where}";
    IN_TERMINAL "more.terminal" "in its terminal";
    FOR_HOST "more.host" "for {host}";
    IN_PLACE "more.directory" "in {directory}";
    ONCE "lasting.once" "once";
    FOR_SPAN "lasting.span" "for {span}";
    UNTIL_LOCK "lasting.lock" "until Keylodge is locked";
    UNTIL_WITHDRAWN "lasting.always" "until you withdraw it";
    OTHER_SECRET "ask.other_secret" "Use another client secret at {provider}?";
    TRIED_AT_ONCE "ask.tried_at_once" "It is tried at once; where it is refused, the old one stays.";
}
