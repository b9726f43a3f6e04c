# shellcheck shell=bash
# The JDK, Maven, what has to be built, and the default models.

# Major version of the JDK in a folder; empty when there is none.
jdk_major() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] || return 0
  { "$1/bin/java" -version 2>&1 || true; } | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1
}

# Sets and exports JAVA_HOME to a JDK of version 25 or newer.
need_jdk() {
  local home major seen="" on_path=""
  if has java; then on_path=$(readlink -f "$(command -v java)" 2>/dev/null || command -v java); fi
  for home in "${JAVA_HOME:-}" "${on_path%/bin/java}" /usr/lib/jvm/* \
    "$HOME"/.sdkman/candidates/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home; do
    [ -n "$home" ] && [ -d "$home" ] || continue
    major=$(jdk_major "$home")
    [ -n "$major" ] || continue
    if ((major >= 25)); then
      export JAVA_HOME=$home
      return
    fi
    contains "$seen" "$major" || seen="$seen $major"
  done
  die "Weft needs a JDK of version 25 or newer. Found:${seen:- none}." \
    "Install one:" \
    "  Debian, Ubuntu   apt-get install openjdk-25-jdk (or temurin-25-jdk from adoptium.net)" \
    "  Fedora           dnf install java-25-openjdk-devel" \
    "  macOS            brew install openjdk@25" \
    "  elsewhere        https://adoptium.net/temurin/releases/?version=25" \
    "If it is installed in an unusual place, set JAVA_HOME to it."
}

need_maven() {
  has mvn || die "Weft has to be built first, and Maven (mvn) is not installed." \
    "Install it, for example: apt-get install maven (macOS: brew install maven)"
}

# What building a module leaves behind.
artifact_of() {
  case $1 in
    importer | trainer) echo "$root/$1/target/$1.jar" ;;
    *) echo "$root/$1/target/quarkus-app/quarkus-run.jar" ;;
  esac
}

# True when a module is not built or anything that it is built from is newer.
stale() {
  local artifact sources newer
  artifact=$(artifact_of "$1")
  [ -f "$artifact" ] || return 0
  sources=("$root/pom.xml" "$root/$1/pom.xml" "$root/$1/src/main"
    "$root/runtime/pom.xml" "$root/runtime/src/main")
  [ "$1" = importer ] || sources+=("$root/proto/pom.xml" "$root/proto/src/main")
  [ "$1" != trainer ] || sources+=("$root/importer/pom.xml" "$root/importer/src/main")
  newer=$(find "${sources[@]}" -newer "$artifact" -type f 2>/dev/null | head -n 1)
  [ -n "$newer" ]
}

# Reads Maven's output, keeps it in a log and prints one line a module.
build_progress() {
  local line module="" since=$SECONDS
  while IFS= read -r line; do
    printf '%s\n' "$line" >>"$1"
    [[ $line =~ \<\ io\.weft:([a-z-]+)\ \> ]] || continue
    [ -z "$module" ] || printf '%3d s\n' $((SECONDS - since))
    module=${BASH_REMATCH[1]} since=$SECONDS
    if [ "$module" = weft ]; then module=""; else printf '  %-20s' "$module"; fi
  done
  [ -z "$module" ] || printf '%3d s\n' $((SECONDS - since))
}

# Builds those of the given modules that need it.
build() {
  local module log=$run/build.log wanted=""
  [ -z "${WEFT_SKIP_BUILD:-}" ] || return 0
  for module in "$@"; do
    if stale "$module"; then wanted=$wanted,$module; fi
  done
  [ -n "$wanted" ] || return 0
  need_maven
  mkdir -p "$run"
  : >"$log"
  : >"$run/build.began"
  echo "Building (the first time Maven fetches libraries; log: $(shown "$log"))"
  if ! (cd "$root" && mvn -B -ntp -Dstyle.color=never -pl "${wanted#,}" -am \
    -DskipTests -Dspotless.check.skip package 2>&1) | build_progress "$log"; then
    echo "The build failed:" >&2
    # Warnings of the compiler fail the build too.
    { sed -nE '/To see the full stack trace/q; s/^\[ERROR\] //p; s/^\[WARNING\] (.*\.java:\[)/\1/p' "$log" |
      grep . || tail -n 12 "$log"; } |
      head -n 12 | sed 's/^/  /' >&2
    die "The whole log: $(shown "$log")"
  fi
  # Tools leave a jar alone whose content did not change, and sources may have changed meanwhile:
  # what was built is as new as the sources were at the start.
  for module in "$@"; do touch -r "$run/build.began" "$(artifact_of "$module")"; done
}

importer() {
  build importer
  "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \
    -jar "$(artifact_of importer)" "$@"
}

# Whether an option is among arguments, with its value after it or after an equals sign.
has_option() {
  local name=$1 argument
  shift
  for argument in "$@"; do
    case $argument in "$name" | "$name="*) return 0 ;; esac
  done
  return 1
}

# Trains a model; the services that run load it.
finetune() {
  local service options=()
  need_jdk
  build trainer
  for service in tokenizer encoder; do
    # By mutual TLS services hear the gateway alone.
    [ -z "$(pid_of "$service")" ] || [ -n "${WEFT_MTLS_DIR:-}" ] || has_option "--$service-service" "$@" ||
      options+=("--$service-service" "$(in_url "$workers_host"):$(ports_of "$service" | sed -n 's/^gRPC //p')")
  done
  has_option --models-dir "$@" || options+=(--models-dir "$(shown "$models")")
  # libtorch warns of DJL's own calls. It gives back the tensors of each step, and glibc, left alone, gives the large ones back to the
  # system: a fifth of a step would go by in clearing new pages.
  TORCH_CPP_LOG_LEVEL=ERROR MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=$((32 << 20)) \
    MALLOC_TRIM_THRESHOLD_=$((8 << 30)) MALLOC_TOP_PAD_=$((256 << 20)) "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED \
    --sun-misc-unsafe-memory-access=allow -jar "$(artifact_of trainer)" ${options[@]+"${options[@]}"} "$@"
}

# Names of the models whose manifest mentions a task, one a line.
models_for() {
  local manifest
  for manifest in "$models"/*/model.json; do
    [ -f "$manifest" ] || continue
    if grep -q "\"$1\"" "$manifest"; then basename "$(dirname "$manifest")"; fi
  done
}

# Fetches the default models, unless the user brought a folder of models.
default_models() {
  if [ -n "$models_given" ] && [ -n "$(find -L "$models" -maxdepth 2 -name model.json 2>/dev/null)" ]; then
    return 0
  fi
  build importer
  echo "Models ($(shown "$models"))"
  importer pull --defaults --models-dir "$(shown "$models")" ||
    die "The default models could not be fetched; what was received is kept, so try again:" "  $weft up"
}
