# What every check sources: where it is, which tier it runs, and the few verbs checks share.
#   TIER            commit (minutes, on each change) or deep (the figures of the README)
#   CHECK_RESULTS   the file that `result` appends to; script/check sets it
#   CHECK_COMPILING the file that takes the seconds of compiling; script/check sets it
# shellcheck shell=bash
set -uo pipefail
export LC_ALL=C.UTF-8 # numbers have a point, and awk and Python agree on it
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
. script/scratch.sh
TIER=${TIER:-commit}
CHECK_RESULTS=${CHECK_RESULTS:-/dev/stdout}
CHECK_COMPILING=${CHECK_COMPILING:-/dev/null}
ASIDE=no # yes: this run looks at less than its rows say, so they are no rows of the scoreboard
JOBS=${JOBS:-2}
# Some checks look at a third in the commit tier, at another each day; STERLING_THIRD asks for one of them again.
THIRD=${STERLING_THIRD:-$((10#$(date -u +%j) % 3))}
[[ "$THIRD" =~ ^[0-2]$ ]] || { printf '%s\n' "  STERLING_THIRD is '$THIRD': it must be 0, 1 or 2"; exit 2; }

# third_of_lines: of the lines that come in, those of this third
third_of_lines() { awk -v third="$THIRD" 'NR % 3 == third'; }

say() { printf '%s\n' "$*"; }

# words_at_most COUNT WORD…: ends with 2 if a check is given more words than the none or the one that it takes
words_at_most() {
  local most=$1 takes=("no word" "one word")
  shift
  [ $# -le "$most" ] || { say "  '${*:most + 1}' is not understood: $(basename "$0") takes ${takes[most]}"; exit 2; }
}

# seed_or_exit WORD: ends with 2 if that is no whole number
seed_or_exit() {
  [[ "$1" =~ ^[0-9]{1,9}$ ]] || { say "  '$1' is no seed: give a whole number of at most nine digits"; exit 2; }
}

# seed_and_words WORD…: `seed` (1 if none is given) and, in `wanted`, the other words
seed_and_words() {
  local word given=no
  seed=1 wanted=()
  for word in "$@"; do
    case "$word" in *[!0-9]*) wanted+=("$word") && continue ;; esac
    seed_or_exit "$word"
    [ "$given" = no ] || { say "  one seed, not two: $seed and $word"; exit 2; }
    seed=$word given=yes
  done
}

# pick COMMIT DEEP: the value of this tier
pick() { if [ "$TIER" = deep ]; then printf '%s' "$2"; else printf '%s' "$1"; fi; }

# repeat_with NAME ARGUMENTS…: the command line that repeats this check in this tier
repeat_with() { if [ "$TIER" = deep ]; then printf 'script/check deep %s' "$*"; else printf 'script/check %s' "$*"; fi; }

# repeat_third_with NAME ARGUMENTS…: the same for a check that looks at a third in the commit tier
repeat_third_with() { printf '%s%s' "$(pick "STERLING_THIRD=$THIRD " "")" "$(repeat_with "$@")"; }

# install_missing PACKAGE…: Debian packages the check needs beyond script/setup's
install_missing() {
  local package missing=() sudo="" from=$EPOCHREALTIME status=0
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || sudo=sudo
  say "  installing: ${missing[*]}"
  $sudo apt-get update -qq &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    status=1
  compiled_since "$from" # is there the next time, too
  return "$status"
}

# setup_build DIR CC CXX MESON-OPTIONS…: makes the build directory, or refuses one that is there and was set up
# otherwise; builds nothing yet
setup_build() {
  local dir=$1 cc=$2 cxx=$3 by="compiler=$2"
  shift 3
  if command -v ccache >/dev/null; then cc="ccache $cc" cxx="ccache $cxx"; fi
  [ -f "$dir/build.ninja" ] || CC=$cc CXX=$cxx meson setup "$dir" "$@" >/dev/null ||
    { say "  meson could not set up $dir"; return 1; }
  script/built-as "$dir" "$by" "$@" || return 1
}

# The two builds that others make as well: what ships (script/setup), and what script/test runs.
SHIPPED=build
CHECKED=build-test
setup_shipped() {
  setup_build "$SHIPPED" gcc g++ -Dbuildtype=release -Db_sanitize=none -Db_coverage=false -Dmutants=false
}
setup_checked() {
  setup_build "$CHECKED" gcc g++ -Db_sanitize=address,undefined -Db_lundef=false -Dwerror=true -Dmutants=true
}

# compiled_since MOMENT: what has gone by since then (as EPOCHREALTIME told it) was compiling
compiled_since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f\n", b - a }' >>"$CHECK_COMPILING"; }

# make_targets DIR [TARGET…]: builds them, or everything; says what broke
make_targets() {
  local dir=$1 from=$EPOCHREALTIME status=0
  shift
  ninja -k 0 -j "$JOBS" -C "$dir" "$@" >"$dir/check.log" 2>&1 || status=1
  compiled_since "$from"
  [ "$status" = 1 ] || return 0
  grep -E 'error|warning|FAILED|ninja:' "$dir/check.log" | head -n 40
  say "  the build in $dir failed: $dir/check.log"
  return 1
}

# build DIR CC CXX MESON-OPTIONS…: sets up and builds everything
build() {
  setup_build "$@" && make_targets "$1"
}

# Servers that wait for each other leave half of the machine idle at one test a core.
TESTS_AT_ONCE=$((JOBS * 2))

# run_tests DIR MESON-ARGUMENTS…: fails if a test fails or none ran
run_tests() {
  local dir=$1 status=0
  shift
  scratch_in_memory || return 1
  rm -f "$dir/meson-logs/testlog.junit.xml" "$dir/tests.count" # what is counted below is of this run
  meson test -C "$dir" --no-rebuild --print-errorlogs --num-processes "$TESTS_AT_ONCE" --timeout-multiplier 4 "$@" \
    >"$dir/check.log" 2>&1 || status=1
  grep -E '^ *[0-9]+/[0-9]+ .*(FAIL|TIMEOUT|ERROR)' "$dir/check.log"
  script/count-tests "$dir/meson-logs/testlog.junit.xml" "$status" | tee "$dir/tests.count" || status=1
  [ "$status" = 0 ] || say "  see $dir/check.log"
  return "$status"
}

# result NAME PASS GOAL FIGURE TARGET SEED COMMAND SCALE: one figure for the scoreboard.
# PASS is yes, no, or told (not judged); SEED and SCALE (by how much the commit tier is scaled down) may be empty.
result() {
  [ $# = 8 ] || { say "  result: 8 arguments are wanted, $# were given"; exit 1; }
  case "$2" in yes | no | told) ;; *) say "  result: PASS is yes, no or told, not '$2'"; exit 1 ;; esac
  python3 -c 'import json, sys
keys = ["name", "pass", "goal", "figure", "target", "seed", "command", "scale"]
row = dict(zip(keys, sys.argv[1:])) | {"pass": {"yes": True, "no": False, "told": None}[sys.argv[2]], "aside": sys.argv[9] == "yes"}
print(json.dumps(row, ensure_ascii=False))' "$@" "$ASIDE" >>"$CHECK_RESULTS" || exit 1
}

# verdict STATUS NAME GOAL FIGURE TARGET SEED COMMAND SCALE: reports by exit status and ends with it
verdict() {
  local status=$1 pass=yes
  shift
  [ "$status" = 0 ] || pass=no
  result "$1" "$pass" "${@:2}"
  exit "$status"
}
