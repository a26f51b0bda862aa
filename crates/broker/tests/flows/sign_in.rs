//! Sign-ins whose answer the person carries over from the browser.

use broker::{
    ByHand, Error, Presence, ProviderId, SecretOf, SignInState, SignInWish, UpstreamError,
    provider::SignInWay,
};

use crate::fakes::House;

fn wish() -> SignInWish {
    SignInWish {
        provider: "acme".into(),
        label: None,
        client_id: Some("ours".into()),
        client_secret: None,
        scopes: broker::ScopeSet::default(),
        open_browser: false,
        way: SignInWay::Code,
        key: None,
    }
}

#[tokio::test]
async fn what_does_not_fit_leaves_the_sign_in_waiting_and_what_fits_ends_it() {
    let house = House::with_account().await;
    *house.upstream.by_hand.lock().expect("lock") = Some(ByHand::Address);
    let begun = house.broker.begin_sign_in(wish(), &Presence::of_native_window()).await.expect("begun");
    assert_eq!(begun.by_hand, Some(ByHand::Address));
    let id = begun.id.as_str();
    let wrong = house.broker.paste_sign_in(id, &"something".into());
    assert!(matches!(wrong, Err(Error::Provider(UpstreamError::Unusable(_)))), "{wrong:?}");
    assert_eq!(house.broker.sign_in(id).expect("known"), SignInState::Pending);
    house.broker.paste_sign_in(id, &"the answer".into()).expect("taken");
    let end = house.broker.sign_in_end(id).await.expect("ended");
    assert!(matches!(end, SignInState::Completed { .. }), "{end:?}");
    let late = house.broker.paste_sign_in(id, &"the answer".into());
    assert!(matches!(late, Err(Error::NotFound(_))), "{late:?}");
}

#[tokio::test]
async fn nothing_is_pasted_for_a_sign_in_that_is_not_there_or_ends_by_itself() {
    let house = House::with_account().await;
    assert!(matches!(house.broker.paste_sign_in("nobody", &"x".into()), Err(Error::NotFound(_))));
    let device = SignInWish { way: SignInWay::Device, ..wish() };
    *house.upstream.by_hand.lock().expect("lock") = Some(ByHand::Code);
    let begun = house.broker.begin_sign_in(device, &Presence::of_native_window()).await.expect("begun");
    let pasted = house.broker.paste_sign_in(begun.id.as_str(), &"the answer".into());
    assert!(matches!(pasted, Err(Error::InvalidRequest(_))), "{pasted:?}");
}

#[tokio::test]
async fn a_key_that_was_made_ahead_is_the_clients_once_its_id_is_entered() {
    let house = House::with_account().await;
    let presence = Presence::of_native_window();
    let in_use = house.broker.client_key("acme", &presence).await;
    assert!(matches!(in_use, Err(Error::InvalidRequest(_))), "accounts rest on the client: {in_use:?}");
    house.broker.remove_account("work").await.expect("removed");
    for _ in 0..2 {
        assert_eq!(house.broker.client_key("acme", &presence).await.expect("a key"), "its public half");
    }
    assert!(house.broker.provider("acme").expect("known").client.is_none(), "there is no client id yet");
    let begun = house.broker.begin_sign_in(wish(), &presence).await.expect("begun");
    house.broker.sign_in_end(begun.id.as_str()).await.expect("ended");
    let kept = house.vault.secret_now(&SecretOf::Client(ProviderId::from_text("acme")));
    assert_eq!(kept.as_deref(), Some("key: its private half"));
}

#[tokio::test]
async fn the_demos_id_is_told_apart_from_unknown_and_misspelled_ones() {
    let house = House::with_account().await;
    let error = house.broker.provider("demo").expect_err("it does not run").to_string();
    assert!(error.contains("does not run"), "{error}");
    let error = house.broker.provider("nowhere").expect_err("unknown").to_string();
    assert!(error.contains("provider list"), "{error}");
    let click = Presence::of_native_window();
    for (id, said) in [("demo", "is taken"), ("Demo", "lower-case")] {
        let own = broker::Provider { id: ProviderId::from_text(id), ..crate::fakes::acme() };
        let error = house.broker.add_provider(own, &click).await.expect_err("not for others").to_string();
        assert!(error.contains(said), "{error}");
    }
}
