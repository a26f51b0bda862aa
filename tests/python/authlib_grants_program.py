"""A job that nobody watches, with Authlib as it is: client credentials and token exchange, once the person has allowed it.

Arguments: Keylodge's address, the provider's id, the gateway's address.
"""

import json
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session, OAuthError

import program

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"

url, provider, gateway = sys.argv[1:]
server = program.metadata(url, provider)
registered = requests.post(
    server["registration_endpoint"],
    json={
        "client_name": "Authlib job",
        "redirect_uris": [program.REDIRECT],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", EXCHANGE],
        "token_endpoint_auth_method": "client_secret_basic",
    },
    timeout=30,
).json()
session = OAuth2Session(
    registered["client_id"],
    registered["client_secret"],
    redirect_uri=program.REDIRECT,
    scope="openid photos:read",
    code_challenge_method="S256",
)
try:
    session.fetch_token(server["token_endpoint"], grant_type="client_credentials", scope="openid")
    early = ""
except OAuthError as error:
    early = error.error

# The one time that the person is asked.
verifier = generate_token(48)
address, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
session.fetch_token(
    server["token_endpoint"],
    authorization_response=program.decided(address),
    state=state,
    code_verifier=verifier,
)

unasked = session.fetch_token(server["token_endpoint"], grant_type="client_credentials", scope="openid photos:read")
narrower = session.fetch_token(
    server["token_endpoint"],
    grant_type=EXCHANGE,
    subject_token=unasked["access_token"],
    subject_token_type="urn:ietf:params:oauth:token-type:access_token",
    scope="openid",
)
person = program.outcome(f"{gateway}/me", narrower["access_token"]).json()["sub"]
print(
    json.dumps(
        {
            "early": early,
            "unasked": [sorted(unasked["scope"].split()), "refresh_token" in unasked],
            "narrower": [narrower["scope"], narrower["issued_token_type"], person],
        }
    )
)
