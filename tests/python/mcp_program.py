"""The OAuth client of the official MCP SDK as it is: it is told an address of the gateway and nothing else.

Arguments: the gateway's address, and the path to get there.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlparse

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

gateway, path = sys.argv[1:]


class Memory:
    """What the client keeps."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Browser:
    """Goes to the authorization endpoint and waits until the person has decided."""

    asked = location = ""

    async def go(self, address):
        self.asked = address
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            answer = await client.get(address)
        assert answer.status_code == 303, f"{answer.status_code}: {answer.text}"
        self.location = answer.headers["location"]

    async def back(self):
        answer = {name: values[0] for name, values in parse_qs(urlparse(self.location).query).items()}
        return AuthorizationCodeResult(**{name: answer[name] for name in ("code", "state", "iss")})


async def main():
    memory, browser = Memory(), Browser()
    metadata = OAuthClientMetadata(
        client_name="MCP program",
        redirect_uris=["http://127.0.0.1/back"],
        token_endpoint_auth_method="none",
    )
    auth = OAuthClientProvider(gateway, metadata, memory, browser.go, browser.back)
    async with httpx2.AsyncClient(auth=auth, timeout=60, trust_env=False) as client:
        first = await client.get(gateway + path)
        again = await client.get(gateway + path)
    asked = parse_qs(urlparse(browser.asked).query)
    printed = {
        "statuses": [first.status_code, again.status_code],
        "asked": asked["scope"][0],
        "resource": asked["resource"][0] == gateway,
        "granted": memory.tokens.scope,
        "client": memory.client.client_name,
    }
    print(json.dumps(printed))


asyncio.run(main())
