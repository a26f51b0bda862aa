import json, os, urllib.request

keylodge = os.environ.get("KEYLODGE_URL", "http://127.0.0.1:5395")
wish = {"account": "work", "scope": "photos.read", "purpose": "Count my photos"}
ask = urllib.request.Request(keylodge + "/access", json.dumps(wish).encode(), {"Content-Type": "application/json"})
token = json.load(urllib.request.urlopen(ask))  # waits for your answer in the window

photos = urllib.request.Request(token["keylodge_audience"] + "/api/photos")
photos.add_header("Authorization", "Bearer " + token["access_token"])
print(len(json.load(urllib.request.urlopen(photos))["photos"]), "photos")
