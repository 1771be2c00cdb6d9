#!/bin/bash
# Peak memory of `tieout check` as a whole process: with list items, with distinct tuples, with rows.
# Usage: bash starter/testdata/memory.sh [TIEOUT]   (from the module's root; builds one unless one is given; 1 GB of disk)
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
tieout=${1:-$dir/tieout}
[ $# -gt 0 ] || go build -o "$tieout" ./starter
cat >"$dir/tieout.yaml" <<'YAML'
connections:
  acme: {base_url: "http://127.0.0.1", client_id: id, client_secret: secret, refresh_token: token}
storage: {bucket: none}
pipelines:
  memory:
    definition: Memory
    format: {delimiter: "|", header: none, amount: 1, currency: 2}
    checks:
      - {name: Cost centre, list: Organization List, columns: [3, 4, 5]}
YAML

# Three levels of 10, 1,000 and as many items as wanted, with names of 20 characters and paths as List v1 has them.
list() { # items
	awk -v under=$(($1 / 1000)) 'function branch(parent, from, n, letter, deeper,    i) {
			printf "%s{\"parent\":[%s],\"items\":[", begun++ ? "," : "", parent
			for (i = 0; i < n; i++) {
				printf "%s{\"code\":\"%s%06d\",\"name\":\"Department no. %05d\"", i ? "," : "", letter, from + i, from + i
				printf "%s", deeper ? sprintf(",\"ref\":\"gWqmsMJ27KYsYDsraMCRfUtd5Y9ha96y0lRU/items?parent=%06d\"}", from + i) : "}"
			}
			printf "]}"
		}
		BEGIN {
			printf "{\"schema\":1,\"list\":\"Organization List\",\"listId\":\"id\",\"api\":\"v1\",\"levels\":3,\"readAt\":\"2026-11-20T04:00:00Z\",\"branches\":["
			branch("", 0, 10, "A", 1)
			for (a = 0; a < 10; a++) branch(sprintf("\"A%06d\"", a), a * 100, 100, "B", 1)
			for (b = 0; b < 1000; b++) branch(sprintf("\"A%06d\",\"B%06d\"", b / 100, b), b * under, under, "C", 0)
			print "]}"
		}' >"$dir/Organization List.json"
}

# Rows whose codes are all in the list; every thousandth tuple is not, so that the rows are passed over again.
extract() { # items rows tuples
	awk -v under=$(($1 / 1000)) -v items="$1" -v rows="$2" -v tuples="$3" 'BEGIN {
		for (i = 0; i < rows; i++) {
			c = i % tuples
			b = int(c % items / under)
			printf "12.50|USD|A%06d|B%06d|%s%06d\n", b / 100, b, c % 1000 == 999 ? "X" : "C", c % items
		}
	}' >"$dir/extract.txt"
}

printf '%9s %9s %9s %9s %9s %9s\n' items rows tuples 'wall s' 'CPU s' 'peak MiB'
for size in '1000 1000 1000' '200000 100000 1000' '1000000 100000 1000' '1000000 1000000 1000000' '1000 10000000 1000'; do
	read -r items rows tuples <<<"$size"
	list "$items"
	extract "$items" "$rows" "$tuples"
	/usr/bin/time -o "$dir/time" -f '%e %U %S %M' "$tieout" check --config "$dir/tieout.yaml" --lists "$dir" "$dir/extract.txt" >"$dir/out" 2>&1 || [ $? -eq 3 ] || { cat "$dir/out"; exit 1; }
	tail -n 1 "$dir/time" | awk -v size="$size" '{ split(size, c); printf "%9d %9d %9d %9.2f %9.2f %9.0f\n", c[1], c[2], c[3], $1, $2 + $3, $4 / 1024 }'
done
