# shellcheck shell=bash
# A certificate authority for development, and certificates of services for mutual TLS.

# Makes FOLDER/SERVICE/{tls.crt,tls.key,ca.crt} for each service, and first the authority in FOLDER/ca where there is none.
# Called again it replaces the services' certificates; those that run take the new ones.
certificates() {
  local folder=${1:-} days=${WEFT_CERTIFICATE_DAYS:-30} names name
  [ $# -ge 1 ] || die "Say where to: $weft certificates FOLDER [SERVICE...]"
  has openssl || die "openssl is needed to make certificates. Install it, for example: apt-get install openssl"
  [[ $days =~ ^[1-9][0-9]{0,3}$ ]] || die "WEFT_CERTIFICATE_DAYS is '$days'; it must be a number from 1 to 9999."
  folder=$(absolute "$folder")
  shift
  names=("$@")
  [ $# -gt 0 ] || read -r -a names <<<"$all_services"
  for name in "${names[@]}"; do
    [[ $name =~ ^[a-z][a-z0-9-]{0,62}$ ]] ||
      die "'$name' is no name of a service: it has 1 to 63 small letters, digits and '-', and begins with a letter."
  done
  umask 077
  mkdir -p "$folder/ca"
  if [ ! -f "$folder/ca/ca.crt" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/O=Weft/CN=Weft development CA" \
      -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign \
      -keyout "$folder/ca/ca.key" -out "$folder/ca/ca.crt" 2>"$folder/ca/log" || die "openssl failed:" "$(cat "$folder/ca/log")"
    echo "A certificate authority: $(shown "$folder/ca")"
  fi
  for name in "${names[@]}"; do certificate_of "$folder" "$name" "$days"; done
  rm -f "$folder/ca/log"
  echo "Certificates for $days days: ${names[*]}. Use them: WEFT_MTLS_DIR=$(printf %q "$(shown "$folder")") $weft up"
}

# The certificate names its service by a SPIFFE URI; both sides of a connection look at that.
certificate_of() {
  local folder=$1 name=$2 days=$3 made
  made=$folder/ca/$name
  printf '%s\n' basicConstraints=CA:FALSE keyUsage=digitalSignature extendedKeyUsage=serverAuth,clientAuth \
    "subjectAltName=URI:spiffe://weft/$name,DNS:$name,DNS:localhost,IP:127.0.0.1" >"$made.ext"
  { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/O=Weft/CN=$name" -keyout "$made.key" -out "$made.csr" &&
    openssl x509 -req -in "$made.csr" -CA "$folder/ca/ca.crt" -CAkey "$folder/ca/ca.key" \
      -set_serial "0x1$(openssl rand -hex 15)" -days "$days" -extfile "$made.ext" -out "$made.crt"; } 2>"$folder/ca/log" ||
    die "openssl failed:" "$(cat "$folder/ca/log")"
  mkdir -p "$folder/$name"
  cp "$folder/ca/ca.crt" "$folder/$name/ca.crt"
  mv "$made.key" "$folder/$name/tls.key"
  mv "$made.crt" "$folder/$name/tls.crt"
  rm -f "$made.csr" "$made.ext"
}
