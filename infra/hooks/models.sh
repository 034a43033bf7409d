#!/bin/sh
# Publishes the packages of models/ that are not there yet, through the service: it verifies each on the machine that will run it, and its record of management has it.
# Files that were copied into the container would be in no version that the service knows.
set -eu
root=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

pack() {
  if command -v zip > /dev/null; then
    (cd "$1" && zip --quiet --recurse-paths "$2" .)
  else
    (cd "$1" && python3 -m zipfile -c "$2" ./*)
  fi
}

left=10
until key=${PERCALL_ADMIN_KEY:-$(az keyvault secret show --vault-name "$PERCALL_VAULT" --name "$PERCALL_VAULT_ENTRY" --query value --output tsv)}; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    printf 'The vault does not open. In a closed network run this inside it, or give the key: PERCALL_ADMIN_KEY=... sh infra/hooks/models.sh\n' >&2
    exit 1
  fi
  # The role that opens it takes Azure minutes.
  sleep 30
done

refused=0
for manifest in "$root"/models/*/*/model.json; do
  package=$(dirname "$manifest")
  name=${package#"$root"/models/}
  rm -f "$folder/package.zip"
  pack "$package" "$folder/package.zip"
  # The key goes by standard input: arguments are there for all users of a machine to see.
  status=$(printf 'header = "x-api-key: %s"\n' "$key" | curl --silent --show-error --config - --header 'content-type: application/zip' --data-binary "@$folder/package.zip" \
    --max-time 300 --output "$folder/answer.json" --write-out '%{http_code}' "$PERCALL_ADDRESS/manage/v1/models") || status='no answer'
  case $status in
    201) printf '%s is published.\n' "$name" ;;
    409) printf '%s is there already.\n' "$name" ;;
    *)
      printf '%s is refused (%s): %s\n' "$name" "$status" "$(cat "$folder/answer.json" 2> /dev/null)" >&2
      refused=1
      ;;
  esac
done
exit "$refused"
