"""A program that uses Authlib as it is and proves itself by a key (private_key_jwt, RFC 7523). Arguments: Keylodge's
address, the provider's id, the gateway's address."""

import base64
import json
import sys

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import program


def number(value):
    """A number as a JWK has it (RFC 7518 §6.3.1)."""
    text = base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big"))
    return text.rstrip(b"=").decode()


url, provider, gateway = sys.argv[1:]
server = program.metadata(url, provider)
key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
public = key.public_key().public_numbers()
registered = requests.post(
    server["registration_endpoint"],
    json={
        "client_name": "Authlib program with a key",
        "redirect_uris": [program.REDIRECT],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [{"kty": "RSA", "alg": "RS256", "n": number(public.n), "e": number(public.e)}]},
    },
    timeout=30,
)
registered.raise_for_status()
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
proof = PrivateKeyJWT(server["token_endpoint"])
verifier = generate_token(48)
session = OAuth2Session(
    registered.json()["client_id"],
    client_secret=pem,
    token_endpoint_auth_method=proof,
    revocation_endpoint_auth_method=proof,
    redirect_uri=program.REDIRECT,
    scope="openid photos:read photos:write",
    code_challenge_method="S256",
)
address, state = session.create_authorization_url(server["authorization_endpoint"], code_verifier=verifier)
first = dict(
    session.fetch_token(
        server["token_endpoint"],
        authorization_response=program.decided(address),
        state=state,
        code_verifier=verifier,
    )
)
person = session.get(f"{gateway}/me").json()["sub"]
renewed = session.refresh_token(server["token_endpoint"], refresh_token=first["refresh_token"])
session.revoke_token(server["revocation_endpoint"], token=renewed["refresh_token"], token_type_hint="refresh_token")

print(
    json.dumps(
        {
            "scope": sorted(first["scope"].split()),
            "person": person,
            "rotated": renewed["refresh_token"] != first["refresh_token"],
            "after_revocation": program.outcome(f"{gateway}/me", renewed["access_token"]).status_code,
        }
    )
)
