# shellcheck shell=bash
# Starting, awaiting and stopping the services.

log_of() { echo "$run/$1.log"; }

# The service's process id; empty when it does not run. A process id can come back as another
# process, so its command line has to name this service and this run folder.
pid_of() {
  local pid
  [ -f "$run/$1.pid" ] || return 0
  read -r pid _ <"$run/$1.pid" || return 0
  case $(command_of "$pid") in *"-Dweft.service=$1 -Dweft.run=$run "*) echo "$pid" ;; esac
}

# The command line of a process; empty when there is none, and while it becomes another program.
command_of() {
  if [ -r "/proc/$1/cmdline" ]; then
    { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null || true
  else
    ps -o command= -p "$1" 2>/dev/null || true
  fi
}

is_ready() { fetch -o /dev/null "$(management_of "$1")/q/health/ready"; }

start() {
  local service=$1 upper options detach=(nohup)
  upper=$(echo "$service" | tr '[:lower:]' '[:upper:]')
  upper="WEFT_${upper}_JAVA_OPTS"
  read -r -a options <<<"${!upper:-}" || true
  # Each service has a folder of its own there, with its key.
  [ -z "${WEFT_MTLS_DIR:-}" ] || export WEFT_MTLS_FOLDER=$WEFT_MTLS_DIR/$service
  if has setsid; then detach=(setsid nohup); fi
  (
    cd "$root"
    [ "$service" = gateway ] || export WEFT_HOST=$workers_listen
    exec "${detach[@]}" "$JAVA_HOME/bin/java" "-Dweft.service=$service" "-Dweft.run=$run" \
      --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
      -XX:+UseSerialGC "-Xmx$(heap_of "$service")" -XX:+ExitOnOutOfMemoryError \
      ${options[@]+"${options[@]}"} -jar "$(artifact_of "$(module_of "$service")")"
  ) </dev/null >"$(log_of "$service")" 2>&1 &
  echo "$! $(date +%s)" >"$run/$service.pid"
  # Until the shell has become Java, by way of nohup, its command line may be empty at any moment.
  while kill -0 "$!" 2>/dev/null && [[ $(command_of "$!") != "$JAVA_HOME/bin/java "* ]]; do
    sleep 0.02
  done
}

# True until a process has given back its ports and its memory.
alive() {
  if [ -d /proc/self ]; then
    grep -q '^State:[[:space:]]*[^ZX]' "/proc/$1/status" 2>/dev/null
  else
    kill -0 "$1" 2>/dev/null
  fi
}

# Stops services together: asks first, kills those that do not end in time.
stop() {
  local service pid entry limit=${WEFT_STOP_TIMEOUT:-20} begun=$SECONDS pending="" still
  for service in "$@"; do
    pid=$(pid_of "$service")
    if [ -n "$pid" ]; then
      kill "$pid" 2>/dev/null || true
      pending="$pending $service:$pid"
    else
      rm -f "$run/$service.pid"
    fi
  done
  while [ -n "$pending" ]; do
    still=""
    for entry in $pending; do
      service=${entry%:*} pid=${entry#*:}
      if ! alive "$pid"; then
        printf '  %-12s stopped\n' "$service"
        rm -f "$run/$service.pid"
      elif ((SECONDS - begun >= limit)); then
        kill -KILL "$pid" 2>/dev/null || true
        printf '  %-12s killed, it had not stopped in %s s\n' "$service" "$limit"
        rm -f "$run/$service.pid"
      else
        still="$still $entry"
      fi
    done
    pending=$still
    [ -z "$pending" ] || sleep 0.1
  done
}

# Who listens on a port, as far as this user may know.
listener_of() {
  local found=""
  if has ss; then
    found=$(ss -Hltnp "sport = :$1" 2>/dev/null |
      sed -n 's/.*users:(("\([^"]*\)",pid=\([0-9]*\).*/\1 (process \2)/p' | head -n 1)
  elif has lsof; then
    found=$(lsof -nP "-iTCP:$1" -sTCP:LISTEN 2>/dev/null | awk 'NR == 2 { print $1 " (process " $2 ")" }')
  fi
  echo "${found:-another process}"
}

# Dies, before anything is started, when a port of one of the services is taken.
need_ports() {
  local service kind port taken=""
  for service in "$@"; do
    while read -r kind port; do
      if (exec 3<>"/dev/tcp/$(host_of "$service")/$port") 2>/dev/null; then
        taken="$taken  port $port ($service, $kind) is taken by $(listener_of "$port")"$'\n'
      fi
    done < <(ports_of "$service")
  done
  [ -z "$taken" ] || die "Nothing was started:" "${taken%$'\n'}" \
    "Stop what listens there, or move all of Weft's ports:" \
    "  WEFT_PORT_OFFSET=$(((offset + 2000) % 56000)) $weft up"
}

# Ends the command because a service did not come up: its last log lines, then stops the others.
give_up() {
  local service=$1 reason=$2 started=$3
  printf '  %-12s %s\n\nThe last lines of %s:\n' "$service" "$reason" "$(shown "$(log_of "$service")")" >&2
  sed -E '/^[[:space:]]+(at |\.\.\. [0-9]+ more)/d; s/^/  | /' "$(log_of "$service")" | tail -n 12 >&2
  printf '\n' >&2
  # shellcheck disable=SC2086 # a list of words
  stop $started
  die "Weft is not up: the $service service $reason."
}

# Waits until services are ready; when one fails, stops those that this command started.
await() {
  local started=$1 pending=$2 still service limit=${WEFT_START_TIMEOUT:-180} begun=$SECONDS
  while [ -n "$pending" ]; do
    still=""
    for service in $pending; do
      if [ -z "$(pid_of "$service")" ]; then
        give_up "$service" "ended while starting" "$started"
      elif is_ready "$service"; then
        printf '  %-12s ready after %d s\n' "$service" $((SECONDS - begun))
      elif ((SECONDS - begun >= limit)); then
        give_up "$service" "was not ready after $limit s" "$started"
      else
        still="$still $service"
      fi
    done
    pending=$still
    [ -z "$pending" ] || sleep 0.3
  done
}

# Waits, not long, until the gateway has noticed services that became ready after it, and all of their models.
await_gateway() {
  local service tries=0
  [ -n "$(pid_of gateway)" ] || return 0
  for service in "$@"; do
    while [ "$service" != gateway ] && ((tries++ < 50)) && ! is_known "$service"; do
      sleep 0.2
    done
  done
}

# Whether the gateway has heard of all models that a service has.
is_known() {
  local models model known
  models=$(fetch "$(management_of "$1")/q/health/ready" | sed -n 's/.*"models": *"\([^"]*\)".*/\1/p')
  known=$(fetch "$(management_of gateway)/q/health/ready" | sed -n "s/.*\"$1\": *\"up\([^\"]*\)\".*/up \1/p")
  [ -n "$known" ] || return 1
  for model in ${models//,/ }; do
    contains "${known//[:,]/ }" "$model" || return 1
  done
}
