#!/usr/bin/env bash
# Hidden equals absent, asked at random: two servers, one of which never had
# what the reader cannot see, and the same requests to both.  CR_SEED and
# CR_REQUESTS (for each reader) ask others.
# shellcheck source=tests/interop/lib.sh
. "$(dirname "$0")/lib.sh"
python=/usr/bin/python3
export CR_BUILD PYTHONHASHSEED=0 PYTHONDONTWRITEBYTECODE=1
cr_begin

program=$(dirname "$0")/differential.py
names=$("$python" "$program") || exit 1
while IFS=$'\t' read -r name claim; do
	cr_check "$claim" "$python" "$program" "$name" "$dir" "$CR_MODULE" \
		"$CR_TOP" "${CR_SEED:-1}" "${CR_REQUESTS:-300}"
done <<<"$names"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
