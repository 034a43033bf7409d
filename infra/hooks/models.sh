#!/bin/sh
# Publishes the packages of models/ that are not published yet. The service verifies each package on the machine that will run it and
# writes an audit record. It would not know packages that were copied into the container.
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
    printf 'Failed to read the operator key from the vault. In a closed network, run this script inside the network, or set the key: PERCALL_ADMIN_KEY=... sh infra/hooks/models.sh\n' >&2
    exit 1
  fi
  # Azure takes minutes to apply the role that gives access.
  sleep 30
done

refused=0
for manifest in "$root"/models/*/*/model.json; do
  package=$(dirname "$manifest")
  name=${package#"$root"/models/}
  rm -f "$folder/package.zip"
  pack "$package" "$folder/package.zip"
  # The key is passed on standard input, because all users of a machine can see arguments.
  status=$(printf 'header = "x-api-key: %s"\n' "$key" | curl --silent --show-error --config - --header 'content-type: application/zip' --data-binary "@$folder/package.zip" \
    --max-time 300 --output "$folder/answer.json" --write-out '%{http_code}' "$PERCALL_ADDRESS/manage/v1/models") || status='no answer'
  case $status in
    201) printf 'Published %s.\n' "$name" ;;
    409) printf '%s is already published.\n' "$name" ;;
    *)
      printf '%s was refused (%s): %s\n' "$name" "$status" "$(cat "$folder/answer.json" 2> /dev/null)" >&2
      refused=1
      ;;
  esac
done
exit "$refused"
