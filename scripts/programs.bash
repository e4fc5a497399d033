# Sourced by test and test-long: the programs that their steps run, and the Debian packages that bring them. A script lists
# them in `needed`, without which it does not begin, and in `wanted`: a program, and its packages.

may_install() { ((EUID == 0)) || [[ -n ${CI-} ]]; }

as_root() { if ((EUID == 0)); then "$@"; else sudo -n "$@"; fi; }

# Whether a program is there, and new enough.
has() {
    case $1 in
        node) node -e 'const [major, minor] = process.versions.node.split("."); process.exit(major * 100 + +minor < 1819 ? 1 : 0)' ;;
        python3-venv) python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' ;;
        *) command -v "$1" ;;
    esac >/dev/null 2>&1
}

# Prints the packages of those programs that are not there.
missing_packages() {
    local entry program packages
    for entry in "$@"; do
        read -r program packages <<<"$entry"
        has "$program" || printf '%s ' "$packages"
    done
}

# Installs packages with apt; prints what it said only if it fails.
install_packages() {
    local said
    printf 'installing %s\n' "$*"
    said=$( (as_root apt-get update -qq &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@") 2>&1) || {
        printf '%s\n' "$said"
        return 1
    }
}

# Installs the programs, or prints the one line that does and ends the script.
require_programs() {
    local packages extras extra
    read -ra packages <<<"$(missing_packages "${needed[@]}")"
    read -ra extras <<<"$(missing_packages "${wanted[@]}")"
    if may_install && command -v apt-get >/dev/null; then
        ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
        # One by one: not every system has them all.
        for extra in "${extras[@]}"; do install_packages "$extra" || true; done
    elif ((${#packages[@]} > 0)); then
        printf '%s needs more programs; on Debian or Ubuntu run:\n' "$0" >&2
        printf '  sudo apt-get install -y %s\n' "${packages[*]}" >&2
        exit 1
    fi
}
