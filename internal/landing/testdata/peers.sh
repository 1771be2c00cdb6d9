#!/bin/bash
# Times landing a file beside what else moves one from HTTP to S3 with its SHA-256: all tools on the same servers, taking
# turns, whole processes. Usage: bash internal/landing/testdata/peers.sh [MiB] [runs]   (from the module's root; default 1024 5)
# Prints the median and the best wall seconds; of the medians MB/s, CPU seconds per GiB of everything on the client's side, peak memory of its largest
# process, and the time of what only reads and hashes as a share of the tool's, median and best. VERSITYGW=<binary> adds a real S3 (go install
# github.com/versity/versitygw/cmd/versitygw@v1.8.0); AWS=<binary> is the aws cli. Missing tools are left out.
set -euo pipefail
mib=${1:-1024} runs=${2:-5}
aws=${AWS:-$(command -v /usr/bin/aws aws | head -n 1 || true)}
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

start() { # role, and the environment that it needs
	env TIEOUT_PEER="$1" "${@:2}" "$dir/peer" -test.run 'TestPeer$' -test.timeout 0 <"$dir/hold" >"$dir/$1.url" &
	servers+=($!)
	until [ -s "$dir/$1.url" ]; do sleep 0.1; done
}
start origin TIEOUT_PEER_BYTES=$((mib << 20))
start sink
export TIEOUT_PEER_URL=$(head -n 1 "$dir/origin.url") peer="$dir/peer" aws dir
export AWS_ACCESS_KEY_ID=TIEOUTTESTKEY AWS_SECRET_ACCESS_KEY=tieout-test-secret AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null AWS_EC2_METADATA_DISABLED=true RCLONE_CONFIG=/dev/null
unset AWS_CA_BUNDLE AWS_PROFILE AWS_SESSION_TOKEN # rclone fails over the first, the servers over the others
declare -A s3=([discard]=$(head -n 1 "$dir/sink.url"))
if [ -x "${VERSITYGW:-}" ]; then
	mkdir -p "$dir/gw/bucket" "$dir/meta"
	port=$((20000 + RANDOM % 20000))
	"$VERSITYGW" --quiet --access $AWS_ACCESS_KEY_ID --secret $AWS_SECRET_ACCESS_KEY --port 127.0.0.1:$port posix --sidecar "$dir/meta" "$dir/gw" >"$dir/gw.log" 2>&1 &
	servers+=($!)
	s3[versitygw]=http://127.0.0.1:$port
	until curl -s -o /dev/null "${s3[versitygw]}"; do sleep 0.1; done
fi

# What is compared. Each prints nothing of use but its own figures; the S3 is $endpoint, the key $key.
get() { TIEOUT_PEER=get "$peer" -test.run 'TestPeer$'; }
tieout() { TIEOUT_PEER=transfer TIEOUT_PEER_KEY=$key AWS_ENDPOINT_URL_S3=$endpoint "$peer" -test.run 'TestPeer$'; }
awspipe() { curl -sf "$TIEOUT_PEER_URL" | tee >(sha256sum >"$dir/sum") | "$aws" --endpoint-url "$endpoint" s3 cp - "s3://bucket/$key" --expected-size "$bytes"; }
rclonepipe() { curl -sf "$TIEOUT_PEER_URL" | tee >(sha256sum >"$dir/sum") | rclone rcat ":s3:bucket/$key" $rcloneflags; }
rclonecopyurl() { rclone copyurl "$TIEOUT_PEER_URL" ":s3:bucket/$key" $rcloneflags; }
export -f get tieout awspipe rclonepipe rclonecopyurl
export bytes=$((mib << 20))

one() { # server tool round
	export endpoint=${s3[$1]} key="$2-$3"
	# The discarding sink has no MD5 to compare with, so rclone is not made to (its rcat insists, and fails there).
	export rcloneflags="--s3-provider Other --s3-env-auth --s3-endpoint $endpoint --s3-no-check-bucket --s3-disable-checksum --ignore-checksum --s3-chunk-size 16M --s3-upload-concurrency 3 --expect-continue-timeout 0"
	if ! /usr/bin/time -f '%e %U %S %M' -o "$dir/time" bash -o pipefail -c "$2" >"$dir/out" 2>&1; then
		echo "$1 $2 failed: $(tail -n 2 "$dir/out")" >&2
		return
	fi
	echo "$1 $2 $(tail -n 1 "$dir/time")" >>"$dir/figures"
	rm -rf "$dir/gw/bucket/"* 2>/dev/null || true
}

tools="get tieout"
[ -z "$aws" ] || tools="$tools awspipe"
! command -v rclone >/dev/null || tools="$tools rclonepipe rclonecopyurl"
uptime
for round in $(seq "$runs"); do
	for server in "${!s3[@]}"; do
		for tool in $tools; do
			one "$server" "$tool" "$round"
		done
	done
done
uptime
echo "$mib MiB, median of $runs, $(nproc) cores"
printf '%-11s %-14s %7s %7s %6s %10s %9s %6s %6s\n' S3 tool 'wall s' best MB/s 'CPU s/GiB' 'peak MiB' 'x get' best
for server in discard versitygw; do
	for tool in $tools; do
		{ grep "^$server $tool " "$dir/figures" || true; } | awk -v mib="$mib" '
			function median(a, n,  i, j, x) {
				for (i = 2; i <= n; i++) { x = a[i]; for (j = i - 1; j > 0 && a[j] > x; j--) a[j + 1] = a[j]; a[j + 1] = x }
				return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
			}
			{ wall[NR] = $3; cpu[NR] = $4 + $5; rss[NR] = $6; server = $1; tool = $2 }
			END { if (NR) print server, tool, median(wall, NR), wall[1], median(cpu, NR) * 1024 / mib, median(rss, NR) / 1024 }'
	done
done | awk -v mib="$mib" '
	$2 == "get" { get[$1] = $3; best[$1] = $4 }
	{ printf "%-11s %-14s %7.2f %7.2f %6.0f %10.2f %9.0f %6.2f %6.2f\n", $1, $2, $3, $4, mib * 1.048576 / $3, $5, $6, get[$1] / $3, best[$1] / $4 }'
