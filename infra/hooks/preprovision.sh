#!/bin/sh
# Runs before anything is created: reports what is missing, and stores the month of the first deployment.
set -eu

fail() { printf '%s\n' "$1" >&2; exit 1; }

command -v az > /dev/null || fail 'The Azure CLI (az) is not installed; the steps after the deployment require it.'
az account show --output none 2> /dev/null || fail 'The Azure CLI is not signed in; run: az login'
[ -n "${PERCALL_OPERATOR_EMAIL:-}" ] || fail 'No address for alerts is set; run: azd env set PERCALL_OPERATOR_EMAIL you@example.com'

# A budget starts in the month of its creation. Azure refuses a different start later.
if [ -z "${PERCALL_BUDGET_START:-}" ]; then
  azd env set PERCALL_BUDGET_START "$(date -u +%Y-%m-01)"
fi
