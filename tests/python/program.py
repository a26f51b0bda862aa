"""What both programs share: Keylodge's addresses, a registration, and the walk to the person's decision."""

import requests

REDIRECT = "http://127.0.0.1/back"


def metadata(url, provider):
    """The issuer's own description of itself (RFC 8414 §3.1: the path comes after the well-known part)."""
    answer = requests.get(f"{url}/.well-known/oauth-authorization-server/{provider}", timeout=30)
    answer.raise_for_status()
    return answer.json()


def registered(server, name):
    """A client id for this program (RFC 7591)."""
    answer = requests.post(
        server["registration_endpoint"],
        json={"client_name": name, "redirect_uris": [REDIRECT], "token_endpoint_auth_method": "none"},
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["client_id"]


def decided(address):
    """Sends the authorization request and waits until the person has decided; gives the redirect's address."""
    answer = requests.get(address, allow_redirects=False, timeout=60)
    assert answer.status_code == 303, f"{answer.status_code}: {answer.text}"
    return answer.headers["location"]


def outcome(api, token):
    """How the gateway answers a token."""
    return requests.get(api, headers={"Authorization": f"Bearer {token}"}, timeout=30)
