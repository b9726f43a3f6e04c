# shellcheck shell=bash
# A question on the command line, the answer as it comes.

# The default model where it is there, else the first that has a chat template.
chat_model() {
  local template
  for template in "$models"/smollm2-135m-instruct/chat_template.jinja "$models"/*/chat_template.jinja; do
    if [ -f "$template" ]; then
      basename "$(dirname "$template")"
      return
    fi
  done
}

chat() {
  local model text="" limit=512 temperature=0 body
  model=$(chat_model)
  while [ $# -gt 0 ]; do
    case $1 in
      --model) need_value "$@" && model=$2 && shift ;;
      --max-tokens) need_value "$@" && limit=$2 && shift ;;
      --temperature) need_value "$@" && temperature=$2 && shift ;;
      --) shift && text="$text${text:+ }$*" && break ;;
      -*) die "chat has no option $1. See: $weft help" ;;
      *) text="$text${text:+ }$1" ;;
    esac
    shift
  done
  if [ -z "$text" ] && [ ! -t 0 ]; then text=$(cat); fi
  [ -n "$text" ] || die "Say something: $weft chat \"What is the capital of France?\""
  [ -n "$model" ] || die "There is no chat model in $(shown "$models"). Fetch one: $weft pull --defaults"
  [[ $limit =~ ^-?[0-9]+$ ]] || die "--max-tokens is '$limit'; it must be a whole number."
  [[ $temperature =~ ^-?[0-9]*\.?[0-9]+$ ]] || die "--temperature is '$temperature'; it must be a number."
  need_curl
  fetch -o /dev/null "$(management_of gateway)/q/health/live" ||
    die "Weft does not answer at $api. Start it: $weft up"
  body="{\"model\":$(json_string "$model"),\"stream\":true,\"max_tokens\":$limit,"
  body="$body\"temperature\":$temperature,\"messages\":[{\"role\":\"user\",\"content\":$(json_string "$text")}]}"
  ask_api -sSN -H 'Content-Type: application/json' --data-binary @- \
    "$api/v1/chat/completions" <<<"$body" | show_answer content
}

# What a model writes after a text, or, an encoder-decoder, for a text.
complete() {
  local model="" text="" limit=256 temperature=0 body
  while [ $# -gt 0 ]; do
    case $1 in
      --max-tokens) need_value "$@" && limit=$2 && shift ;;
      --temperature) need_value "$@" && temperature=$2 && shift ;;
      --) shift && text="$text${text:+ }$*" && break ;;
      -*) die "complete has no option $1. See: $weft help" ;;
      *) if [ -z "$model" ]; then model=$1; else text="$text${text:+ }$1"; fi ;;
    esac
    shift
  done
  if [ -z "$text" ] && [ ! -t 0 ]; then text=$(cat); fi
  { [ -n "$model" ] && [ -n "$text" ]; } || die "Say which model, and what: $weft complete MODEL \"TEXT\""
  [[ $limit =~ ^-?[0-9]+$ ]] || die "--max-tokens is '$limit'; it must be a whole number."
  [[ $temperature =~ ^-?[0-9]*\.?[0-9]+$ ]] || die "--temperature is '$temperature'; it must be a number."
  need_curl
  fetch -o /dev/null "$(management_of gateway)/q/health/live" ||
    die "Weft does not answer at $api. Start it: $weft up"
  body="{\"model\":$(json_string "$model"),\"stream\":true,\"max_tokens\":$limit,"
  body="$body\"temperature\":$temperature,\"prompt\":$(json_string "$text")}"
  ask_api -sSN -H 'Content-Type: application/json' --data-binary @- \
    "$api/v1/completions" <<<"$body" | show_answer text
}

# Reads a stream of server-sent events (or an error as JSON) and prints the text as it comes.
# Inside JSON strings every quote is escaped, so "content":" can only be the field itself.
# $1: the field that the text is in
show_answer() {
  local LC_ALL=C line done="" error="" started=""
  local content="\"$1\":\""'(([^"\\]|\\.)*)"' message='"message":"(([^"\\]|\\.)*)"'
  while IFS= read -r line || [ -n "$line" ]; do
    case $line in
      'data: [DONE]'* | 'data:[DONE]'*) done=yes ;;
      *'"error":'*)
        if [[ $line =~ $message ]]; then error=$(json_text "${BASH_REMATCH[1]}"); else error=$line; fi
        ;;
      data:*)
        if [[ $line =~ $content ]] && [ -n "${BASH_REMATCH[1]}" ]; then
          json_text "${BASH_REMATCH[1]}"
          started=yes
        fi
        ;;
    esac
  done
  [ -z "$started" ] || echo
  [ -z "$error" ] || die "Weft answered: $error"
  [ -n "$done" ] || die "The answer broke off; the gateway may have stopped. See: $weft logs gateway"
}

# A text as a JSON string; control characters other than line ends and tabs are dropped.
json_string() {
  printf '"%s"' "$(printf '%s' "$1" | LC_ALL=C tr -d '\000-\010\013-\037' |
    LC_ALL=C sed -e 's/[\\"]/\\&/g' -e $'s/\t/\\\\t/g' |
    awk 'NR > 1 { printf "\\n" } { printf "%s", $0 }')"
}

# Prints what the inside of a JSON string means. Other control characters than line ends and tabs
# are dropped: a terminal would obey them.
json_text() {
  local LC_ALL=C rest=$1 out="" code high=0
  while [[ $rest =~ ^([^\\]*)\\(u([0-9a-fA-F]{4})|.)(.*)$ ]]; do
    out=$out${BASH_REMATCH[1]} rest=${BASH_REMATCH[4]} code=${BASH_REMATCH[3]}
    case ${BASH_REMATCH[2]} in
      n) out=$out$'\n' ;;
      t) out=$out$'\t' ;;
      [\"\\/]) out=$out${BASH_REMATCH[2]} ;;
      u*)
        code=$((16#$code))
        if ((code >= 0xD800 && code < 0xDC00)); then
          high=$code
        else
          if ((code >= 0xDC00 && code < 0xE000)); then
            code=$((0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)))
          fi
          out=$out$(utf8 "$code")
        fi
        ;;
    esac
  done
  out=$out$rest
  out=${out//$'\x7f'/}
  printf '%s' "${out//$'\xc2'[$'\x80'-$'\x9f']/}"
}

# The UTF-8 bytes of a code point; nothing for control characters.
utf8() {
  local c=$1 bytes
  if ((c < 0x20 || c == 0x7F)); then return; fi
  if ((c < 0x80)); then
    bytes=$(printf '\\x%02x' "$c")
  elif ((c < 0x800)); then
    bytes=$(printf '\\x%02x\\x%02x' $((0xC0 | c >> 6)) $((0x80 | c & 63)))
  elif ((c < 0x10000)); then
    bytes=$(printf '\\x%02x\\x%02x\\x%02x' $((0xE0 | c >> 12)) $((0x80 | c >> 6 & 63)) $((0x80 | c & 63)))
  else
    bytes=$(printf '\\x%02x\\x%02x\\x%02x\\x%02x' $((0xF0 | c >> 18)) $((0x80 | c >> 12 & 63)) \
      $((0x80 | c >> 6 & 63)) $((0x80 | c & 63)))
  fi
  printf '%b' "$bytes"
}
