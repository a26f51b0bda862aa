//! Counts photos through Keylodge's gateway.
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), reqwest::Error> {
    let keylodge = std::env::var("KEYLODGE_URL").unwrap_or_else(|_| "http://127.0.0.1:5395".into());
    let wish = json!({ "account": "work", "scope": "photos.read", "purpose": "Count my photos" });
    let client = reqwest::Client::builder().build()?;
    let token: Value = client.post(keylodge + "/access").json(&wish).send().await?.json().await?; // waits for your answer

    let photos = format!("{}/api/photos", token["keylodge_audience"].as_str().unwrap_or_default());
    let asked = client.get(photos).bearer_auth(token["access_token"].as_str().unwrap_or_default());
    let album: Value = asked.send().await?.json().await?;
    println!("{} photos", album["photos"].as_array().map_or(0, Vec::len));
    Ok(())
}
