/**
 * A transient systemd unit that belongs to no connection. Its folder holds what
 * a later look needs: who began it, what it wrote, and how it ended. It is under
 * /run, so that a restart of the host leaves nothing that looks like a result.
 */
const unitsFolder = "/run/isokube/units";

/**
 * What the unit runs: input and output of its own, the deadline, the exit code.
 * "$1" folder, "$2" deadline in seconds, "$3" the script, then its arguments.
 */
const unitMain = `
PATH="$PATH:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" LC_ALL=C HOME=\${HOME:-/root}
export PATH LC_ALL HOME
umask 077
folder=$1 seconds=$2 text=$3
shift 3
exec < "$folder/input" >> "$folder/output" 2>&1
rm -f -- "$folder/input"
umask 022
# A stop of the unit ends the script; what ended it is still written down.
trap : TERM HUP INT
read -r begun rest < /proc/uptime
timeout -k 10 "$seconds" /bin/sh -c "$text" sh "$@"
code=$?
read -r ended rest < /proc/uptime
late=no
if [ "$code" = 124 ] || [ "$code" = 137 ]; then
  [ $(( \${ended%%.*} - \${begun%%.*} )) -ge "$seconds" ] && late=yes
fi
umask 077
printf '%s %s\\n' "$code" "$late" > "$folder/exit.part"
mv -f -- "$folder/exit.part" "$folder/exit"
exit 0
`;

/**
 * A unit that is at work or will be, as patterns of `systemctl show -p ActiveState -p Job`. One whose job is still in
 * the host's queue is "inactive", as one is that has ended; only the job tells them apart. Several units that begin at
 * once wait there for each other.
 */
const living = ["active", "activating", "reloading", "deactivating"]
  .map((state) => `*ActiveState=${state}*`)
  .concat("*Job=[1-9]*")
  .join("|");

/**
 * Begins the unit unless one of its name runs, or the same call began it before
 * and lost the connection. Standard input is the script's, and is kept in a
 * root-only file until the script has opened it.
 * "$1" unit, "$2" the call, "$3" deadline, "$4" the unit's command line, quoted,
 * "$5" how many bytes of standard input there are.
 */
export const startText = `
set -eu
umask 077
unit=$1 call=$2 seconds=$3 main=$4 bytes=$5
folder=${unitsFolder}/$unit
systemctl --version > /dev/null
if [ -e "$folder/call" ] && [ "$(cat "$folder/call")" = "$call" ]; then echo same; exit 0; fi
tries=0
while :; do
  case $(systemctl show -p ActiveState -p Job -- "$unit.service") in
    ${living}) ;;
    *) break ;;
  esac
  if [ ! -e "$folder/call" ]; then
    echo "a unit $unit.service that isokube did not begin is running" >&2
    exit 1
  fi
  if [ ! -e "$folder/exit" ]; then echo running; exit 0; fi
  # Its script has ended, and what that left is being ended: this is no unit to wait for.
  if [ "$tries" -ge 200 ]; then
    echo "what $unit.service left running does not end" >&2
    exit 1
  fi
  tries=$((tries + 1))
  sleep 0.2
done
systemctl reset-failed -- "$unit.service" 2> /dev/null || :
rm -rf -- "$folder"
mkdir -p -- "$folder"
trap 'rm -rf -- "$folder"' EXIT
trap 'exit 130' HUP INT TERM
cat > "$folder/input"
# A connection that breaks here looks like the end of the input.
if [ "$(stat -c %s "$folder/input")" != "$bytes" ]; then
  echo "the input of $unit.service did not arrive whole" >&2
  exit 1
fi
: > "$folder/output"
printf '%s\\n' "$main" > "$folder/main"
printf '%s\\n' "$call" > "$folder/call"
systemd-run --quiet --no-block --unit="$unit" --description="isokube $unit" \\
  --property=Type=simple --property=KillMode=control-group --property=TimeoutStopSec=15 \\
  --property=RuntimeMaxSec=$((seconds + 60)) \\
  /bin/sh "$folder/main" < /dev/null >&2
trap - EXIT
echo began
`;

/**
 * Hands on what the unit wrote from an offset on, and comes back when the unit
 * has ended or after a while; the last line on standard error tells which.
 * "$1" unit, "$2" offset in bytes, "$3" how many seconds to stay.
 */
export const followText = `
set -u
unit=$1 offset=$2 stay=$3
folder=${unitsFolder}/$unit
hand_on() {
  [ -e "$folder/output" ] || return 0
  size=$(stat -c %s -- "$folder/output")
  [ "$size" -gt "$offset" ] || return 0
  tail -c "+$((offset + 1))" -- "$folder/output" | head -c "$((size - offset))"
  offset=$size
}
look() {
  properties=$(systemctl show -p LoadState -p ActiveState -p Job -p SubState -p Result -p ExecMainCode -p ExecMainStatus -- "$unit.service")
}
read -r begun rest < /proc/uptime
until=$(( \${begun%%.*} + stay ))
pause=0.05
turn=0
while :; do
  [ "$((turn % 8))" = 0 ] && look
  turn=$((turn + 1))
  if [ -e "$folder/exit" ]; then
    hand_on
    printf '\\nexit %s\\n' "$(cat "$folder/exit")" >&2
    exit 0
  fi
  case $properties in
    ${living}) ;;
    *)
      # It may have ended between the two looks.
      if [ ! -e "$folder/exit" ]; then
        hand_on
        [ -e "$folder/call" ] && known=yes || known=no
        printf '\\ngone %s %s\\n' "$known" "$(printf '%s' "$properties" | tr '\\n' ' ')" >&2
        exit 0
      fi ;;
  esac
  hand_on
  read -r now rest < /proc/uptime
  if [ "\${now%%.*}" -ge "$until" ]; then printf '\\nruns\\n' >&2; exit 0; fi
  sleep "$pause"
  # Most units end within seconds, and somebody waits; one that takes minutes is looked at less often.
  case $turn in 20) pause=0.1 ;; 40) pause=0.2 ;; 60) pause=0.4 ;; esac
done
`;

/** Ends the unit and all that it began. "$1" unit. */
export const stopUnitText = `
systemctl stop --no-block -- "$1.service" 2> /dev/null
tries=0
while [ "$tries" -lt 100 ]; do
  state=$(systemctl show -p ActiveState -- "$1.service")
  case \${state#*=} in inactive|failed) exit 0 ;; esac
  sleep 0.2
  tries=$((tries + 1))
done
systemctl kill --kill-who=all --signal=KILL -- "$1.service"
`;

/** The words of the unit's command line. */
export function unitWords(
  unit: string,
  seconds: number,
  script: { readonly text: string; readonly args?: readonly string[] },
): string[] {
  return [
    "/bin/sh",
    "-c",
    unitMain,
    "sh",
    `${unitsFolder}/${unit}`,
    String(seconds),
    script.text,
    ...(script.args ?? []),
  ];
}

/** What the last line of a look at a unit tells. */
export type UnitState =
  | { readonly kind: "runs" }
  | { readonly kind: "exit"; readonly code: number; readonly late: boolean }
  /** It left no exit code: it was killed, or the host was restarted and knows nothing of it. */
  | { readonly kind: "gone"; readonly known: boolean; readonly properties: Readonly<Record<string, string>> };

/** @returns undefined for what no look prints */
export function parseUnitState(stderr: string): UnitState | undefined {
  const last = stderr.trimEnd().split("\n").at(-1) ?? "";
  if (last === "runs") return { kind: "runs" };
  const exit = /^exit (\d{1,3}) (yes|no)$/.exec(last);
  if (exit !== null) return { kind: "exit", code: Number(exit[1]), late: exit[2] === "yes" };
  const gone = /^gone (yes|no) (.*)$/.exec(last);
  if (gone === null) return undefined;
  const properties: Record<string, string> = {};
  for (const [, key, value] of (gone[2] ?? "").matchAll(/(\w+)=(\S*)/g)) {
    if (key !== undefined && value !== undefined) properties[key] = value;
  }
  return { kind: "gone", known: gone[1] === "yes", properties };
}

/** What may name a unit here: no escapes, no path. */
export function isUnitName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,100}$/i.test(name);
}
