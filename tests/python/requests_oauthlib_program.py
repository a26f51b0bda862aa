"""A program that uses requests-oauthlib as it is. Arguments as in `authlib_program.py`."""

import json
import sys

import requests
from oauthlib.oauth2.rfc6749.errors import OAuth2Error
from requests_oauthlib import OAuth2Session

import program

url, provider, gateway = sys.argv[1:]
server = program.metadata(url, provider)
client_id = program.registered(server, "requests-oauthlib program")
session = OAuth2Session(
    client_id, redirect_uri=program.REDIRECT, scope=["openid", "photos:read", "photos:write"], pkce="S256"
)
address, _ = session.authorization_url(server["authorization_endpoint"])
first = dict(
    session.fetch_token(
        server["token_endpoint"], authorization_response=program.decided(address), include_client_id=True
    )
)
person = session.get(f"{gateway}/me").json()["sub"]

renewed = session.refresh_token(server["token_endpoint"], refresh_token=first["refresh_token"], client_id=client_id)
still = program.outcome(f"{gateway}/me", renewed["access_token"]).status_code

requests.post(
    server["revocation_endpoint"],
    data={"token": renewed["refresh_token"], "token_type_hint": "refresh_token", "client_id": client_id},
    timeout=30,
).raise_for_status()
gone = program.outcome(f"{gateway}/me", renewed["access_token"]).status_code
try:
    session.refresh_token(server["token_endpoint"], refresh_token=renewed["refresh_token"], client_id=client_id)
    refused = ""
except OAuth2Error as error:
    refused = error.error

print(
    json.dumps(
        {
            "scope": sorted(first["scope"]),
            "person": person,
            "rotated": renewed["refresh_token"] != first["refresh_token"],
            "after_refresh": still,
            "after_revocation": gone,
            "refused": refused,
        }
    )
)
