"""A program that uses Authlib as it is. Arguments: Keylodge's address, the provider's id, the gateway's address."""

import json
import sys

from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError

import program

url, provider, gateway = sys.argv[1:]
server = program.metadata(url, provider)
verifier = generate_token(48)
session = OAuth2Session(
    program.registered(server, "Authlib program"),
    token_endpoint_auth_method="none",
    revocation_endpoint_auth_method="none",
    redirect_uri=program.REDIRECT,
    scope="openid photos:read photos:write",
    code_challenge_method="S256",
)
address, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
token = session.fetch_token(
    server["token_endpoint"],
    authorization_response=program.decided(address),
    state=state,
    code_verifier=verifier,
)
person = session.get(f"{gateway}/me").json()["sub"]

first = dict(token)
renewed = session.refresh_token(server["token_endpoint"], refresh_token=first["refresh_token"])
still = program.outcome(f"{gateway}/me", renewed["access_token"]).status_code

session.revoke_token(server["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token")
gone = program.outcome(f"{gateway}/me", renewed["access_token"]).status_code
try:
    session.refresh_token(server["token_endpoint"], refresh_token=renewed["refresh_token"])
    refused = ""
except OAuthError as error:
    refused = error.error

print(
    json.dumps(
        {
            "scope": sorted(first["scope"].split()),
            "person": person,
            "rotated": renewed["refresh_token"] != first["refresh_token"],
            "after_refresh": still,
            "after_revocation": gone,
            "refused": refused,
        }
    )
)
