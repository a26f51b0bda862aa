"""A second authorization server for the stories: Authlib's, with Flask as its host.

    authlib_server.py         prints "ready ISSUER" when it listens on a free loopback port

The protocol is Authlib's throughout. What stands here is what Authlib leaves to whoever uses it: where clients, codes and
tokens are kept (in memory), two pages for the person, and the addresses. It differs from `oidc-provider` on purpose: its
issuer has a path; a redirect address must be the registered one to the byte, unless it was registered without a port; a
client has the grants that it named when it registered, and no others; a public client is given a secret all the same.

PROVIDER_LOG         file that gets one JSON line for each request of a program (never for pages)
FIRST_TOKEN_SECONDS  life of an access token got for a code (600)
LATER_TOKEN_SECONDS  life of one got by refreshing (600)
"""

import json
import os
import re
import secrets
import time

from flask import Blueprint, Flask, jsonify, redirect, request, session
from joserfc.jwk import ECKey, KeySet
from werkzeug.serving import make_server

# Authlib takes plain http only if it is told that it stays on this machine.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector  # noqa: E402
from authlib.oauth2 import OAuth2Error  # noqa: E402
from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin, grants, list_to_scope, scope_to_list  # noqa: E402
from authlib.oauth2.rfc6750 import BearerTokenValidator  # noqa: E402
from authlib.oauth2.rfc7009 import RevocationEndpoint  # noqa: E402
from authlib.oauth2.rfc7523 import JWTBearerClientAssertion  # noqa: E402
from authlib.oauth2.rfc7591 import ClientMetadataClaims, ClientRegistrationEndpoint  # noqa: E402
from authlib.oauth2.rfc7636 import CodeChallenge  # noqa: E402
from authlib.oauth2.rfc7662 import IntrospectionEndpoint  # noqa: E402
from authlib.oauth2.rfc8628 import (  # noqa: E402
    DEVICE_CODE_GRANT_TYPE,
    DeviceAuthorizationEndpoint,
    DeviceCodeGrant,
    DeviceCredentialDict,
)
from authlib.oauth2.rfc9207 import IssuerParameter  # noqa: E402
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode, OpenIDToken, UserInfo, UserInfoEndpoint  # noqa: E402
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url  # noqa: E402
from authlib.oidc.registration import ClientMetadataClaims as OpenIDClientClaims  # noqa: E402

SCOPES = ["openid", "profile", "email", "offline_access", "photos:read", "photos:write"]
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
GRANTS = ["authorization_code", "refresh_token", DEVICE_CODE_GRANT_TYPE]
PATH = "/house"

app = Flask(__name__)
app.secret_key = secrets.token_bytes(32)
pages = Blueprint("house", __name__, url_prefix=PATH)
listener = make_server("127.0.0.1", 0, app, threaded=True)
issuer = f"http://127.0.0.1:{listener.server_port}{PATH}"
key = ECKey.generate_key("P-256", parameters={"kid": "second", "alg": "ES256", "use": "sig"})

clients, codes, devices, answers, tokens, assertions = {}, {}, {}, {}, [], set()


class Person:
    """Whoever types a name into the login form."""

    def __init__(self, name):
        self.name = name

    def claims(self, scope):
        claims = UserInfo(sub=self.name, name=f"The person {self.name}", email=f"{self.name}@example.test")
        return claims.filter(scope)


class Client(ClientMixin):
    def __init__(self, info, metadata):
        self.client_id, self.client_secret = info["client_id"], info["client_secret"]
        self.client_metadata = metadata

    def get_client_id(self):
        return self.client_id

    def get_default_redirect_uri(self):
        return None

    def get_allowed_scope(self, scope):
        allowed = scope_to_list(self.client_metadata.get("scope")) or SCOPES
        return list_to_scope([one for one in scope_to_list(scope or "") if one in allowed])

    def check_redirect_uri(self, redirect_uri):
        registered = self.client_metadata.get("redirect_uris", [])
        return redirect_uri in registered or re.sub(r"^(http://127\.0\.0\.1):\d+/", r"\1/", redirect_uri) in registered

    def check_client_secret(self, client_secret):
        return secrets.compare_digest(self.client_secret, client_secret)

    def check_endpoint_auth_method(self, method, endpoint):
        return self.client_metadata["token_endpoint_auth_method"] == method

    def check_response_type(self, response_type):
        return response_type in self.client_metadata.get("response_types", ["code"])

    def check_grant_type(self, grant_type):
        return grant_type in self.client_metadata.get("grant_types", ["authorization_code"])

    @property
    def id_token_signed_response_alg(self):
        return "ES256"


class Code(AuthorizationCodeMixin):
    def __init__(self, code, asked):
        self.code, self.client_id, self.person = code, asked.client.client_id, asked.user
        self.redirect_uri, self.scope = asked.payload.redirect_uri, asked.scope
        said = asked.payload.data
        self.nonce, self.auth_time = said.get("nonce"), int(time.time())
        self.code_challenge = said.get("code_challenge")
        self.code_challenge_method = said.get("code_challenge_method")

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time


class Token(TokenMixin):
    def __init__(self, token, asked):
        self.access_token, self.refresh_token = token["access_token"], token.get("refresh_token")
        self.scope, self.expires_in = token.get("scope", ""), token.get("expires_in", 0)
        self.client, self.person, self.issued_at = asked.client, asked.user, time.time()
        self.revoked = {"access_token": False, "refresh_token": False}

    def check_client(self, client):
        return self.client.client_id == client.client_id

    def get_scope(self):
        return self.scope

    def get_expires_in(self):
        return self.expires_in

    def is_expired(self):
        return self.issued_at + self.expires_in < time.time()

    def is_revoked(self):
        return self.revoked["access_token"]

    def get_user(self):
        return self.person

    def get_client(self):
        return self.client


def found(kind, text):
    """The token whose access or refresh token this is."""
    return next((token for token in tokens if text and getattr(token, kind) == text), None)


class CodeGrant(grants.AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def save_authorization_code(self, code, request):
        codes[code] = Code(code, request)

    def query_authorization_code(self, code, client):
        kept = codes.get(code)
        return kept if kept and kept.client_id == client.client_id else None

    def delete_authorization_code(self, authorization_code):
        del codes[authorization_code.code]

    def authenticate_user(self, authorization_code):
        return authorization_code.person


class RefreshGrant(grants.RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token):
        kept = found("refresh_token", refresh_token)
        return kept if kept and not kept.revoked["refresh_token"] else None

    def authenticate_user(self, refresh_token):
        return refresh_token.person

    def revoke_old_credential(self, refresh_token):
        refresh_token.revoked["refresh_token"] = True


class DeviceGrant(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    def query_device_credential(self, device_code):
        return devices.get(device_code)

    def query_user_grant(self, user_code):
        return answers.get(user_code)

    def should_slow_down(self, credential):
        return False


class DeviceCodes(DeviceAuthorizationEndpoint):
    CLIENT_AUTH_METHODS = AUTH_METHODS
    INTERVAL = 1

    def get_verification_uri(self):
        return f"{issuer}/device"

    def save_device_credential(self, client_id, scope, data):
        devices[data["device_code"]] = DeviceCredentialDict(
            client_id=client_id, scope=scope, expires_at=time.time() + data["expires_in"], **data
        )


class IdTokens(OpenIDToken):
    def resolve_client_private_key(self, client):
        return key

    def get_encode_header(self, client):
        return {"alg": "ES256", "kid": key.kid}

    def get_client_claims(self, client):
        return {"iss": issuer, "aud": [client.client_id]}

    def generate_user_info(self, user, scope):
        return user.claims(scope)


class CodeIdTokens(IdTokens, OpenIDCode):
    def exists_nonce(self, nonce, request):
        return any(code.nonce == nonce for code in codes.values())


class ByName:
    """Finds a token for revocation and introspection."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token_string, token_type_hint):
        # The hint may be wrong (RFC 7009 §2.1).
        for kind in ("access_token", "refresh_token"):
            if kept := found(kind, token_string):
                request.environ["kind"] = kind
                return kept
        return None


class Revocation(ByName, RevocationEndpoint):
    def revoke_token(self, token, asked):
        kinds = ["access_token", "refresh_token"] if request.environ["kind"] == "refresh_token" else ["access_token"]
        token.revoked.update(dict.fromkeys(kinds, True))


class Introspection(ByName, IntrospectionEndpoint):
    CLIENT_AUTH_METHODS = ["client_secret_basic"]

    def check_permission(self, token, client, request):
        return True

    def introspect_token(self, token):
        kind = request.environ["kind"]
        return {"active": not token.revoked[kind], "sub": token.person.name, "scope": token.scope}


class Registration(ClientRegistrationEndpoint):
    def authenticate_token(self, request):
        return "anybody may register"

    def get_server_metadata(self):
        return metadata()

    def save_client(self, client_info, client_metadata, request):
        return clients.setdefault(client_info["client_id"], Client(client_info, client_metadata))


class Assertions(JWTBearerClientAssertion):
    CLIENT_AUTH_METHOD = "private_key_jwt"

    def get_audiences(self):
        return [issuer, f"{issuer}/token"]

    def validate_jti(self, claims, jti):
        fresh = jti not in assertions
        assertions.add(jti)
        return fresh

    def resolve_client_public_key(self, client):
        return KeySet.import_key_set(client.client_metadata["jwks"])


class Bearer(BearerTokenValidator):
    def authenticate_token(self, token_string):
        return found("access_token", token_string)


class Profile(UserInfoEndpoint):
    def generate_user_info(self, user, scope):
        return user.claims(scope)


class Issuer(IssuerParameter):
    def get_issuer(self):
        return issuer


def metadata():
    """What the server says about itself; Authlib checks it."""
    said = OpenIDProviderMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        revocation_endpoint=f"{issuer}/revoke",
        introspection_endpoint=f"{issuer}/introspect",
        registration_endpoint=f"{issuer}/register",
        device_authorization_endpoint=f"{issuer}/device_authorization",
        userinfo_endpoint=f"{issuer}/me",
        jwks_uri=f"{issuer}/jwks",
        scopes_supported=SCOPES,
        response_types_supported=["code"],
        grant_types_supported=GRANTS,
        token_endpoint_auth_methods_supported=AUTH_METHODS,
        token_endpoint_auth_signing_alg_values_supported=["ES256", "RS256"],
        code_challenge_methods_supported=["S256"],
        authorization_response_iss_parameter_supported=True,
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["ES256", "RS256"],
    )
    said.validate()
    return said


first, later = (int(os.environ.get(name, 600)) for name in ("FIRST_TOKEN_SECONDS", "LATER_TOKEN_SECONDS"))
app.config["OAUTH2_SCOPES_SUPPORTED"] = SCOPES
app.config["OAUTH2_REFRESH_TOKEN_GENERATOR"] = True
app.config["OAUTH2_TOKEN_EXPIRES_IN"] = dict(zip(GRANTS, (first, later, first), strict=True))
server = AuthorizationServer(app, clients.get, lambda token, asked: tokens.append(Token(token, asked)))
server.register_client_auth_method("private_key_jwt", Assertions())
server.register_extension(Issuer())
server.register_grant(CodeGrant, [CodeChallenge(required=True), CodeIdTokens(require_nonce=False)])
server.register_grant(RefreshGrant, [IdTokens()])
server.register_grant(DeviceGrant, [IdTokens()])
protector = ResourceProtector()
protector.register_token_validator(Bearer())
for endpoint in (DeviceCodes, Revocation, Introspection):
    server.register_endpoint(endpoint)
server.register_endpoint(Registration(server, [ClientMetadataClaims, OpenIDClientClaims]))
server.register_endpoint(Profile(server, protector))


@pages.get(get_well_known_url(""))
def discovery():
    return jsonify(metadata())


@pages.get("/jwks")
def jwks():
    return jsonify(KeySet([key]).as_dict(private=False))


@pages.post("/token")
def token():
    return server.create_token_response()


def endpoint(path, name, methods):
    pages.add_url_rule(path, name, lambda: server.create_endpoint_response(name), methods=methods)


endpoint("/me", "userinfo", ["GET", "POST"])
endpoint("/revoke", "revocation", ["POST"])
endpoint("/introspect", "introspection", ["POST"])
endpoint("/register", "client_registration", ["POST"])
endpoint("/device_authorization", "device_authorization", ["POST"])


def login():
    field = '<input name="login"><input type="password" name="password"><input type="hidden" name="prompt" value="login">'
    return form(field)


def form(fields):
    # An empty action leads to the page's own address, query included.
    return f'<!doctype html><title>The second house</title><form method="post" action="">{fields}<button>Go on</button></form>'


def person():
    if "login" in request.form:
        session["person"] = request.form["login"]
    return Person(session["person"]) if "person" in session else None


@pages.route("/authorize", methods=["GET", "POST"])
def authorize():
    someone = person()
    try:
        grant = server.get_consent_grant(end_user=someone)
    except OAuth2Error as error:
        return server.handle_error_response(server.create_oauth2_request(None), error)
    if not someone:
        return login()
    if request.method == "GET" or "login" in request.form:
        return form('<input type="hidden" name="prompt" value="consent">')
    return server.create_authorization_response(grant_user=someone, grant=grant)


@pages.route("/device", methods=["GET", "POST"])
def device():
    someone = person()
    if not someone:
        return login()
    if "login" in request.form:
        return redirect(request.url, 303)
    code = request.args["user_code"]
    if request.method == "GET":
        return form('<input type="hidden" name="xsrf" value="of no use here">')
    answers[code] = (someone, request.form["confirm"] == "yes")
    return "<!doctype html><title>The second house</title><p>Done."


@app.after_request
def note(response):
    """One line for each request of a program."""
    path = request.path.removeprefix(PATH)
    if (log := os.environ.get("PROVIDER_LOG")) and path not in ("/authorize", "/device") and "well-known" not in path:
        sent = request.get_json(silent=True) or request.form.to_dict()
        line = {
            "path": path,
            "method": request.method,
            "status": response.status_code,
            "sent": sent,
            "authorization": request.headers.get("Authorization", ""),
            "answered": response.get_json(silent=True),
        }
        with open(log, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return response


app.register_blueprint(pages)
print(f"ready {issuer}", flush=True)
listener.serve_forever()
