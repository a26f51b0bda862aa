"""A service that takes Keylodge's tokens: `resource_server.py introspection` or `resource_server.py own_keys`.

It registers itself, prints its address, and shows its prints to whoever has a token for that address with the scope
`photos.read`. Needs PyJWT with its cryptography (`pip install "pyjwt[crypto]"`).
"""

import base64, json, os, sys, urllib.parse, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt

keylodge = os.environ.get("KEYLODGE_URL", "http://127.0.0.1:5395")
way = sys.argv[1]
SCOPE = "photos.read"


class Refused(Exception):
    """A status, and what stands in the challenge (RFC 6750 §3)."""


def call(address, body=None, headers={}):
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=10) as answer:
        return json.load(answer)


def introspected(token):
    """Asks the authorization server: knows of a revocation at once, and costs a request (RFC 7662)."""
    said = call(server["introspection_endpoint"], urllib.parse.urlencode({"token": token}).encode(), login)
    if not said["active"] or said["aud"] != here or said["iss"] != server["issuer"]:
        raise Refused(401, 'error="invalid_token"')
    return said


def checked_with_own_keys(token):
    """Checks it by itself: costs nothing, and a revoked token is good until it runs out, in minutes (RFC 9068 §4)."""
    try:
        # Another kind of token, an ID token say, is none for this place (RFC 8725 §3.11).
        if jwt.get_unverified_header(token).get("typ", "").lower() not in ("at+jwt", "application/at+jwt"):
            raise Refused(401, 'error="invalid_token"')
        key = keys.get_signing_key_from_jwt(token)
        rules = {"require": ["exp", "iss", "aud", "sub"]}
        # The algorithm is ours to say and not the token's (RFC 8725 §3.1).
        said = jwt.decode(token, key, ["ES256"], rules, audience=here, issuer=server["issuer"], leeway=30)
    except jwt.PyJWTError:
        raise Refused(401, 'error="invalid_token"')
    return said


class Service(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            self.admit()
            self.answer(200, {"album": "Prints in the darkroom"})
        except Refused as refused:
            status, challenge = refused.args
            self.answer(status, {}, ", ".join(filter(None, ['Bearer realm="prints"', challenge])))

    def admit(self):
        if "access_token=" in self.path:
            raise Refused(400, 'error="invalid_request"')  # A token belongs in the header (RFC 6750 §2.3).
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise Refused(401, "")
        said = introspected(token) if way == "introspection" else checked_with_own_keys(token)
        if "cnf" in said:
            raise Refused(401, 'error="invalid_token"')  # Bound to a key: not as plain Bearer (RFC 9449 §7.2).
        if SCOPE not in said["scope"].split(" "):
            raise Refused(403, f'error="insufficient_scope", scope="{SCOPE}"')

    def answer(self, status, body, challenge=None):
        self.send_response(status)
        if challenge:
            self.send_header("WWW-Authenticate", challenge)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_):
        pass


service = ThreadingHTTPServer(("127.0.0.1", 0), Service)
here = f"http://127.0.0.1:{service.server_port}/"
server = call(f"{keylodge}/.well-known/oauth-authorization-server/demo")
registered = call(
    server["registration_endpoint"],
    json.dumps({
        "client_name": "Prints", "redirect_uris": [], "grant_types": [], "response_types": [],
        "resources": [here], "token_endpoint_auth_method": "client_secret_basic",
    }).encode(),
    {"Content-Type": "application/json"},
)
credential = f"{registered['client_id']}:{registered['client_secret']}"
login = {"Authorization": "Basic " + base64.b64encode(credential.encode()).decode()}
keys = jwt.PyJWKClient(server["jwks_uri"])
print(f"Listening at {here}", flush=True)
service.serve_forever()
