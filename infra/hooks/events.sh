#!/bin/sh
# Sends events of uploads to the function. This runs after the deployment, because Event Grid validates the function's endpoint.
# inbox-events.bicep reads the key for the validation in Azure.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)

if [ -z "${PERCALL_TOPIC:-}" ]; then
  exit 0
fi

left=5
until az deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name inbox-events --template-file "$here/../inbox-events.bicep" --output none \
  --parameters appName="$PERCALL_APP" topicName="$PERCALL_TOPIC" storageName="$PERCALL_STORAGE"; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    printf 'Failed to set up upload events. The service finds uploads with its sweep once a minute. To retry: azd hooks run postdeploy\n' >&2
    exit 1
  fi
  # The host creates the key at its first start, and the validation request itself may have to start the host.
  sleep 30
done
