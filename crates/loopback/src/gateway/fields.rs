//! Which header fields pass the gateway, in both directions (RG-05, RG-07, UPS-11).

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use broker::provider::ApiRoute;
use url::Url;

/// Belongs to one connection (RFC 9110 §7.6.1), or to the message as it is framed there.
const HOP_BY_HOP: [&str; 10] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
    "content-length",
];

/// Not for the provider: who the caller is here, where the request came from, and ways to say another method or path
/// than the one that was checked.
const NOT_UP: [&str; 18] = [
    "authorization",
    "cookie",
    "cookie2",
    "dpop",
    "forwarded",
    "host",
    "method-override",
    "origin",
    "private-token",
    "job-token",
    "referer",
    "via",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    "x-real-ip",
];
const NOT_UP_BEGINNINGS: [&str; 5] = ["proxy-", "sec-", "x-forwarded-", "x-original-", "x-override-"];

/// Not for the program: credentials and policies between the provider and browsers, its challenges, its way there.
const NOT_DOWN: [&str; 21] = [
    "alt-svc",
    "authentication-info",
    "clear-site-data",
    "content-location",
    "content-security-policy",
    "content-security-policy-report-only",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "date",
    "dpop-nonce",
    "location",
    "link",
    "nel",
    "refresh",
    "report-to",
    "reporting-endpoints",
    "server",
    "set-cookie",
    "strict-transport-security",
    "via",
    "www-authenticate",
];
const NOT_DOWN_BEGINNINGS: [&str; 2] = ["proxy-", "access-control-"];

/// The fields that a request keeps on its way to the provider.
pub fn toward_provider(fields: &HeaderMap) -> HeaderMap {
    let mut kept = without(fields, &NOT_UP, &NOT_UP_BEGINNINGS);
    // Some providers refuse requests without one.
    kept.entry(header::USER_AGENT).or_insert(HeaderValue::from_static("Keylodge"));
    kept
}

/// What stands where: the gateway's paths and the provider's addresses.
pub struct Map {
    /// The provider's.
    pub routes: Vec<ApiRoute>,
    /// The gateway's address for the account, without a slash at its end.
    pub gateway: String,
}

/// The fields that an answer keeps on its way to the program. Addresses of the provider's API become the gateway's;
/// addresses elsewhere are not passed on, so that no program takes its token there.
pub fn toward_program(fields: &HeaderMap, target: &Url, map: &Map) -> HeaderMap {
    let mut kept = without(fields, &NOT_DOWN, &NOT_DOWN_BEGINNINGS);
    let text = |name: HeaderName| fields.get(name).and_then(|value| value.to_str().ok());
    let location = text(header::LOCATION)
        .and_then(|to| target.join(to).ok())
        .and_then(|to| map.at_gateway(to.as_str()))
        .and_then(|to| HeaderValue::from_str(&to).ok());
    kept.extend(location.map(|to| (header::LOCATION, to)));
    let links = text(header::LINK).and_then(|links| HeaderValue::from_str(&map.links(links)).ok());
    kept.extend(links.map(|links| (header::LINK, links)));
    // The body passes byte for byte, and a HEAD request wants to know nothing else.
    let length =
        fields.get(header::CONTENT_LENGTH).filter(|_| !fields.contains_key(header::TRANSFER_ENCODING));
    kept.extend(length.map(|length| (header::CONTENT_LENGTH, length.clone())));
    kept
}

impl Map {
    /// The gateway's address for an address of the provider's API.
    fn at_gateway(&self, address: &str) -> Option<String> {
        let below = |route: &&ApiRoute| address.starts_with(route.base.as_str()) && route.base.ends_with('/');
        let route = self.routes.iter().filter(below).max_by_key(|route| route.base.len())?;
        let rest = address.strip_prefix(route.base.as_str())?;
        Some(format!("{}{}{rest}", self.gateway, route.path))
    }

    /// Links (RFC 8288) with the provider's addresses replaced; pages of a list are found through them.
    fn links(&self, links: &str) -> String {
        let mut replaced = String::with_capacity(links.len());
        let mut rest = links;
        while let Some((before, after)) = rest.split_once('<') {
            let (address, after) = after.split_once('>').unwrap_or((after, ""));
            let ours = self.at_gateway(address).unwrap_or_else(|| address.to_owned());
            replaced.extend([before, "<", &ours, ">"]);
            rest = after;
        }
        replaced.push_str(rest);
        replaced
    }
}

/// The fields but for those on the lists, those that belong to the connection, and those that `Connection` names.
fn without(fields: &HeaderMap, names: &[&str], beginnings: &[&str]) -> HeaderMap {
    let of_this_hop: Vec<String> = fields
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let stays = |name: &HeaderName| {
        // Some servers take an underscore for a hyphen.
        let name = name.as_str().replace('_', "-");
        let listed = names.contains(&name.as_str()) || HOP_BY_HOP.contains(&name.as_str());
        !listed && !beginnings.iter().any(|b| name.starts_with(b)) && !of_this_hop.contains(&name)
    };
    let kept = fields.iter().filter(|(name, _)| stays(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> Map {
        let route = |path: &str, base: &str| ApiRoute::plain(path, base);
        Map {
            routes: vec![route("/", "https://api.example/"), route("/up/", "https://up.example/v1/")],
            gateway: "http://127.0.0.1:1/gateway/acc_1".into(),
        }
    }

    fn fields(list: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).expect("legal"))
        };
        list.iter().map(pair).collect()
    }

    #[test]
    fn rg_05_rg_07_what_is_between_program_and_gateway_stays_there() {
        let sent = fields(&[
            ("authorization", "Bearer ours"),
            ("cookie", "a=b"),
            ("connection", "close, X-Secret-Hop"),
            ("x-secret-hop", "1"),
            ("x_http_method_override", "DELETE"),
            ("x-http-method-override", "DELETE"),
            ("x-forwarded-host", "evil.example"),
            ("proxy-authorization", "Basic x"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("accept", "application/json"),
            ("x-github-api-version", "2022-11-28"),
        ]);
        let kept = toward_provider(&sent);
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["accept", "user-agent", "x-github-api-version"]);
    }

    #[test]
    fn ups_11_cookies_challenges_and_sharing_stay_with_the_provider() {
        let sent = fields(&[
            ("set-cookie", "a=b"),
            ("www-authenticate", "Bearer"),
            ("access-control-allow-origin", "*"),
            ("content-type", "application/json"),
            ("etag", "\"1\""),
        ]);
        let target = Url::parse("https://api.example/x").expect("an address");
        let kept = toward_program(&sent, &target, &map());
        let mut names: Vec<_> = kept.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["content-type", "etag"]);
    }

    #[test]
    fn ups_12_redirects_lead_back_to_the_gateway_or_nowhere() {
        let target = Url::parse("https://api.example/a/b").expect("an address");
        let location = |to: &str| {
            let kept = toward_program(&fields(&[("location", to)]), &target, &map());
            kept.get(header::LOCATION).map(|to| to.to_str().expect("text").to_owned())
        };
        let here = |path: &str| Some(format!("http://127.0.0.1:1/gateway/acc_1{path}"));
        assert_eq!(location("https://api.example/c?d=1"), here("/c?d=1"));
        assert_eq!(location("c"), here("/a/c"));
        assert_eq!(location("https://up.example/v1/x"), here("/up/x"));
        for foreign in
            ["https://evil.example/", "https://api.example.evil/", "//evil.example/x", "http://api.example/"]
        {
            assert_eq!(location(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn links_to_further_pages_lead_through_the_gateway() {
        let links =
            map().links("<https://api.example/r?page=2>; rel=\"next\", <https://else.example/>; rel=\"x\"");
        let wanted =
            "<http://127.0.0.1:1/gateway/acc_1/r?page=2>; rel=\"next\", <https://else.example/>; rel=\"x\"";
        assert_eq!(links, wanted);
    }
}
