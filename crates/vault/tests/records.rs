//! What goes in comes out again.
#![expect(clippy::unwrap_used, reason = "tests")]

mod support;

use broker::{
    Account, AccountId, App, AppId, Attempts, Change, ClientRegistration, Consent, ConsentId, Credential,
    Delivery, Exchanged, FamilyId, GrantId, GrantState, Lease, LeaseId, Preferences, Provider, ProviderId,
    Records, RefreshFamily, Released, Route, RouteId, RouteWhen, Scope, ScopeSet, Secret, SecretOf,
    Timestamp, TokenHash, Upkeep, UpstreamGrant, Vault, VaultError,
    consent::{Conditions, Duration},
    preferences::setting,
};
use proptest::{collection::vec, option, prelude::*};
use support::{Place, account, fact, grant};

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z0-9 _.@-]{0,20}", any::<String>()]
}

fn time() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp)
}

fn scopes() -> impl Strategy<Value = ScopeSet> {
    vec("[!#-\\[\\]-~]{1,12}", 0..5)
        .prop_map(|words| words.iter().filter_map(|word| Scope::parse(word)).collect())
}

fn delivery() -> impl Strategy<Value = Delivery> {
    prop_oneof![Just(Delivery::Gateway), Just(Delivery::Release)]
}

fn hash() -> impl Strategy<Value = TokenHash> {
    text().prop_map(|text| TokenHash::of_text(&text))
}

prop_compose! {
    fn provider(number: usize)(name in text(), issuer in option::of(text()), scope_delimiter in text()) -> Provider {
        let mut provider: Provider = serde_json::from_str(
            r##"{"id":"","name":"","mark":"A","colour":"#000000","authorize_parameters":{"access_type":"offline"}}"##,
        ).unwrap();
        provider.id = ProviderId::from_text(format!("provider{number}"));
        Provider { name, issuer, scope_delimiter, ..provider }
    }
}

prop_compose! {
    fn an_account(number: usize)(subject in text(), name in text(), label in text(), added_at in time()) -> Account {
        let (id, provider) = (AccountId::from_text(format!("acc_{number}")), ProviderId::from_text("acme"));
        Account { id, provider, subject, name, label, added_at, way: broker::provider::SignInWay::Code }
    }
}

prop_compose! {
    fn a_grant(number: usize)(
        scopes in scopes(), why in option::of(text()), refreshable in any::<bool>(), since in time(),
        version in any::<u64>(),
    ) -> UpstreamGrant {
        let state = why.map_or(GrantState::Active, |why| GrantState::ReauthRequired { why, cause: broker::Cause::Ended });
        let (id, account) = (GrantId::from_text(format!("grant_{number}")), AccountId::from_text("acc_0"));
        UpstreamGrant { id, account, scopes, state, refreshable, since, version, separate: false, upkeep: Upkeep::default() }
    }
}

prop_compose! {
    fn an_app(number: usize)(
        name in text(), secret in option::of(hash()), uris in vec(text(), 0..3), registered_at in time(),
        last_used in option::of(time()),
    ) -> App {
        App {
            id: AppId::from_text(format!("app_{number}")),
            credential: secret.map_or(Credential::Public, |hash| Credential::ClientSecret { hash }),
            redirect_uris: uris,
            registered_at,
            last_used,
            ..support::app("", &name)
        }
    }
}

prop_compose! {
    fn a_consent(number: usize)(
        scopes in scopes(), delivery in delivery(), seconds in option::of(any::<u32>()), allows in any::<bool>(),
        fingerprint in option::of(text()), since in time(), until in option::of(time()), uses in any::<u32>(),
    ) -> Consent {
        Consent {
            id: ConsentId::from_text(format!("con_{number}")),
            app: AppId::from_text("app_0"),
            account: AccountId::from_text("acc_0"),
            duration: seconds.map_or(Duration::Always, |seconds| Duration::Seconds { seconds }),
            fingerprint: fingerprint.map(Into::into), scopes, delivery, allows, since, until, last_used: until, uses,
            note: "why".into(),
            conditions: Conditions { directory: Some("/srv".into()), ..Conditions::default() },
            asks_each_time: !allows,
            by_policy: allows,
        }
    }
}

prop_compose! {
    fn a_lease(number: usize)(
        scopes in scopes(), delivery in delivery(), audience in text(), token in hash(), since in time(),
        until in time(),
    ) -> Lease {
        Lease {
            id: LeaseId::from_text(format!("lease_{number}")),
            app: AppId::from_text("app_0"),
            account: AccountId::from_text("acc_0"),
            consent: ConsentId::from_text("con_0"),
            family: None,
            key: None,
            by_details: false,
            exchanged: Some(Exchanged { subject: LeaseId::from_text("lease_0"), actors: vec![AppId::from_text("app_0")] }),
            narrowed_by: None,
            scopes, delivery, audience, token, since, until,
        }
    }
}

fn released(lease: &Lease) -> Released {
    Released {
        lease: lease.id.clone(),
        provider: ProviderId::from_text("a"),
        app: lease.app.clone(),
        app_name: "Tool".into(),
        account: lease.account.clone(),
        account_label: "work".into(),
        scopes: lease.scopes.clone(),
        token: lease.token.clone(),
        runs_out: Some(lease.until),
        alone: true,
        at_any_price: false,
        attempts: Some(Attempts::begun(lease.since)),
    }
}

prop_compose! {
    fn a_family(number: usize)(
        scopes in scopes(), resource in option::of(text()), current in hash(), spent in vec(hash(), 0..4),
        since in time(),
    ) -> RefreshFamily {
        RefreshFamily {
            id: FamilyId::from_text(format!("fam_{number}")),
            app: AppId::from_text("app_0"),
            account: AccountId::from_text("acc_0"),
            consent: ConsentId::from_text("con_0"),
            delivery: Delivery::Gateway,
            or_gateway: false,
            renewed_at: since,
            key: None,
            by_details: false,
            scopes, resource, current, spent, since,
        }
    }
}

fn route(id: &str) -> Route {
    let when = RouteWhen { directory: Some(format!("/srv/{id}")), ..RouteWhen::default() };
    let account = AccountId::from_text("acc_0");
    Route { id: RouteId::from_text(id), account, when, note: String::new() }
}

fn client(id: &str, has_secret: bool) -> ClientRegistration {
    ClientRegistration {
        provider: ProviderId::from_text(id),
        issuer: "https://acme.example".into(),
        client_id: "id".into(),
        has_secret,
        dynamic: true,
        redirect_uri: Some("http://127.0.0.1/callback".into()),
        since: Timestamp(9),
        known: broker::ClientFacts { secret_ends: Some(Timestamp(10)), testing: Some(true) },
    }
}

prop_compose! {
    fn records()(
        providers in (provider(0), provider(1)), accounts in (an_account(1), an_account(0)),
        grants in (a_grant(0), a_grant(1)), apps in (an_app(0), an_app(1)), consents in (a_consent(0), a_consent(1)),
        leases in (a_lease(0), a_lease(1)), families in (a_family(0), a_family(1)),
    ) -> Records {
        Records {
            providers: vec![providers.0, providers.1],
            clients: vec![client("a", true), client("b", false)],
            accounts: vec![accounts.0, accounts.1],
            grants: vec![grants.0, grants.1],
            apps: vec![apps.0, apps.1],
            consents: vec![consents.0, consents.1],
            released: vec![released(&leases.0), released(&leases.1)],
            leases: vec![leases.0, leases.1],
            families: vec![families.0, families.1],
            routes: vec![route("1"), route("0")],
            preferences: Preferences::default().with(&setting::THEME, "dark").unwrap(),
        }
    }
}

fn puts(records: &Records) -> Vec<Change> {
    let records = records.clone();
    let client = |it: ClientRegistration| {
        let secret = it.has_secret.then(|| Secret::from("s"));
        Change::PutClient(it, secret)
    };
    (records.providers.into_iter().map(Change::PutProvider))
        .chain(records.clients.into_iter().map(client))
        .chain(records.accounts.into_iter().map(Change::PutAccount))
        .chain(records.grants.into_iter().map(|it| Change::PutGrant(it, None)))
        .chain(records.apps.into_iter().map(Change::PutApp))
        .chain(records.consents.into_iter().map(Change::PutConsent))
        .chain(records.leases.into_iter().map(Change::PutLease))
        .chain(records.released.into_iter().map(|it| Change::PutReleased(it, Some(Secret::from("at")))))
        .chain(records.families.into_iter().map(Change::PutFamily))
        .chain(records.routes.into_iter().map(Change::PutRoute))
        .chain([Change::PutPreferences(records.preferences)])
        .collect()
}

fn deletes(records: &Records) -> Vec<Change> {
    let records = records.clone();
    (records.providers.into_iter().map(|it| Change::DeleteProvider(it.id)))
        .chain(records.clients.into_iter().map(|it| Change::DeleteClient(it.provider)))
        .chain(records.accounts.into_iter().map(|it| Change::DeleteAccount(it.id)))
        .chain(records.grants.into_iter().map(|it| Change::DeleteGrant(it.id)))
        .chain(records.apps.into_iter().map(|it| Change::DeleteApp(it.id)))
        .chain(records.consents.into_iter().map(|it| Change::DeleteConsent(it.id)))
        .chain(records.leases.into_iter().map(|it| Change::DeleteLease(it.id)))
        .chain(records.released.into_iter().map(|it| Change::DeleteReleased(it.lease)))
        .chain(records.families.into_iter().map(|it| Change::DeleteFamily(it.id)))
        .chain(records.routes.into_iter().map(|it| Change::DeleteRoute(it.id)))
        .chain([Change::PutPreferences(Preferences::default())])
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_put_is_loaded_again_in_its_order_and_goes_when_deleted(records in records()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let place = Place::new();
            let vault = place.made().await;
            vault.commit(puts(&records)).await.unwrap();
            vault.commit(puts(&records)).await.unwrap();
            vault.close().await;
            let vault = place.opened().await;
            prop_assert_eq!(&vault.load().await.unwrap(), &records);
            vault.commit(deletes(&records)).await.unwrap();
            vault.commit(deletes(&records)).await.unwrap();
            prop_assert_eq!(vault.load().await.unwrap(), Records::default());
            Ok(())
        })?;
    }
}

async fn secret(vault: &vault::FileVault, of: SecretOf) -> Option<String> {
    vault.secret(&of).await.unwrap().map(|secret| secret.expose().clone())
}

#[tokio::test]
async fn a_grant_keeps_its_refresh_token_until_a_new_one_comes() {
    let place = Place::new();
    let vault = place.made().await;
    let of = || SecretOf::Grant(GrantId::from_text("grant_1"));
    vault.commit(vec![Change::PutGrant(grant("grant_1", 1), Some(Secret::from("one")))]).await.unwrap();
    vault.commit(vec![Change::PutGrant(grant("grant_1", 2), None)]).await.unwrap();
    assert_eq!(secret(&vault, of()).await.as_deref(), Some("one"));
    vault.commit(vec![Change::PutGrant(grant("grant_1", 3), Some(Secret::from("two")))]).await.unwrap();
    assert_eq!(secret(&vault, of()).await.as_deref(), Some("two"));
    assert_eq!(secret(&vault, SecretOf::Client(ProviderId::from_text("grant_1"))).await, None);
}

#[tokio::test]
async fn uc_33_a_sign_ins_key_is_sealed_backed_up_and_destroyed_with_it() {
    let place = Place::new();
    let vault = place.made().await;
    let of = || SecretOf::ProofKey(GrantId::from_text("grant_1"));
    let put = |key: Option<&str>| Change::PutProofKey(GrantId::from_text("grant_1"), key.map(Secret::from));
    vault.commit(vec![Change::PutGrant(grant("grant_1", 1), None), put(Some("one"))]).await.unwrap();
    vault.commit(vec![Change::PutGrant(grant("grant_1", 2), Some(Secret::from("rt")))]).await.unwrap();
    assert_eq!(secret(&vault, of()).await.as_deref(), Some("one"), "a refresh keeps it");
    let own = Secret::from("the backup's own words");
    let backup = vault.read_backup(&vault.backup(&own).await.unwrap(), &own).await.unwrap();
    let sealed = backup.secrets.iter().find(|(whose, _)| *whose == of()).expect("with its refresh token");
    assert_eq!(sealed.1.expose(), "one");
    vault.commit(vec![put(None)]).await.unwrap();
    assert_eq!(secret(&vault, of()).await, None, "a sign-in without one took its place");
    vault.commit(vec![put(Some("two"))]).await.unwrap();
    vault.commit(vec![Change::DeleteGrant(GrantId::from_text("grant_1"))]).await.unwrap();
    assert_eq!(secret(&vault, of()).await, None);
}

#[tokio::test]
async fn a_released_token_is_sealed_until_it_is_over() {
    let place = Place::new();
    let vault = place.made().await;
    let lease = a_lease_that_is_out();
    let of = || SecretOf::Released(lease.id.clone());
    vault.commit(vec![Change::PutReleased(released(&lease), Some(Secret::from("at")))]).await.unwrap();
    vault.commit(vec![Change::PutReleased(released(&lease), None)]).await.unwrap();
    assert_eq!(secret(&vault, of()).await.as_deref(), Some("at"), "another attempt keeps it");
    let own = Secret::from("the backup's own words");
    let backup = vault.read_backup(&vault.backup(&own).await.unwrap(), &own).await.unwrap();
    let sealed = backup.secrets.iter().find(|(whose, _)| *whose == of()).expect("to be ended from there");
    assert_eq!((sealed.1.expose().as_str(), backup.records.released.len()), ("at", 1));
    vault.commit(vec![Change::DeleteReleased(lease.id.clone())]).await.unwrap();
    assert_eq!(secret(&vault, of()).await, None);
}

fn a_lease_that_is_out() -> Lease {
    Lease {
        id: LeaseId::from_text("lease_1"),
        app: AppId::from_text("app_0"),
        account: AccountId::from_text("acc_0"),
        consent: ConsentId::from_text("con_0"),
        family: None,
        key: None,
        by_details: false,
        exchanged: None,
        narrowed_by: None,
        scopes: ScopeSet::parse("read").unwrap(),
        delivery: Delivery::Release,
        audience: "https://api.acme.example/".into(),
        token: TokenHash::of(&Secret::from("at")),
        since: Timestamp(1),
        until: Timestamp(2),
    }
}

#[tokio::test]
async fn a_registration_put_without_a_secret_has_none() {
    let place = Place::new();
    let vault = place.made().await;
    let of = || SecretOf::Client(ProviderId::from_text("a"));
    vault.commit(vec![Change::PutClient(client("a", true), Some(Secret::from("s")))]).await.unwrap();
    assert_eq!(secret(&vault, of()).await.as_deref(), Some("s"));
    vault.commit(vec![Change::PutClient(client("a", false), None)]).await.unwrap();
    assert_eq!(secret(&vault, of()).await, None);
}

#[tokio::test]
async fn signing_keys_come_oldest_first() {
    let place = Place::new();
    let vault = place.made().await;
    for id in ["zulu", "alpha", "mike"] {
        let key = Change::PutSigningKey(id.into(), Secret::from(format!("key {id}").as_str()));
        vault.commit(vec![key]).await.unwrap();
    }
    let gone = Change::PutSigningKey("gone".into(), Secret::from("key gone"));
    vault.commit(vec![gone, Change::DeleteSigningKey("gone".into())]).await.unwrap();
    let keys = vault.signing_keys().await.unwrap();
    let keys: Vec<_> = keys.iter().map(|(id, key)| (id.as_str(), key.expose().as_str())).collect();
    assert_eq!(keys, [("zulu", "key zulu"), ("alpha", "key alpha"), ("mike", "key mike")]);
}

#[tokio::test]
async fn facts_come_newest_first_in_pages() {
    let place = Place::new();
    let vault = place.made().await;
    vault.commit((1..=5).map(|number| fact(&format!("fact {number}"))).collect()).await.unwrap();
    let page = vault.activity(&broker::ActivityFilter::default(), None, 2).await.unwrap();
    assert_eq!(page.iter().map(|it| it.event.sentence.as_str()).collect::<Vec<_>>(), ["fact 5", "fact 4"]);
    let rest = vault.activity(&broker::ActivityFilter::default(), Some(page[1].number), 10).await.unwrap();
    assert_eq!(rest.iter().map(|it| it.number).collect::<Vec<_>>(), [3, 2, 1]);
}

#[tokio::test]
async fn facts_are_found_by_what_a_window_shows_of_them_in_its_language() {
    use broker::{ActivityFilter, AuditEvent, Message, Word};
    const LOOK: Message = Message { name: "look", english: "the look" };
    const SET: Message = Message { name: "set", english: "Set {what} to {value}." };
    let place = Place::new();
    let vault = place.made().await;
    let told = SET.with([("what", &LOOK), ("value", &"Dark")]);
    for said in [told.said().cloned(), None] {
        let Change::Audit(event) = fact(&told) else { unreachable!() };
        let app_name = Some("Editor".to_owned());
        vault.commit(vec![Change::Audit(AuditEvent { said, app_name, ..event })]).await.unwrap();
    }
    let found = async |words: &[(&str, Option<&[&str]>)]| {
        let word = |(word, names): &(&str, Option<&[&str]>)| Word {
            word: (*word).to_owned(),
            messages: names.map(|names| names.iter().map(|name| (*name).to_owned()).collect()),
            scopes: Vec::new(),
        };
        let filter = ActivityFilter { words: words.iter().map(word).collect(), ..ActivityFilter::default() };
        let found = vault.activity(&filter, None, 10).await.unwrap();
        found.into_iter().map(|record| record.number).collect::<Vec<_>>()
    };
    let other: Option<&[&str]> = Some(&[]);
    assert_eq!(found(&[("the LOOK", None)]).await, [2, 1], "an English window shows the sentence");
    assert_eq!(found(&[("look", other)]).await, [2], "another one only where there is nothing else to show");
    assert_eq!(found(&[("Aussehen", Some(&["look"]))]).await, [1], "words within words, too");
    assert_eq!(found(&[("dark", other)]).await, [2, 1], "what fills a place is shown in all languages");
    assert_eq!(found(&[("edit", other), ("steht", Some(&["set"]))]).await, [1], "each word must be there");
    assert_eq!(found(&[("edit", other), ("nowhere", other)]).await, [0u32; 0]);
    assert!(vault.verify_activity().await.unwrap().broken_at.is_none(), "the chain holds");
    let Change::Audit(event) = fact("Handed out.") else { unreachable!() };
    let event = event.about(&ScopeSet::parse("mail.read notes").unwrap());
    vault.commit(vec![Change::Audit(event)]).await.unwrap();
    for (scopes, expected) in [(vec!["mail.read".to_owned()], 1), (vec!["mail".to_owned()], 0), (vec![], 0)] {
        let word = Word { word: "See your mail".to_owned(), messages: None, scopes };
        let filter = ActivityFilter { words: vec![word], ..ActivityFilter::default() };
        assert_eq!(vault.activity(&filter, None, 10).await.unwrap().len(), expected, "scopes in words");
    }
}

#[tokio::test]
async fn facts_are_found_and_counted_by_what_they_are_about() {
    use broker::{ActivityFilter, AuditKind};
    let place = Place::new();
    let vault = place.made().await;
    let about = |at, kind, app: &str, scopes: &str| {
        let Change::Audit(event) = fact("Handed out 100%: 'x'.") else { unreachable!() };
        Change::Audit(broker::AuditEvent {
            at: Timestamp(at),
            kind,
            app: Some(AppId::from_text(app)),
            app_name: Some("Éditeur".into()),
            scopes: ScopeSet::parse(scopes).unwrap(),
            ..event
        })
    };
    let facts = vec![
        about(10, AuditKind::Issued, "app_1", "mail.read"),
        about(70, AuditKind::Issued, "app_2", "mail.send"),
        about(80, AuditKind::Denied, "app_2", "mail.send"),
    ];
    vault.commit(facts).await.unwrap();
    let found = async |filter: ActivityFilter| {
        let found = vault.activity(&filter, None, 10).await.unwrap();
        found.iter().map(|it| it.number).collect::<Vec<_>>()
    };
    let text = |text: &str| Some(text.to_owned());
    let all = ActivityFilter::default();
    assert_eq!(found(ActivityFilter { app: text("app_1"), ..all.clone() }).await, [1]);
    assert_eq!(found(ActivityFilter { app: text("diteur"), ..all.clone() }).await, [3, 2, 1]);
    assert_eq!(found(ActivityFilter { scope: text("SEND"), ..all.clone() }).await, [3, 2]);
    assert_eq!(found(ActivityFilter { kind: text("token"), ..all.clone() }).await, [2, 1]);
    assert_eq!(found(ActivityFilter { text: text("100%: 'x"), ..all.clone() }).await, [3, 2, 1]);
    assert_eq!(found(ActivityFilter { text: text("' OR 1=1 --"), ..all.clone() }).await, [0u32; 0]);
    let span = ActivityFilter { since: Some(Timestamp(60)), until: Some(Timestamp(80)), ..all.clone() };
    assert_eq!(found(span).await, [2]);
    let counts = vault.activity_counts(&all, 60).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|it| (it.from.0, it.kind, it.count)).collect();
    assert_eq!(counts, [(0, AuditKind::Issued, 1), (60, AuditKind::Denied, 1), (60, AuditKind::Issued, 1)]);
}

#[tokio::test]
async fn the_trail_is_cut_at_its_old_end_and_stays_whole() {
    let place = Place::new();
    let vault = place.made().await;
    vault.commit((1..=20).map(|number| fact(&format!("fact {number}"))).collect()).await.unwrap();
    let whole = vault.verify_activity().await.unwrap();
    assert_eq!((whole.events, whole.broken_at), (20, None));
    assert_eq!(vault.cut_activity(Timestamp(0), 5).await, Ok(15));
    let left = vault.verify_activity().await.unwrap();
    assert_eq!((left.events, left.broken_at), (5, None));
    vault.commit(vec![fact("later")]).await.unwrap();
    assert_eq!(vault.verify_activity().await.unwrap().broken_at, None);
    assert_eq!(vault.cut_activity(Timestamp(i64::MAX), 100).await, Ok(5), "all but the newest");
}

#[tokio::test]
async fn sto_01_a_backup_opens_with_its_passphrase_alone_and_whole() {
    let place = Place::new();
    let vault = place.made().await;
    let secret = Secret::from("canary-refresh-token");
    vault.commit(vec![Change::PutAccount(account("acc_1", "ada")), grant_with(&secret)]).await.unwrap();
    let own = Secret::from("the backup's own words");
    let sealed = vault.backup(&own).await.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("canary"), "sealed");
    let read = vault.read_backup(&sealed, &own).await.unwrap();
    assert_eq!(read.records.accounts.len(), 1);
    assert_eq!(read.secrets[0].1.expose(), "canary-refresh-token");
    assert!(vault.backup(&Secret::from("short")).await.is_err());
    let mut changed = sealed.clone();
    let middle = changed.len() - 40;
    changed[middle] ^= 1;
    assert!(vault.read_backup(&changed, &own).await.is_err(), "changed");
    assert!(vault.read_backup(&sealed[..sealed.len() / 2], &own).await.is_err(), "cut");
}

fn grant_with(secret: &Secret<String>) -> Change {
    Change::PutGrant(grant("grant_1", 1), Some(secret.clone()))
}

#[tokio::test]
async fn a_closed_vault_answers_no_question() {
    let place = Place::new();
    let vault = place.made().await;
    vault.commit(vec![Change::PutAccount(account("acc_1", "ada"))]).await.unwrap();
    vault.close().await;
    assert_eq!(vault.load().await, Err(VaultError::Locked));
    assert_eq!(vault.activity(&broker::ActivityFilter::default(), None, 1).await, Err(VaultError::Locked));
    assert!(matches!(vault.signing_keys().await, Err(VaultError::Locked)));
    assert!(matches!(vault.secret(&SecretOf::Grant(GrantId::from_text("x"))).await, Err(VaultError::Locked)));
}
