#!/bin/sh
# Until the service answers. A first start waits for its roles, which take Azure minutes.
set -eu

left=60
until curl --silent --fail --max-time 30 --output /dev/null "$PERCALL_ADDRESS/health/ready"; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    printf '%s/health/ready does not answer 200. What the host says is in the log of the function app.\n' "$PERCALL_ADDRESS" >&2
    exit 1
  fi
  sleep 10
done
