#!/bin/sh
# Has uploads told to the function. Only now, because Event Grid asks the function whether it wants them; the key with which it may ask is read in Azure (inbox-events.bicep).
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
    printf 'Uploads are not told to the service, and are found by its sweep each minute. To try again: azd hooks run postdeploy\n' >&2
    exit 1
  fi
  # The host makes the key when it first starts, and may have to be started by the question itself.
  sleep 30
done
