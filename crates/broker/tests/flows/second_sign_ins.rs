//! Second sign-ins of an account: what is known of each, and how one is ended alone.

use broker::{
    Delivery, Error, Health, Narrowing, Provider, UpstreamError,
    provider::{Ends, Revocation},
};

use crate::{
    asked,
    fakes::{FakeUpstream, HOUR, House, program, scopes},
    gateway,
    narrowing::{released, second_ones, second_sign_in, signing_in_twice},
    request, restarted, settle,
};

async fn signed_in_twice(shape: fn(Provider) -> Provider) -> House {
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(shape);
    let house = House::at(upstream).await;
    second_sign_in(&house, "read").await.expect("signed in");
    house
}

/// Where revoking one sign-in revokes every sign-in of the client.
fn ending_all(provider: Provider) -> Provider {
    let revocation = Revocation { ends: Ends::Client, ..provider.revocation.clone() };
    Provider { revocation, ..signing_in_twice(provider) }
}

fn second(house: &House) -> broker::HeldSignIn {
    let held = house.broker.account("work").expect("there").sign_ins;
    held.into_iter().find(|held| held.separate).expect("a second one")
}

#[tokio::test]
async fn what_each_sign_in_holds_and_whom_it_serves_is_known() {
    let house = signed_in_twice(signing_in_twice).await;
    released(&house, "second", "read").await.expect("released");
    for (tool, what) in [("tool", "read write"), ("reader", "read")] {
        let wanted = request(&house, &program(tool), what).await;
        asked(&house, wanted, house.allow(what, Delivery::Gateway, HOUR)).await.expect("out");
    }
    let account = house.broker.account("work").expect("there");
    assert_eq!(account.parts, scopes("read write admin"), "what another one can be for");
    let [own, second] = &account.sign_ins[..] else { panic!("{:?}", account.sign_ins) };
    assert_eq!((own.separate, &own.scopes), (false, &scopes("read write admin")));
    assert_eq!((&own.apps[..], own.released_to.len()), (&["tool".to_owned()][..], 0));
    assert_eq!((second.separate, second.works, &second.scopes), (true, true, &scopes("read")));
    assert_eq!(second.apps, ["reader", "second"]);
    assert_eq!(second.released_to, ["second"], "the other one goes on at the gateway");
}

#[tokio::test]
async fn a_second_sign_in_ends_alone_with_what_was_released_by_it() {
    let house = signed_in_twice(signing_in_twice).await;
    released(&house, "second", "read").await.expect("released");
    let wanted = request(&house, &program("reader"), "read").await;
    let ours = asked(&house, wanted, house.allow("read", Delivery::Gateway, HOUR)).await.expect("out");
    let id = second(&house).id.to_string();
    let told = house.broker.end_separate("work", &id).await.expect("ended");
    assert!(told.contains("revoked at Acme, too"), "{told}");
    assert_eq!(house.vault.records().grants.len(), 1, "with its tokens");
    let left: Vec<_> = house.broker.leases().expect("open").into_iter().map(|lease| lease.delivery).collect();
    assert_eq!(left, [Delivery::Gateway]);
    gateway(&house, &ours.token, "GET", "/things").await.expect("served by the account's own");
    let mut again = request(&house, &program("second"), "read").await;
    again.delivery = Delivery::Release;
    let refused = house.broker.access(again).await;
    assert!(matches!(refused, Err(Error::NotReleased(_))), "{refused:?}");
    assert_eq!(house.broker.account("work").expect("there").health, Health::Working);
    let sentences = house.vault.sentences();
    assert!(sentences.iter().any(|said| said.contains("was ended: read")), "{sentences:?}");
    let own = house.broker.account("work").expect("there").sign_ins[0].id.to_string();
    for other in [own, id, "nothing".to_owned()] {
        assert!(
            matches!(house.broker.end_separate("work", &other).await, Err(Error::NotFound(_))),
            "{other}"
        );
    }
}

#[tokio::test]
async fn where_revoking_one_sign_in_ends_them_all_the_second_one_is_only_destroyed_here() {
    let house = signed_in_twice(ending_all).await;
    house.upstream.fail(Some(UpstreamError::Unusable("nobody may be asked".into())));
    let told = house.broker.end_separate("work", second(&house).id.as_str()).await.expect("ended");
    assert!(told.contains("end the account's own sign-in, too"), "{told}");
    assert_eq!((house.vault.records().grants.len(), second_ones(&house)), (1, vec![]));
}

#[tokio::test]
async fn uc_23_a_second_sign_in_that_has_ended_waits_for_its_provider_and_serves_nobody() {
    let house = signed_in_twice(signing_in_twice).await;
    house.upstream.fail(Some(UpstreamError::Away {
        provider: "Acme".into(),
        retry_after: Some(60),
        detail: String::new(),
    }));
    let told = house.broker.end_separate("work", second(&house).id.as_str()).await.expect("ended");
    assert!(told.contains("goes on trying"), "{told}");
    assert_eq!((house.vault.records().grants.len(), second_ones(&house)), (2, vec![]));
    assert_eq!(house.broker.account("work").expect("there").health, Health::Working);
    house.upstream.fail(None);
    house.sign_in().await;
    assert_eq!(house.vault.records().grants.len(), 2, "it is not forgotten before the provider knows");
    house.clock.turn(61);
    house.broker.tick().await;
    settle().await;
    assert_eq!(house.vault.records().grants.len(), 1);
}

/// Second sign-ins were kept without a mark once.
#[tokio::test]
async fn of_several_unmarked_sign_ins_the_widest_is_the_account_s_own_for_good() {
    let house = signed_in_twice(signing_in_twice).await;
    house.vault.change_grants(|grant| grant.separate = false);
    let next = restarted(&house, &house.upstream).await;
    assert_eq!(second_ones(&next), [scopes("read")]);
    *next.upstream.grants_only.lock().expect("lock") = Some(scopes("admin"));
    next.sign_in().await;
    let last = restarted(&next, &next.upstream).await;
    assert_eq!(second_ones(&last), [scopes("read")], "however small its own came back");
    let presence = last.broker.presence_by_passphrase(&"correct horse".into()).await.expect("it is");
    let backup = last.broker.backup(&"backup words".into(), &presence).await.expect("made");
    last.vault.change_grants(|grant| grant.separate = false);
    last.broker.restore(&backup, &"backup words".into(), &presence).await.expect("back");
    let marked = last.vault.records().grants.into_iter().filter(|grant| grant.separate).count();
    assert_eq!(marked, 1, "from an older backup, too");
}

#[tokio::test]
async fn where_a_second_sign_in_is_no_way_to_less_none_is_offered() {
    let merging = |provider| Provider { merges_consent: true, ..signing_in_twice(provider) };
    let without = |provider| Provider { narrowing: vec![Narrowing::GatewayRules], ..provider };
    for shape in [merging as fn(Provider) -> Provider, without] {
        let upstream = FakeUpstream::default();
        *upstream.shape.lock().expect("lock") = Some(shape);
        let house = House::at(upstream).await;
        assert!(house.broker.account("work").expect("there").parts.is_empty());
    }
    let upstream = FakeUpstream::default();
    *upstream.shape.lock().expect("lock") = Some(signing_in_twice);
    let house = House::empty(upstream).await;
    house.sign_in_for("read").await;
    assert!(house.broker.account("work").expect("there").parts.is_empty(), "there is nothing less");
}
