#!/usr/bin/env bash
# Runs what the Dockerfile copies into the image as the image would: another user without rights, nothing to write to but a temporary folder, no environment but the image's,
# the port, probes and shutdown of infra/modules/containerapps.bicep. It takes no container engine, and so says nothing of the base image but that its libraries suffice.
#   infra/container/check.sh [folder of a publish]
set -euo pipefail
cd "$(dirname "$0")/../.."

work=$(mktemp -d)
started=()
cleanup() {
    # Only what was started here.
    for pid in "${started[@]}"; do kill -KILL "$pid" 2> /dev/null && wait "$pid" 2> /dev/null || true; done
    chmod -R u+w "$work" && rm -rf "$work"
}
trap cleanup EXIT
say() { printf 'container: %s\n' "$1"; }
fail() { printf 'container: %s\n' "$1" >&2; [ ! -s "$work/service.log" ] || tail -n 40 "$work/service.log" >&2; exit 1; }
free_port() { node -e "const s = require('net').createServer().listen(0, '127.0.0.1', () => { console.log(s.address().port); s.close(); })"; }

app=$work/app
mkdir "$app" "$work/tmp" "$work/data"
if [ $# -gt 0 ]; then
    cp -R "$1/." "$app"
else
    # The Dockerfile's own line, for this machine.
    publish=$(sed -n 's/^RUN \(dotnet publish .*\)$/\1/p' Dockerfile | sed "s|\$TARGETARCH|$(uname -m | sed 's/x86_64/amd64/; s/aarch64/arm64/')|; s|-o /app|-o $app|")
    $publish --nologo -v quiet || fail 'The publish failed.'
fi
# The starter models are counted apart: what they need is their own.
models=$(du -sm "$app/models" | cut -f 1)
size=$(du -sm --exclude=models "$app" | cut -f 1)
say "$size MB, and $models MB of models"
[ "$size" -le 120 ] || fail "What the image holds of the service has $size MB without its models; at most 120 are allowed."
[ -s "$app/bom.cdx.json" ] || fail 'The publish has no bill of materials.'

# The chiselled image has these, and no others that native code could be linked with.
for library in "$app"/*.so; do
    for needed in $(readelf -d "$library" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
        case $needed in
            libc.so.6 | libm.so.6 | libdl.so.2 | librt.so.1 | libpthread.so.0 | libgcc_s.so.1 | libstdc++.so.6 | ld-linux-*) ;;
            *) fail "${library##*/} needs $needed, which the base image does not have." ;;
        esac
    done
done

chmod -R a+rX,a-w "$app"
# It can go through this folder to its own, and cannot read it.
chmod 711 "$work"
chmod 1777 "$work/tmp"
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    # 1654 is APP_UID of the base image.
    as_user=(setpriv --reuid 1654 --regid 1654 --clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs)
    find "$app" -exec chown -h root:root {} +
fi
cd "$app"
dotnet=$(readlink -f "$(command -v dotnet)")
bare=(env -i "PATH=$PATH" HOME=/nonexistent "TMPDIR=$work/tmp" DOTNET_EnableDiagnostics=0 "DOTNET_ROOT=$(dirname "$dotnet")")
root=$OLDPWD
read -r port blobs queues tables metrics < <(echo "$(free_port) $(free_port) $(free_port) $(free_port) $(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')")
address=http://localhost:$port
probe() { timeout 10 "${as_user[@]}" "${bare[@]}" "$dotnet" PerCall.Functions.dll --health "$1" 2>> "$work/probe.log"; }
key=pc_admin_$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')
call() { curl -sS --max-time 30 --fail-with-body "$@" 2>&1 || fail "curl ${*: -1} failed."; }

! probe "$address/health/ready" || fail 'The health check is content with a service that does not run.'

node "$root/tools/azurite/node_modules/azurite/dist/src/azurite.js" --location "$work/data" --skipApiVersionCheck --disableTelemetry --silent \
    --blobPort "$blobs" --queuePort "$queues" --tablePort "$tables" > "$work/azurite.log" 2>&1 &
started+=($!)
host=http://127.0.0.1
account="AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
for _ in $(seq 60); do ! (: < "/dev/tcp/127.0.0.1/$tables") 2> /dev/null || break; sleep 0.5; done

"${as_user[@]}" "${bare[@]}" ASPNETCORE_HTTP_PORTS="$port" PERCALL_ADMIN_KEY="$key" PerCall__Hosting__MetricsKey="$metrics" PerCall__Models__Starters="$app/models" \
    AzureWebJobsStorage="DefaultEndpointsProtocol=http;$account;BlobEndpoint=$host:$blobs/devstoreaccount1;QueueEndpoint=$host:$queues/devstoreaccount1;TableEndpoint=$host:$tables/devstoreaccount1;" \
    "$dotnet" PerCall.Functions.dll > "$work/service.log" 2>&1 &
service=$!
started+=("$service")

for attempt in $(seq 60); do
    kill -0 "$service" 2> /dev/null || fail 'The service ended.'
    ! probe "$address/health/ready" || break
    [ "$attempt" -lt 60 ] || fail 'The service is not ready within its time.'
    sleep 1
done
say 'ready, by its health check'
call -o /dev/null "$address/health/live"
! probe "$address/health/nothing" || fail 'The health check is content with a 404.'
[ "$(id -u)" -ne 0 ] || [ "$(awk '/^Uid:/ { print $2 } /^CapBnd:/ { print $2 }' "/proc/$service/status" | xargs)" = '1654 0000000000000000' ] || fail 'The service has another user, or capabilities.'

call -o /dev/null -H "authorization: Bearer $metrics" "$address/metrics"
[ "$(curl -s -o /dev/null -w '%{http_code}' -H 'authorization: Bearer something-else-entirely' "$address/metrics")" -ge 400 ] || fail 'The metrics are shown to who has another key.'
json=(-H "x-api-key: $key" -H 'content-type: application/json')
call -o /dev/null -X PUT "${json[@]}" -d '{"currency": "EUR", "prices": [{"operation": "*", "model": "*", "unit": "image", "price": 1500}]}' "$address/manage/v1/plans/small"
call -o /dev/null "${json[@]}" -d '{"id": "acme", "name": "Acme", "plan": "small"}' "$address/manage/v1/tenants"
tenant=$(call "${json[@]}" -d '{"name": "first", "roles": ["call"]}' "$address/manage/v1/tenants/acme/keys" | grep -o '"key":"[^"]*' | cut -d '"' -f 4)
answer=$(call -H "x-api-key: $tenant" -H 'content-type: image/png' --data-binary @"$root/models/fashion/1/samples/ankle-boot.png" "$address/v1/images/classify?model=fashion&top_k=1")
case $answer in *'"label":"Ankle boot"'*) say 'answers a call' ;; *) fail "The answer to a picture of a boot: $answer" ;; esac
find "$work/tmp" -type f | grep -q percall-models || fail 'The files of models are not in the temporary folder.'

kill -TERM "$service"
for _ in $(seq 46); do kill -0 "$service" 2> /dev/null || break; sleep 0.5; done
! kill -0 "$service" 2> /dev/null || fail 'It has not ended 23 seconds after SIGTERM.'
wait "$service" || fail "It ended with code $? after SIGTERM."
! probe "$address/health/ready" || fail 'The health check is content with a service that has ended.'
say 'ends on SIGTERM; its health check fails then'
