# shellcheck shell=bash
# Making API keys.

# Prints a new key, once, and puts its hash into the file of keys, or prints that too.
key() {
  local name=${1:-} key hash line file=${WEFT_KEYS_FILE:-}
  [ $# -eq 1 ] || die "Say whose key it is: $weft key NAME"
  [[ $name =~ ^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$ ]] ||
    die "A key's name has 1 to 64 letters, digits, '.', '_' or '-', and begins with a letter or a digit."
  if [ -n "$file" ] && [ -f "$file" ] && grep -Eq "^[[:space:]]*$(printf %s "$name" | sed 's/[.]/[.]/g')[[:space:]]" "$file"; then
    die "$(shown "$file") already has a key of $name. Take its line out first, or take another name."
  fi
  # 32 random bytes: nobody guesses them, so that one round of SHA-256 hides them well enough.
  key=weft-$(head -c 32 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
  hash=$(printf %s "$key" | sha256)
  [[ $hash =~ ^[0-9a-f]{64}$ ]] || die "sha256sum, shasum or openssl is needed to make a key."
  line="$name sha256:$hash"
  echo "The key, which is kept nowhere else:"
  echo "  $key"
  if [ -n "$file" ]; then
    (umask 077 && printf '%s\n' "$line" >>"$file")
    echo "Its hash is in $(shown "$file"). A gateway that runs with this file takes the key within a second."
  else
    echo "The line for the file that WEFT_KEYS_FILE names:"
    echo "  $line"
  fi
}

# The SHA-256 of what is read, in hexadecimal.
sha256() {
  if has sha256sum; then sha256sum; elif has shasum; then shasum -a 256; else openssl dgst -sha256 -r; fi | cut -d ' ' -f 1
}
