#!/bin/sh
# After the code is there: events of uploads, the models of this repository, and where everything is.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

sh "$here/wait.sh"
sh "$here/events.sh"
sh "$here/models.sh"

printf '\nPerCall: %s\n' "$PERCALL_ADDRESS"
printf 'The operator'\''s key is the secret %s of the key vault %s.\n' "$PERCALL_VAULT_ENTRY" "$PERCALL_VAULT"
