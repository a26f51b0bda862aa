//! Client credentials.

use crate::{
    client::{http, send},
    house::{ACCOUNT, House, Mood},
};

const FORM: (&str, &str) = ("grant_type", "client_credentials");

#[tokio::test]
async fn a_standing_consent_gives_a_token_and_nobody_is_asked() {
    let house = House::open().await;
    let program = house.confidential().await;
    let early = house.token(&program, &[FORM, ("scope", "read")]).await;
    assert_eq!(early.error(), (400, "interaction_required".into()));
    let sentence = early.json()["error_description"].as_str().expect("a sentence").to_owned();
    assert!(sentence.contains("POST /access"), "it says what to do: {sentence}");
    house.tokens(&program, &[]).await;
    house.person.is(Mood::Silent);
    let asked = house.person.questions().len();
    for more in [vec![], vec![("account", ACCOUNT), ("scope", "read")], vec![("login_hint", "work")]] {
        let reply = house.token(&program, &[vec![FORM], more].concat()).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        let answer = reply.json();
        assert!(answer.get("refresh_token").is_none(), "RFC 6749 section 4.4.3");
        let token = answer["access_token"].as_str().expect("a token");
        assert_eq!(send(http().get(house.gateway("/things")).bearer_auth(token)).await.status, 200);
    }
    let wider = house.token(&program, &[FORM, ("scope", "read wide")]).await;
    assert_eq!(wider.error(), (400, "interaction_required".into()));
    assert_eq!(house.person.questions().len(), asked);
}

#[tokio::test]
async fn only_a_program_that_proves_itself_may() {
    let house = House::open().await;
    let program = house.program().await;
    house.tokens(&program, &[]).await;
    assert_eq!(house.token(&program, &[FORM]).await.error(), (401, "invalid_client".into()));
}
