# shellcheck shell=bash
# up, down and logs.

up() {
  need_services "$@"
  need_curl
  need_jdk
  local service missing="" modules="" wanted=${*:-$all_services}
  for service in $wanted; do
    [ -n "$(pid_of "$service")" ] || missing="$missing $service"
    modules="$modules $(module_of "$service")"
  done
  if [ -z "$missing" ]; then
    await "" "$wanted" >/dev/null
    echo "Weft is already up. To restart it: $(weft_here) down && $(weft_here) up"
    where_to_go
    return
  fi
  # shellcheck disable=SC2086 # lists of words
  {
    need_ports $missing
    build importer $modules
    default_models
    mkdir -p "$run"
    echo "Starting"
    # shellcheck disable=SC2064 # the list as it is now
    trap "echo; stop $missing; exit 130" INT TERM
    for service in $missing; do start "$service"; done
    await "$missing" "$missing"
    await_gateway $missing
    trap - INT TERM
  }
  echo
  echo "Weft is up."
  where_to_go
}

# The launcher with the settings by which it finds this copy of Weft, for commands to copy.
weft_here() {
  local before=""
  [ "$offset" = 0 ] || before="WEFT_PORT_OFFSET=$offset "
  [ -z "$models_given" ] || before="${before}WEFT_MODELS_DIR=$(printf %q "$(shown "$models")") "
  [ -z "${WEFT_RUN_DIR:-}" ] || before="${before}WEFT_RUN_DIR=$(printf %q "$(shown "$run")") "
  echo "$before$weft"
}

# Addresses and commands to try.
where_to_go() {
  local embedder here served key=""
  [ -n "$(pid_of gateway)" ] || return 0
  here=$(weft_here)
  embedder=$(models_for embed | head -n 1)
  echo "  API      $api/v1"
  served=$(served_models || true)
  echo "  Models   ${served:-$(no_models)}"
  echo "  Logs     $(shown "$run")/*.log"
  echo "  Stop     $here down"
  echo
  echo "Try:"
  if [ -n "$(chat_model)" ]; then
    echo "  $here chat \"What is the capital of France?\""
  fi
  if [ -n "$embedder" ]; then
    [ -z "${WEFT_KEYS_FILE:-}" ] || key=" -H \"Authorization: Bearer \$WEFT_API_KEY\""
    echo "  curl $api/v1/embeddings -H 'Content-Type: application/json'$key \\"
    echo "    -d '{\"model\": \"$embedder\", \"input\": \"A cat sits on the mat\"}'"
  fi
}

# What to say where the gateway names no model.
no_models() {
  case $(ask_api -s -o /dev/null -w '%{http_code}' --max-time 5 "$api/v1/models" || true) in
    401) echo "told to those who show an API key (WEFT_API_KEY)" ;;
    *) echo none ;;
  esac
}

# Names of the models that the gateway offers, with commas.
served_models() {
  ask_api -fsS --max-time 5 "$api/v1/models" 2>/dev/null | grep -o '"id":"[^"]*"' | sed 's/^"id":"//; s/"$//' | paste -sd, - | sed 's/,/, /g'
}

down() {
  need_services "$@"
  local service running="" wanted=${*:-gateway generator encoder tokenizer}
  for service in $wanted; do
    if [ -n "$(pid_of "$service")" ]; then running="$running $service"; else rm -f "$run/$service.pid"; fi
  done
  if [ -z "$running" ]; then
    echo "Nothing to stop."
    return
  fi
  # shellcheck disable=SC2086 # a list of words
  stop $running
}

logs() {
  local follow="" names="" name files=()
  for name in "$@"; do
    if [ "$name" = -f ]; then follow=-f; else
      need_services "$name"
      names="$names $name"
    fi
  done
  for name in ${names:-$all_services}; do
    [ ! -f "$(log_of "$name")" ] || files+=("$(log_of "$name")")
  done
  [ ${#files[@]} -gt 0 ] || die "There are no logs yet in $(shown "$run")."
  if [ ${#files[@]} = 1 ]; then
    tail -n 200 $follow "${files[0]}"
  else
    tail -n 20 $follow "${files[@]}"
  fi
}

# Load on the API, from this machine: bench/src/Bench.java, which Java runs as it is.
bench() {
  local kind=()
  need_jdk
  if [ $# -gt 0 ]; then kind=("$1" --url "$api") && shift; fi
  "$JAVA_HOME/bin/java" "$root/bench/src/Bench.java" ${kind[@]+"${kind[@]}"} "$@"
}
