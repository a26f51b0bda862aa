//! Secrets do not show.

use crate::provider::{Hostile, begin};

#[tokio::test]
async fn lek_03_the_address_for_the_browser_holds_no_secret() {
    let hostile = Hostile::start().await;
    let mut plan = crate::provider::plan(hostile.openid(), "openid");
    plan.client.as_mut().expect("a client").client_secret = Some(crate::provider::secret("canary"));
    let upstreams = hostile.upstreams();
    let under_way = broker::Upstream::begin_sign_in(&upstreams, plan).await.expect("begun");
    assert!(!under_way.authorize_url.as_str().contains("canary"));
    assert!(!under_way.authorize_url.as_str().contains("code_verifier"));
    begin(&upstreams, hostile.plain(), "read").await;
}
