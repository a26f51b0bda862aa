//! What will hurt an account soon.

use super::Message;

messages! {
    SILENT "health.silent" "The provider did not answer last time. Keylodge tries again when a program asks.";
    CLOCK_OFF "soon.clock_off" "This computer's clock is off by {minutes} minutes. Set it, or sign-ins may fail.";
    TESTING "soon.testing" "Your client id is in testing mode at {provider}: this sign-in ends {when}. Publish it there to keep it.";
    MAYBE_TESTING "soon.maybe_testing" "If your client id is still in testing mode at {provider}, this sign-in ends {when}. Publish it there to keep it.";
    SIGN_IN_ENDS "soon.sign_in_ends" "{provider} ends this sign-in {when}. Sign in again before then.";
    SECRETS_END "soon.secrets_end" "Client secrets at {provider} end, and yours ends {when} at the latest. Make a new one there and enter it.";
    SECRET_ENDS "soon.secret_ends" "Your client secret at {provider} ends {when}. Make a new one there and enter it.";
    CROWDED "soon.crowded" "An unreviewed client id at {provider} takes {cap} accounts, and {people} are signed in with yours. Publish it there before it is full.";
    SECRET_ENDED "soon.secret_ended" "Your client secret at {provider} has ended, by the date that you entered. Make a new one there and enter it.";
    WITHIN_A_DAY "when.within_a_day" "within a day";
    TOMORROW "when.tomorrow" "tomorrow";
    IN_DAYS "when.in_days" "in {days} days";
}
