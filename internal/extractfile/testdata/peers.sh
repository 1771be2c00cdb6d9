#!/bin/sh
# Times the first pass over one SAE file beside what else is on the machine: tuples of columns 35-37 and 167 with rows
# and sums. Usage: sh internal/extractfile/testdata/peers.sh [rows] [runs]   (from the module's root; default 560000 rows, 1 GiB)
# Prints the fastest of the runs: wall and CPU seconds. wc only counts lines; the awks know no quotes.
set -eu
rows=${1:-560000} runs=${2:-3}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
go test -c -o "$dir/scan" ./internal/extractfile
TIEOUT_PEER_FILE=$dir/sae.txt TIEOUT_PEER_ROWS=$rows "$dir/scan" -test.run TestPeerFile >/dev/null
ls -l "$dir/sae.txt" | awk '{printf "%d rows, %.0f MiB\n", '"$rows"', $5 / 1048576}'
awkprogram='NR > 1 { a[$35 FS $36 FS $37]++; s[$35 FS $36 FS $37 FS $22] += $169; b[$167]++; c[$167 FS $22] += $169; t += $169 }
	END { for (k in a) n++; for (k in b) m++; print NR - 1, n, m, t }'
time_one() { # name command...
	name=$1
	shift
	i=0
	while [ $i -lt "$runs" ]; do
		TIMEFORMAT='%R %U %S' bash -c 'time "$@" >/dev/null' time "$@" 2>&1 | tail -1
		i=$((i + 1))
	done | sort -n | head -1 | awk -v name="$name" '{printf "%-28s %6.2f s wall  %6.2f s CPU\n", name, $1, $2 + $3}'
}
export TIEOUT_PEER_FILE="$dir/sae.txt"
time_one 'wc -l' wc -l "$dir/sae.txt"
time_one 'tieout, 1 worker' env TIEOUT_PEER_WORKERS=1 "$dir/scan" -test.run TestPeerFile
time_one 'tieout, all cores' "$dir/scan" -test.run TestPeerFile
time_one 'encoding/csv and maps' env TIEOUT_PEER_READER=encoding/csv "$dir/scan" -test.run TestPeerFile
for awk in mawk gawk; do
	command -v $awk >/dev/null && LC_ALL=C time_one "$awk" $awk -F'|' "$awkprogram" "$dir/sae.txt"
done
if command -v duckdb >/dev/null; then
	time_one duckdb duckdb -c "SELECT count(*) FROM (SELECT column034, column035, column036, column021, count(*), sum(TRY_CAST(column168 AS DECIMAL(38, 8))) FROM read_csv('$dir/sae.txt', delim='|', header=false, all_varchar=true, skip=1) GROUP BY ALL)"
fi
