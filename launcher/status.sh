# shellcheck shell=bash
# What runs, and how the generator is doing.

status() {
  need_curl
  local service pid since rss total=0 state ready=yes served
  printf '%-11s %-9s %-8s %-9s %-9s %s\n' SERVICE STATE PROCESS UPTIME MEMORY PORTS
  for service in $all_services; do
    pid=$(pid_of "$service")
    if [ -z "$pid" ]; then
      ready=""
      printf '%-11s %s\n' "$service" stopped
      continue
    fi
    if is_ready "$service"; then state=ready; else state="not ready" ready=""; fi
    read -r _ since <"$run/$service.pid"
    rss=$(rss_of "$pid")
    total=$((total + ${rss:-0}))
    printf '%-11s %-9s %-8s %-9s %-9s %s\n' "$service" "$state" "$pid" \
      "$(duration $(($(date +%s) - since)))" "$((${rss:-0} / 1024)) MiB" \
      "$(ports_of "$service" | paste -sd, - | sed 's/,/, /g')"
  done
  ((total == 0)) || printf '%-11s %-9s %-8s %-9s %s\n' total "" "" "" "$((total / 1024)) MiB"
  if [ -n "$(pid_of gateway)" ]; then
    served=$(served_models || true)
    printf '\nModels served: %s\n' "${served:-$(no_models)}"
  fi
  if [ -n "$(pid_of generator)" ]; then
    fetch "$(management_of generator)/q/metrics" | engine_load || true
  fi
  [ -n "$ready" ]
}

duration() {
  if (($1 >= 86400)); then
    echo "$(($1 / 86400))d $(($1 % 86400 / 3600))h"
  elif (($1 >= 3600)); then
    echo "$(($1 / 3600))h $(($1 % 3600 / 60))m"
  elif (($1 >= 60)); then
    echo "$(($1 / 60))m $(($1 % 60))s"
  else
    echo "$1s"
  fi
}

# Reads the generator's metrics: sequences now, and how many sequences its decode steps took at once.
engine_load() {
  awk '
    function label(name,   at) {
      if (!match($1, name "=\"[^\"]*\"")) return ""
      at = RSTART + length(name) + 2
      return substr($1, at, RLENGTH - length(name) - 3)
    }
    /^weft_generator_running_sequences/ { running[label("model")] = $2 }
    /^weft_generator_waiting_requests/ { waiting[label("model")] = $2 }
    /^weft_generator_decode_batch_size_bucket/ {
      model = label("model")
      steps = $2 - cumulative[model]
      cumulative[model] = $2
      if (steps > 0) batches[model] = batches[model] sprintf("  %s: %d", size(label("le"), above[model]), steps)
      above[model] = label("le")
    }
    function size(most, least) {
      if (most == "+Inf") return ">" least + 0
      return least + 1 < most + 0 ? least + 1 "-" most + 0 : most + 0
    }
    END {
      for (model in running) {
        printf "%s: %d running, %d waiting\n", model, running[model], waiting[model]
        printf "  sequences a decode step (size: steps)%s\n", batches[model] == "" ? "  none yet" : batches[model]
      }
    }'
}

# Resident memory of a process in KiB.
rss_of() {
  if [ -r "/proc/$1/status" ]; then
    awk '/^VmRSS:/ { print $2 }' "/proc/$1/status" 2>/dev/null || true
  else
    ps -o rss= -p "$1" 2>/dev/null || true
  fi
}
