//! What was looked at for the diagnostics page, and how it is.

use super::Message;

messages! {
    BROKER "finding.broker" "Broker";
    VAULT "finding.vault" "Vault";
    KEYRING "finding.keyring" "System keyring";
    WINDOW "finding.window" "Window";
    LOOPBACK "finding.loopback" "Loopback API";
    POLICY "finding.policy" "Policy";
    ACCOUNT "finding.account" "Account {account}";
    RUNTIME_DIRECTORY "finding.runtime_directory" "Runtime directory";
    MEMORY "finding.memory" "Memory";
    LOCK "finding.lock" "Lock";
    PROVIDER_FILES "finding.provider_files" "Provider files";

    RUNS "finding.runs" "Version {version} runs.";
    OPEN "finding.open" "It is open.";
    NO_VAULT "finding.no_vault" "There is none yet. Open the window, or run `keylodge unlock`.";
    LOCKED "finding.locked" "It is locked.";
    ANSWERS "finding.answers" "It answers.";
    NOT_USED "finding.not_used" "Not used: {why}";
    NO_KEYRING "finding.no_keyring" "{why} Use a passphrase instead.";
    CAN_BE_SHOWN "finding.can_be_shown" "It can be shown.";
    NO_DISPLAY "finding.no_display" "There is no display: questions are answered with `keylodge request`.";
    ADDRESSES "finding.addresses" "{url} and {socket}";
    NO_POLICY "finding.no_policy" "There is none ({file}).";
    POLICY_STANDS "finding.policy_stands" "{policy} stands ({file}).";
    IN_FILE "finding.in_file" "{file}: {why}";
    UNSEEN "finding.unseen" "{path} cannot be seen: {why}.";
    OPEN_TO_OTHERS "finding.open_to_others" "{path} is open to others. Run: `chmod 700 {path}`";
    PRIVATE "finding.private" "{path} is private.";
    OUT_OF_SWAP "finding.out_of_swap" "Keys are kept out of the swap.";
    IN_SWAP "finding.in_swap" "Keys may reach the swap ({why}). Encrypt the swap, or raise the limit of locked memory.";
    HEARS_BOTH "finding.hears_both" "Keylodge hears of sleep and of the screen's lock.";
    HEARS_SLEEP "finding.hears_sleep" "Keylodge hears of sleep; there is no session bus to hear of the screen's lock.";
    HEARS_SCREEN "finding.hears_screen" "Keylodge hears of the screen's lock; there is no system bus to hear of sleep.";
    HEARS_NOTHING "finding.hears_nothing" "There is no message bus: Keylodge locks by hand and when idle only.";
    ONE_FILE "finding.one_file" "One file can be read.";
    FILES "finding.files" "{count} files can be read.";

    KEYRING_SILENT "keyring.silent" "No keyring answers on the session bus. Start GNOME Keyring, KWallet or KeePassXC, or use a passphrase.";
    KEYRING_WITHOUT_LOGIN "keyring.without_login" "It has no login keyring. Sign in to the desktop with a password, or create a default keyring.";
    KEYRING_TWO_KEYS "keyring.two_keys" "It holds two keys for this vault. Remove the wrong one.";
    KEYRING_NO_KEY "keyring.no_key" "It holds no key for this vault. Unlock with the passphrase, or restore a backup.";
    KEYRING_ODD "keyring.odd" "It gave an answer that was not expected. Start it anew, or use a passphrase.";
    KEYRING_LOCKED "keyring.locked" "It is locked, and was not unlocked. Unlock it and try again.";
    KEYRING_NO_BUS "keyring.no_bus" "There is no session bus to reach it on. Start Keylodge from within your desktop, or use a passphrase.";
    KEYRING_SLOW "keyring.slow" "It did not answer within {seconds} seconds. Unlock it, answer its prompt, and try again.";
    KEYRING_NO_THREAD "keyring.no_thread" "It could not be asked ({why}).";
    KEYRING_OFF "keyring.off" "It is switched off for this run.";
    KEYRING_UNKNOWN "keyring.unknown" "Keylodge does not know this system's keyring yet. Use a passphrase.";
}
