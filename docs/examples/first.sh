token=$(keylodge token work --scope photos.read)
curl -sS -H "Authorization: Bearer $token" "$(keylodge gateway url work)/api/photos"
