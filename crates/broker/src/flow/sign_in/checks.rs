//! What a sign-in must fit.

use crate::{
    Error, Provider, UpstreamError,
    house::House,
    messages::{refusals, sign_in},
    provider::SignInWay,
};

/// What a sign-in brought is not kept for a provider whose addresses changed while it was under way.
pub(super) fn check_unmoved(house: &House, signed_in_at: &Provider) -> Result<(), Error> {
    let now = house.providers.get(&signed_in_at.id);
    if now.is_some_and(|now| !now.takes_secrets_elsewhere(signed_in_at)) {
        return Ok(());
    }
    let why = refusals::PROVIDER_MOVED.with([("provider", &signed_in_at.name)]);
    Err(Error::Provider(UpstreamError::Ended(why)))
}

/// A catalogue entry that lists its ways knows; one of the person's own is tried.
pub(super) fn check_way(provider: &Provider, way: SignInWay) -> Result<(), Error> {
    if provider.sign_in.is_empty() || provider.signs_in_by(way) {
        return Ok(());
    }
    let way = match way {
        SignInWay::Code => sign_in::IN_BROWSER,
        SignInWay::Device => sign_in::BY_DEVICE_CODE,
        SignInWay::ClientCredentials => sign_in::BY_CLIENT,
        SignInWay::JwtBearer | SignInWay::GithubApp => sign_in::BY_KEY_FILE,
    };
    Err(Error::InvalidRequest(sign_in::NO_SUCH_WAY.with([("provider", &provider.name), ("way", &way)])))
}
