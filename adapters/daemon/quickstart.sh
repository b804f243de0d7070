# From a tenant to a call record: the lines that `adapters/daemon/demo` prints and the README quotes, to be pasted into a shell that
# has URL, where the native API is, and OPERATOR, the secret of an operator over all tenants.
# shellcheck shell=bash disable=SC2154  # the two come from whoever pastes

# Shows an answer and takes one member out of it.
pick() { tee /dev/stderr | grep -o "\"$1\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; echo >&2; }

# The operator makes a tenant, an app in it, and a key that the app's backend uses from now on. Its secret is shown this once.
TENANT=$(curl -s "$URL/tenants" -H "Authorization: Bearer $OPERATOR" --json '{"name":"Acme"}' | pick id)
APP=$(curl -s "$URL/tenants/$TENANT/apps" -H "Authorization: Bearer $OPERATOR" --json '{"name":"Support desk"}' | pick id)
KEY=$(curl -s "$URL/apps/$APP/keys" -H "Authorization: Bearer $OPERATOR" --json '{"label":"backend","scopes":["rooms:write","tokens:write","events:write","sessions:read"]}' | pick secret)

# The backend makes a room, once however often it asks, and a token for one guest to join with.
ROOM=$(curl -s "$URL/apps/$APP/rooms" -H "Authorization: Bearer $KEY" -H 'Idempotency-Key: standup-1' --json '{"name":"Standup","capacity":12}' | pick id)
TOKEN=$(curl -s "$URL/rooms/$ROOM/join-tokens" -H "Authorization: Bearer $KEY" --json '{"role":"moderator","name":"Ada","user_ref":"ada"}' | pick token)

# The media server lets the guest in, once, and reports what happens.
curl -s "$URL/join-tokens/redeem" -H "Authorization: Bearer $KEY" --json '{"token":"'"$TOKEN"'"}'; echo
AT=$(date -u +%FT%TZ)
curl -s "$URL/apps/$APP/events" -H "Authorization: Bearer $KEY" --json '{"events":[{"id":"e-1","type":"session.started","at":"'"$AT"'","session":"s-1","room":"'"$ROOM"'"},{"id":"e-2","type":"participant.joined","at":"'"$AT"'","session":"s-1","participant":"p-1","name":"Ada","token":"'"$TOKEN"'"}]}'; echo
curl -s "$URL/apps/$APP/events" -H "Authorization: Bearer $KEY" --json '{"events":[{"id":"e-3","type":"participant.left","at":"'"$AT"'","session":"s-1","participant":"p-1"},{"id":"e-4","type":"session.ended","at":"'"$AT"'","session":"s-1"}]}'; echo

# The call record.
SESSION=$(curl -s "$URL/apps/$APP/sessions" -H "Authorization: Bearer $KEY" | pick id)
curl -s "$URL/sessions/$SESSION" -H "Authorization: Bearer $KEY"; echo
