#!/bin/sh
# Waits until the service answers. A first start waits for role assignments, which take minutes in Azure.
set -eu

left=60
until curl --silent --fail --max-time 30 --output /dev/null "$PERCALL_ADDRESS/health/ready"; do
  left=$((left - 1))
  if [ "$left" -eq 0 ]; then
    printf '%s/health/ready did not answer 200. See the log of the function app for the cause.\n' "$PERCALL_ADDRESS" >&2
    exit 1
  fi
  sleep 10
done
