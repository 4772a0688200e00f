# How the programs of other projects are installed, at pinned versions; to be sourced. Scripts set `cache`,
# the directory where everything is put.

# A directory keeps a copy of the pins that it was installed from, written at the very
# end: it is used again as long as they are the same.
installed() {
  cmp -s "$1" "$2/.pins"
}

# again COMMAND…: runs it, and once more where it fails, as a registry may have a bad moment.
again() {
  "$@" && return
  echo "once more: $*" >&2
  sleep 10
  "$@"
}

# venv PINS DIRECTORY: Python packages, in a virtual environment.
venv() {
  local pins=$1 dir=$2
  if installed "$pins" "$dir"; then return; fi
  echo "installing $(basename "$dir") from $(basename "$pins")"
  rm -rf "$dir"
  python3 -m venv "$dir"
  again "$dir/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps -r "$pins"
  cp "$pins" "$dir/.pins"
}

# npm_packages DIRECTORY_OF_THE_LOCK: installs under $cache, by the directory's name.
npm_packages() {
  local from=$1 name=${1##*/}
  local dir=$cache/$name
  if installed "$from/package-lock.json" "$dir"; then return; fi
  echo "installing $name from npm"
  rm -rf "$dir"
  mkdir -p "$dir"
  cp "$from/package.json" "$from/package-lock.json" "$from/.npmrc" "$dir/"
  (cd "$dir" && again npm ci --ignore-scripts --loglevel=error)
  cp "$from/package-lock.json" "$dir/.pins"
}

# new_enough NODE MAJOR MINOR
new_enough() {
  "$1" -e '
    const [a, b] = process.versions.node.split(".").map(Number);
    const [major, minor] = process.argv.slice(1).map(Number);
    process.exit(a > major || (a == major && b >= minor) ? 0 : 1)' "$2" "$3" 2>/dev/null
}

# choose_node MAJOR MINOR: sets `node`. Where the one on PATH is older, npm has one too.
choose_node() {
  node=node
  if new_enough "$node" "$@"; then return; fi
  npm_packages "$(dirname -- "${BASH_SOURCE[0]}")/node"
  node=$(compgen -G "$cache/node/node_modules/node-*/bin/node" | head -n 1) || true
  if ! new_enough "$node" "$@"; then
    echo "Node $1.$2 or later is needed; the one on PATH is older, and none is pinned for this machine" >&2
    return 1
  fi
}
