//! What an administrator has laid down, and why a route fits.

use super::Message;

messages! {
    NO_RELEASE "rule.no_release" "A provider's own token is never handed out.";
    LONGEST "rule.longest" "No consent lasts longer than {minutes} minutes.";
    ONLY_PROVIDERS "rule.only_providers" "Only these providers may be used: {providers}.";
    NOT_PROVIDERS "rule.not_providers" "These providers may not be used: {providers}.";
    NO_OWN_PROVIDERS "rule.no_own_providers" "Providers of one's own may not be added.";
    LOCKS "rule.locks" "Keylodge locks after {minutes} idle minutes at the latest.";
    PASSPHRASE_ALWAYS "rule.passphrase_always" "To allow anything takes the passphrase.";
    PASSPHRASE_BEFORE "rule.passphrase_before" "The passphrase is asked for before: {what}.";
    RELEASE "rule.release" "release";
    HIGH_RISK "rule.high_risk" "scopes of high risk";
    PRE_APPROVED "rule.pre_approved" "{path} may use {scopes} at {provider} without asking (SHA-256 {hash}…).";
    ASKS_ALWAYS "rule.asks_always" "{policy} asks for it always.";
    LOCKS_AFTER "rule.locks_after" "{policy} locks after {minutes} minutes at the latest.";

    BAD_HASH "policy.bad_hash" "`sha256` of {path} must be 64 lower-case hexadecimal digits.";
    BAD_PATH "policy.bad_path" "The path {path} must be written in full.";
    BAD_SCOPES "policy.bad_scopes" "`scopes` of {path} must name at least one scope, each well spelled.";
    BAD_LENGTH "policy.bad_length" "`longest_consent_minutes` must be 1 or more.";
    UNREADABLE "policy.unreadable" "It cannot be read ({why}).";
    NO_FILE "policy.no_file" "It is no plain file.";
    NOT_ROOTS "policy.not_roots" "{what} does not belong to root, so anybody could have written it. Run `chown root` on it.";
    WRITABLE "policy.writable" "{what} can be written by others than root. Run `chmod go-w` on it.";
    THE_FILE "policy.the_file" "It";
    MISTAKE "policy.mistake" "Line {line} cannot be understood: “{why}”.";

    IN_DIRECTORY "route.in_directory" "{there} is in {wanted}";
    REPOSITORY "route.repository" "the repository {there} is {wanted}";
    HOST "route.host" "the host {there} is {wanted}";
    PROGRAM "route.program" "the program {there} is {wanted}";
    TAKEN "route.taken" "The account {account} is taken, because {why}.";
    NONE_FITS "route.none_fits" "No route fits: the tool must name an account, or the person chooses one.";
    LEADS "route.leads" "{when} → {account}";
    WHEN_DIRECTORY "route.when_directory" "in {value}";
    WHEN_REPOSITORY "route.when_repository" "repository {value}";
    WHEN_HOST "route.when_host" "speaking to {value}";
    WHEN_PROGRAM "route.when_program" "program {value}";
}
