#!/bin/sh
# Runs after the deployment: sets up upload events and prints the addresses.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

sh "$here/wait.sh"
sh "$here/events.sh"

printf '\nPerCall: %s\n' "$PERCALL_ADDRESS"
printf 'The operator key is the secret %s in the key vault %s.\n' "$PERCALL_VAULT_ENTRY" "$PERCALL_VAULT"
