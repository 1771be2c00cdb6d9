#!/bin/bash
# Lands generated extracts of growing size in an S3 that discards them, and scans the last one, to show what memory
# depends on: not on the size. Nothing is stored; the file is made while it is served. Each line is one whole process.
# Usage: bash internal/landing/testdata/large.sh [GiB…]   (from the module's root; default 1 20)
set -euo pipefail
[ $# -gt 0 ] || set -- 1 20
dir=$(mktemp -d)
servers=()
cleanup() {
	exec 9>&- # the servers end with their input
	for pid in "${servers[@]}"; do kill "$pid" 2>/dev/null || true; done
	rm -rf "$dir"
}
trap cleanup EXIT
go test -c -o "$dir/peer" ./internal/landing
mkfifo "$dir/hold"
exec 9<>"$dir/hold"
start() { # name, role, and the environment that it needs
	env TIEOUT_PEER="$2" "${@:3}" "$dir/peer" -test.run 'TestPeer$' -test.timeout 0 <"$dir/hold" >"$dir/$1.url" &
	servers+=($!)
	until [ -s "$dir/$1.url" ]; do sleep 0.1; done
}
start sink sink
export AWS_ENDPOINT_URL_S3=$(head -n 1 "$dir/sink.url")
export AWS_ACCESS_KEY_ID=TIEOUTTESTKEY AWS_SECRET_ACCESS_KEY=tieout-test-secret AWS_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN

one() { # role
	/usr/bin/time -f '%e %U %S %M' -o "$dir/time" env TIEOUT_PEER="$1" TIEOUT_PEER_KEY="$TIEOUT_PEER_URL" \
		"$dir/peer" -test.run 'TestPeer$' -test.timeout 0 >"$dir/out"
	awk -v role="$1" -v bytes="$(awk '{ print $1; exit }' "$dir/out")" '
		{ printf "%-9s %6.2f GiB %7.1f s wall %7.1f s CPU %5.0f MB/s %5.2f CPU s/GiB %5.0f MiB peak\n", role, bytes / 2 ^ 30, $1, $2 + $3, bytes / 1e6 / $1, ($2 + $3) / (bytes / 2 ^ 30), $4 / 1024 }' "$dir/time"
}
uptime
for gib in "$@"; do
	start "origin-$gib" origin TIEOUT_PEER_ROWS=$((gib * 700000)) # of about 1,600 bytes
	export TIEOUT_PEER_URL=$(head -n 1 "$dir/origin-$gib.url")
	one transfer
	one scan
done
uptime
