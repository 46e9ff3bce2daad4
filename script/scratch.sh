# What script/test and the checks source: directories of tests are in memory where there is room.
# What a disk does to a store, test/power plays on a disk of its own, and script/check crash stays on the machine's.
# shellcheck shell=bash

# scratch_in_memory: sets TMPDIR to a directory in memory that goes when the shell ends; leaves one that is set alone
scratch_in_memory() {
  local room free
  [ -z "${TMPDIR:-}" ] || return 0
  room=$(df --output=avail -k /dev/shm 2>/dev/null | tail -n 1)
  free=$(sed -n 's/^MemAvailable: *\([0-9]*\).*/\1/p' /proc/meminfo)
  [ "${room:-0}" -gt 4000000 ] && [ "${free:-0}" -gt 8000000 ] || return 0
  TMPDIR=$(mktemp -d /dev/shm/sterling-test-XXXXXX) || return 1
  export TMPDIR
  trap 'env -u CHECK_RESULTS rm -rf "$TMPDIR"' EXIT # without the mark by which script/check ends what a check started
}
