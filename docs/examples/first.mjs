const keylodge = process.env.KEYLODGE_URL ?? "http://127.0.0.1:5395";
const asked = await fetch(`${keylodge}/access`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ account: "work", scope: "photos.read", purpose: "Count my photos" }),
});
const token = await asked.json(); // waits for your answer in the window

const photos = await fetch(`${token.keylodge_audience}/api/photos`, {
  headers: { authorization: `Bearer ${token.access_token}` },
});
console.log((await photos.json()).photos.length, "photos");
