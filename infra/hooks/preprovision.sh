#!/bin/sh
# Before anything is made: says what is missing, and keeps the month of the first deployment.
set -eu

fail() { printf '%s\n' "$1" >&2; exit 1; }

command -v az > /dev/null || fail 'The Azure CLI (az) is missing; what comes after the deployment needs it.'
az account show --output none 2> /dev/null || fail 'az is not signed in: az login'
[ -n "${PERCALL_OPERATOR_EMAIL:-}" ] || fail 'Nobody would hear of alerts: azd env set PERCALL_OPERATOR_EMAIL you@example.com'

# A budget begins in the month in which it is made, and Azure refuses another beginning later.
if [ -z "${PERCALL_BUDGET_START:-}" ]; then
  azd env set PERCALL_BUDGET_START "$(date -u +%Y-%m-01)"
fi
