//! Why something was not done, and what to do next: what the window shows of failures.

use super::Message;

messages! {
    AWAY "upstream.away" "{provider} does not answer ({detail}). Try again later.";
    REFUSED "upstream.refused" "{provider} refused ({code}): {detail}";
    MISBEHAVED "upstream.misbehaved" "{provider} answered something that Keylodge cannot trust: {detail}";
    CANCELLED "upstream.cancelled" "The sign-in was cancelled.";
    GIVEN_UP "upstream.given_up" "The sign-in was given up.";

    BUG "refusal.bug" "Something is wrong inside Keylodge: {what}. Please report it.";
    PENDING "refusal.pending" "The person has not decided yet. Ask again after the interval.";
    SLOW_DOWN "refusal.slow_down" "That was too early. From now on wait {interval} seconds between two requests.";
    NOT_SET_UP "refusal.not_set_up" "Keylodge has not been set up yet. Open it, or run `keylodge unlock`, and choose how it is locked.";
    SET_UP_ALREADY "refusal.set_up_already" "Keylodge is set up already. Unlock it instead.";
    LOCKED "refusal.locked" "Keylodge is locked. Unlock it in its window, or run `keylodge unlock`.";
    PAUSED "refusal.paused" "Keylodge is paused for {span} more. Try again later, or end the pause: `keylodge resume`.";
    STALE "refusal.stale" "That question is no longer open: it was answered, withdrawn or timed out. Ask again.";
    NO_ACCOUNT_AT "refusal.no_account_at" "There is no account at {provider} yet. Add one in Keylodge's window, or run `keylodge account add {id}`.";
    SIGN_IN_AGAIN "refusal.sign_in_again" "The account {account} must be signed in again: {why} Open Keylodge, or run `keylodge account reauth {id}`.";
    REQUEST_REFUSED "refusal.request" "A request was refused ({word}).";

    WRONG_PASSPHRASE "refusal.wrong_passphrase" "That is not the passphrase. Try again.";
    TOO_SOON "refusal.too_soon" "A wrong passphrase was given just before. Wait {seconds} s, then try again.";
    SHORT_PASSPHRASE "refusal.short_passphrase" "A passphrase has at least eight characters. Choose a longer one.";
    NEEDS_PASSPHRASE "refusal.needs_passphrase" "This takes your passphrase. Enter it.";
    ALLOW_BY_PASSPHRASE "refusal.allow_by_passphrase" "To allow this takes the passphrase. Enter it.";
    NO_PASSPHRASE "refusal.no_passphrase" "This vault has no passphrase: it opens with the system keyring. Answer in Keylodge's window.";
    SET_PASSPHRASE_FIRST "refusal.set_passphrase_first" "The vault has no passphrase yet, so none can be asked for. Set one first: `keylodge passphrase set`.";
    KEYRING "refusal.keyring" "The system keyring cannot be used: {why}";
    VAULT_IO "refusal.vault_io" "The vault could not be read or written: {why}";
    VAULT_LOCKED "refusal.vault_locked" "The vault is locked.";
    UNLOCK_IN_WINDOW "refusal.unlock_in_window" "Unlock Keylodge in its window, or with the passphrase.";

    ANSWER_IN_WINDOW "refusal.answer_in_window" "Allowing takes the person: answer in Keylodge's window, or with the passphrase at a terminal.";
    NO_WINDOW "refusal.no_window" "This widens access and there is no window to ask in: give the passphrase.";
    YOU_SAID_NO "refusal.you_said_no" "You said no.";
    NOBODY_ANSWERED "refusal.nobody_answered" "Nobody answered in time.";
    NOBODY_THERE "refusal.nobody_there" "Nobody answered in time. Ask again when the person is there.";
    PERSON_SAID_NO "refusal.person_said_no" "The person said no.";
    FOR_GOOD "refusal.for_good" "The person has refused this program for good.";
    ASKED_CHANGED "refusal.asked_changed" "The program that asked has changed meanwhile.";
    CHANGED_WHILE_LOOKING "refusal.changed_while_looking" "The program that asked has changed while Keylodge looked at it. Ask again.";
    CHOOSE_ACCOUNT "refusal.choose_account" "Choose an account.";
    TYPE_CODE "refusal.type_code" "This request is confirmed by a code. Type the one that the program shows itself.";
    WRONG_CODE "refusal.wrong_code" "That is not the code of this request. Type the one that the program shows itself; {left} more tries.";
    LAST_CODE "refusal.last_code" "That was the last wrong code: this request has ended. Start again in the program that asked.";
    MOMENTS_AGO "refusal.moments_ago" "This program was refused moments ago. It may ask again in {left} seconds.";
    COMMANDS_REFUSED "refusal.commands_refused" "You refused commands moments ago. They may ask again in {left} seconds; with the passphrase, or in Keylodge's window, it goes at once.";
    TOO_MANY_QUESTIONS "refusal.too_many_questions" "Too many questions wait for the person already. Ask again later.";

    NO_ACCOUNT "refusal.no_account" "There is no account “{account}”. `keylodge account list` shows all.";
    NO_SEPARATE "refusal.no_separate" "The account {account} has no such second sign-in. `keylodge account show` lists them with their ids.";
    NO_PROGRAM "refusal.no_program" "There is no program “{app}”. `keylodge app list` shows all.";
    NO_CONSENT "refusal.no_consent" "There is no consent “{consent}”. `keylodge consent list` shows all.";
    NO_LEASE "refusal.no_lease" "There is no live lease “{lease}”.";
    NO_ROUTE "refusal.no_route" "There is no such route. `keylodge route list` shows all.";
    NO_SETTING "refusal.no_setting" "There is no setting “{setting}”. `keylodge settings list` shows all.";
    NO_SUCH_PROVIDER "refusal.no_such_provider" "There is no such provider.";
    NO_OWN_PROVIDER "refusal.no_own_provider" "There is no provider of your own called “{provider}”.";
    NO_OWN_CLIENT "refusal.no_own_client" "No client id of yours is kept for {provider}. It is entered with an account: `keylodge account add {id} --client-id …`.";
    SECRET_REFUSED "refusal.secret_refused" "{provider} does not take this secret. Nothing was changed: copy it again, whole, and enter it once more.";
    ACCOUNT_GONE "refusal.account_gone" "That account is gone.";
    NOT_HELD "refusal.not_held" "This consent does not hold {scope}.";

    ALLOWS_MORE "refusal.allows_more" "This allows more than before. Do it in Keylodge's window, or give the passphrase.";
    GUARDS_YOU "refusal.guards_you" "This setting guards you. Change it in Keylodge's window, or give the passphrase.";
    MAY_ASK_AGAIN "refusal.may_ask_again" "You told this program not to ask again. To let it ask, use Keylodge's window, or give the passphrase.";
    ONLY_ITS_NOTE "refusal.only_its_note" "This is a standing refusal: only its note can be changed. Withdraw it to let the program ask again.";
    ONLY_SIGNED_IN_SCOPES "refusal.only_signed_in_scopes" "Name at least one scope, and only scopes that the account was signed in with.";
    TOO_LONG_BY_POLICY "refusal.too_long_by_policy" "The administrator's policy allows no consent so long.";
    NO_SCOPE "refusal.no_scope" "Name at least one scope.";
    BAD_SCOPE "refusal.bad_scope" "One of the scopes is not spelled as a scope can be, or there are too many. Check them.";
    ON_OR_OFF "refusal.on_or_off" "“{setting}” takes on or off.";
    NUMBER_FROM_TO "refusal.number_from_to" "“{setting}” takes a number from {least} to {most}.";
    ONE_OF "refusal.one_of" "“{setting}” takes one of: {words}.";

    POLICY_BROKEN "policy.broken" "The administrator's policy cannot be followed, so nothing is handed out: {why} Ask the administrator to mend it.";
    THE_POLICY "policy.the" "The administrator's policy";
    POLICY_OF "policy.of" "The policy of {who}";
    FORBIDS_PROVIDER "policy.forbids_provider" "{policy} does not allow the provider {provider}.";
    FORBIDS_RELEASE "policy.forbids_release" "{policy} does not allow that a provider's own token is handed out. Use the gateway.";
    FORBIDS_OWN_PROVIDERS "policy.forbids_own_providers" "{policy} does not allow providers of one's own.";
    NO_PROVIDER "refusal.no_provider" "There is no provider “{provider}”. `keylodge provider list` shows all.";
    DEMO_STOPPED "refusal.demo_stopped" "The demo provider does not run. Start it in Keylodge's window (“Try it with the demo”), or start Keylodge with `keylodge serve --demo`.";
    NOT_ACCEPTED "refusal.not_accepted" "{provider} is offered by the file {file} and not accepted yet. `keylodge provider accept {provider}` shows where it leads.";
    PROVIDER_MOVED "refusal.provider_moved" "{provider} was changed or removed while you signed in. Sign in again.";
    ITS_SIGN_IN_WITHDRAWN "refusal.its_sign_in_withdrawn" "its sign-in was withdrawn.";
    ITS_SIGN_IN_LACKS "refusal.its_sign_in_lacks" "its sign-in does not allow {scopes}.";
    BOUND_TO_KEY "refusal.bound_to_key" "The tokens of {provider} are bound to a key that does not leave Keylodge (DPoP). Use the gateway.";
    PROVIDER_TAKEN "refusal.provider_taken" "The id {provider} is taken. Choose another one.";
    PROVIDER_IN_USE "refusal.provider_in_use" "{provider} still has accounts. Remove them first.";
    PROVIDER_ID "refusal.provider_id" "A provider's id is up to 40 lower-case letters, digits and hyphens, e.g. `work-sso`. Choose another one.";
    PROVIDER_NAME "refusal.provider_name" "A provider needs a name. Enter one.";
    INPUT_MISSING "refusal.input_missing" "“{input}” is missing. Enter it.";
    OFFER_CHANGED "refusal.offer_changed" "The file {file} has changed since you saw what it says. Look at it again.";
    NEEDS_CLIENT "refusal.needs_client" "{provider} needs a client id of your own: its guide says how to get one. Enter it (`--client-id`).";
    NO_SUCH_SIGN_IN "refusal.no_such_sign_in" "That sign-in is not under way any more. Begin a new one.";
    TOO_MANY_SIGN_INS "refusal.too_many_sign_ins" "Too many sign-ins are under way. Finish or cancel one first.";
    NOTHING_TO_PASTE "refusal.nothing_to_paste" "This sign-in ends by itself. There is nothing to paste for it.";
    OTHER_ACCOUNT "refusal.other_account" "You signed in as “{name}”, but {account} was to be renewed. Sign in as that one.";

    NO_PROGRAM_NAME "refusal.no_program_name" "The program has no name. Give it one.";
    SERVER_ADDRESS "refusal.server_address" "A resource server's address must be http on 127.0.0.1 or [::1].";
    ROUTE_EMPTY "refusal.route_empty" "A route needs a directory, a repository, a host or a program. Name at least one.";
    ROUTE_DIRECTORY "refusal.route_directory" "A route's directory is written in full. Begin it with a slash.";
    ROUTE_THERE "refusal.route_there" "There is a route for just that already. Remove it first: `keylodge route list`.";
    TOO_MANY_ROUTES "refusal.too_many_routes" "There are too many routes. Remove some first.";

    NO_FILE_DIALOG "desktop.no_file_dialog" "The dialog for files could not be shown: {why}. Type the file's path instead.";
    NO_PROMPT "desktop.no_prompt" "The window that asks could not be shown: {why}. Answer at a terminal: `keylodge request list`.";
    BROKER_GONE "desktop.broker_gone" "Keylodge's broker has stopped. Open Keylodge again.";
    TOO_EARLY "desktop.too_soon" "The question appeared, moved or changed a moment ago, so nothing was allowed. Read it again, then choose.";
    TOO_LONG "desktop.too_long" "That is too long. Shorten it and try again.";
    FILE_THERE "refusal.file_there" "There is a file of that name already. Choose another name.";
    FILE_NOT_WRITTEN "refusal.file_not_written" "The file could not be written ({why}). Choose another place.";
    BACKUP_NOT_READ "refusal.backup_not_read" "The backup could not be read ({why}). Check its path.";
    FILE_PATH "refusal.file_path" "Write the file's path in full. Begin it with a slash.";
    DEMO_RUNS "refusal.demo_runs" "The demo program runs already.";
    NO_HOME "refusal.no_home" "No home directory is known. Set HOME.";
    AUTOSTART "refusal.autostart" "The start with the session could not be changed ({why}).";
}
