# shellcheck shell=bash
# The environment, the services and their ports, and what all other files use.

all_services="tokenizer encoder generator gateway"

# Turns the environment into what the launcher and the services read.
settle() {
  offset=${WEFT_PORT_OFFSET:-0}
  if ! [[ $offset =~ ^[0-9]{1,5}$ ]] || ((10#$offset > 56000)); then
    die "WEFT_PORT_OFFSET is '$offset'; it must be a number from 0 to 56000."
  fi
  offset=$((10#$offset))
  host=$(reached "${WEFT_HOST:-127.0.0.1}")
  # The gateway asks callers for keys; the services behind it take any call, and listen for the gateway alone.
  workers_listen=${WEFT_WORKERS_HOST:-127.0.0.1}
  workers_host=$(reached "$workers_listen")
  export WEFT_GATEWAY_HTTPS_PORT=${WEFT_GATEWAY_HTTPS_PORT:-$((8443 + offset))}
  if [ -n "${WEFT_TLS_CERTIFICATE:-}" ]; then
    [ -n "${WEFT_TLS_KEY:-}" ] || die "WEFT_TLS_CERTIFICATE is set: name its key too, WEFT_TLS_KEY."
    WEFT_TLS_CERTIFICATE=$(absolute "$WEFT_TLS_CERTIFICATE")
    WEFT_TLS_KEY=$(absolute "$WEFT_TLS_KEY")
    export WEFT_TLS_CERTIFICATE WEFT_TLS_KEY
  fi
  if [ -n "${WEFT_MTLS_DIR:-}" ]; then
    WEFT_MTLS_DIR=$(absolute "$WEFT_MTLS_DIR") && export WEFT_MTLS_DIR
  fi
  if [ -n "${WEFT_KEYS_FILE:-}" ]; then
    WEFT_KEYS_FILE=$(absolute "$WEFT_KEYS_FILE") && export WEFT_KEYS_FILE
  fi
  models=$(absolute "${WEFT_MODELS_DIR:-$root/models}")
  if [ "$offset" = 0 ]; then run=$root/run; else run=$root/run/offset-$offset; fi
  run=$(physical "${WEFT_RUN_DIR:-$run}") # services that run are known by this path

  models_given=${WEFT_MODELS_DIR:+yes}
  export WEFT_MODELS_DIR=$models
  export WEFT_TOKENIZER_GRPC_PORT=${WEFT_TOKENIZER_GRPC_PORT:-$((9001 + offset))}
  export WEFT_TOKENIZER_HTTP_PORT=${WEFT_TOKENIZER_HTTP_PORT:-$((9081 + offset))}
  export WEFT_ENCODER_GRPC_PORT=${WEFT_ENCODER_GRPC_PORT:-$((9002 + offset))}
  export WEFT_ENCODER_HTTP_PORT=${WEFT_ENCODER_HTTP_PORT:-$((9082 + offset))}
  export WEFT_GENERATOR_GRPC_PORT=${WEFT_GENERATOR_GRPC_PORT:-$((9003 + offset))}
  export WEFT_GENERATOR_HTTP_PORT=${WEFT_GENERATOR_HTTP_PORT:-$((9083 + offset))}
  export WEFT_GATEWAY_GRPC_PORT=${WEFT_GATEWAY_GRPC_PORT:-$((9000 + offset))}
  export WEFT_GATEWAY_HTTP_PORT=${WEFT_GATEWAY_HTTP_PORT:-$((8080 + offset))}
  export WEFT_GATEWAY_MANAGEMENT_PORT=${WEFT_GATEWAY_MANAGEMENT_PORT:-$((9080 + offset))}
  if [ -n "${WEFT_OTLP_ENDPOINT:-}" ]; then
    export WEFT_OTEL_DISABLED=${WEFT_OTEL_DISABLED:-false}
  fi
  # The tokenizer library must not call home, and unpacks its native code inside the project.
  export OPT_OUT_TRACKING=true DJL_CACHE_DIR=${DJL_CACHE_DIR:-$root/.cache/djl}
  export WEFT_TOKENIZER_HOST=${WEFT_TOKENIZER_HOST:-$workers_host}
  export WEFT_ENCODER_HOST=${WEFT_ENCODER_HOST:-$workers_host}
  export WEFT_GENERATOR_HOST=${WEFT_GENERATOR_HOST:-$workers_host}
  api=http://$(in_url "$host"):$WEFT_GATEWAY_HTTP_PORT
}

module_of() { if [ "$1" = gateway ]; then echo gateway; else echo "$1-service"; fi; }

heap_of() {
  case $1 in
    encoder) echo 256m ;;
    generator) echo 384m ;;
    *) echo 192m ;;
  esac
}

# The service's ports as "name number", one a line.
ports_of() {
  case $1 in
    tokenizer) printf 'gRPC %s\nHTTP %s\n' "$WEFT_TOKENIZER_GRPC_PORT" "$WEFT_TOKENIZER_HTTP_PORT" ;;
    encoder) printf 'gRPC %s\nHTTP %s\n' "$WEFT_ENCODER_GRPC_PORT" "$WEFT_ENCODER_HTTP_PORT" ;;
    generator) printf 'gRPC %s\nHTTP %s\n' "$WEFT_GENERATOR_GRPC_PORT" "$WEFT_GENERATOR_HTTP_PORT" ;;
    gateway)
      printf 'gRPC %s\nHTTP %s\nmanagement %s\n' \
        "$WEFT_GATEWAY_GRPC_PORT" "$WEFT_GATEWAY_HTTP_PORT" "$WEFT_GATEWAY_MANAGEMENT_PORT"
      [ -z "${WEFT_TLS_CERTIFICATE:-}" ] || printf 'HTTPS %s\n' "$WEFT_GATEWAY_HTTPS_PORT"
      ;;
  esac
}

# Where the service answers /q/health and /q/metrics.
management_of() {
  local address
  address=http://$(in_url "$(host_of "$1")")
  case $1 in
    tokenizer) echo "$address:$WEFT_TOKENIZER_HTTP_PORT" ;;
    encoder) echo "$address:$WEFT_ENCODER_HTTP_PORT" ;;
    generator) echo "$address:$WEFT_GENERATOR_HTTP_PORT" ;;
    gateway) echo "$address:$WEFT_GATEWAY_MANAGEMENT_PORT" ;;
  esac
}

# Where the service is reached from this machine.
host_of() { if [ "$1" = gateway ]; then echo "$host"; else echo "$workers_host"; fi; }

# Where this machine reaches what listens on an address.
reached() { case $1 in 0.0.0.0) echo 127.0.0.1 ;; :: | '[::]') echo ::1 ;; *) echo "$1" ;; esac; }

# A host as URLs have it.
in_url() { case $1 in \[*) echo "$1" ;; *:*) echo "[$1]" ;; *) echo "$1" ;; esac; }

die() {
  printf '%s\n' "$@" >&2
  exit 1
}

absolute() { case $1 in /*) echo "$1" ;; *) echo "$PWD/$1" ;; esac }

# The one name of a folder, which may not be there yet: without links, dots and slashes too many.
physical() {
  local path rest="" there
  path=$(absolute "$1")
  while [ "$path" != / ] && [ ! -d "$path" ]; do
    if [[ $path != */ ]]; then rest=/${path##*/}$rest path=${path%/*}; else path=${path%/}; fi
    path=${path:-/}
  done
  if there=$(cd "$path" 2>/dev/null && pwd -P); then path=$there; fi
  echo "${path%/}$rest"
}

# A path as the user would type it.
shown() { case $1 in "$PWD"/*) echo "${1#"$PWD"/}" ;; *) echo "$1" ;; esac }

has() { command -v "$1" >/dev/null 2>&1; }

contains() { case " $1 " in *" $2 "*) return 0 ;; *) return 1 ;; esac }

fetch() { curl --noproxy '*' -fsS --max-time 5 "$@" 2>/dev/null; }

# Runs curl against the API. The key comes by a file: everybody can see a command's arguments.
ask_api() {
  if [ -n "${WEFT_API_KEY:-}" ]; then
    curl --noproxy '*' -H @<(printf 'Authorization: Bearer %s\n' "$WEFT_API_KEY") "$@"
  else
    curl --noproxy '*' "$@"
  fi
}

need_curl() { has curl || die "Weft's launcher needs curl. Install it, for example: apt-get install curl"; }

# Dies unless every argument is a service.
need_services() {
  local name
  for name in "$@"; do
    contains "$all_services" "$name" || die "There is no service '$name'. Services: $all_services."
  done
}

need_value() { [ $# -ge 2 ] || die "$1 needs a value. See: $weft help"; }
