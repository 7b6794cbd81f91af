# shellcheck shell=bash
# What every command of run.sh needs first: tools, the .NET SDK, a build, and namespaces. Sourced by run.sh.

CONFIGURATION=Release
# shellcheck disable=SC2034 # used by run.sh and demo.sh
PROGRAM=$ROOT/src/UdpTun.Host/bin/$CONFIGURATION/net10.0/udptun

# Debian keeps ip, nft and sysctl where an ordinary user's PATH does not look.
export PATH=$PATH:/usr/sbin:/sbin
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# A build must not leave processes behind.
export MSBUILDDISABLENODEREUSE=1
COMPILER=udptun-$$

fail() {
    printf 'run.sh: %s\n' "$1" >&2
    exit "${2:-1}"
}

# step TEXT COMMAND...: a long command told in one line with its duration; what it said is shown whole when it fails.
step() {
    local text=$1 started=$SECONDS log
    shift
    log=$(mktemp)
    printf '%s ... ' "$text" >&2
    if "$@" </dev/null >"$log" 2>&1; then
        printf '%s s\n' "$((SECONDS - started))" >&2
        rm -f "$log"
    else
        printf 'failed after %s s\n' "$((SECONDS - started))" >&2
        cat "$log" >&2
        rm -f "$log"
        exit 1
    fi
}

package_of() {
    case $1 in
        ip) echo iproute2 ;;
        nft) echo nftables ;;
        iptables-nft) echo iptables ;;
        ping) echo iputils-ping ;;
        sysctl) echo procps ;;
        setpriv | unshare) echo util-linux ;;
        turnserver | turnutils_natdiscovery) echo coturn ;;
        tracepath) echo iputils-tracepath ;;
        mtr) echo mtr-tiny ;;
        wg) echo wireguard-tools ;;
        *) echo "$1" ;;
    esac
}

# need COMMAND...: installs the Debian packages of those that are missing.
need() {
    local command missing=()
    for command in "$@"; do
        command -v "$command" >/dev/null || missing+=("$(package_of "$command")")
    done
    [[ ${#missing[@]} -eq 0 ]] || install_packages "${missing[@]}"
}

# gcc alone compiles nothing that includes a header.
need_c_headers() {
    [[ -e /usr/include/stdio.h ]] || install_packages libc6-dev
}

# The library that encrypts fastest; the program does without it where it is missing.
need_cipher_library() {
    [[ $(uname -m) != x86_64 ]] || ldconfig -p | grep -q 'libIPSec_MB\.so\.1 ' || install_packages libipsec-mb1
}

want_cipher_library() {
    (need_cipher_library) || true
}

install_packages() {
    if [[ $EUID -ne 0 ]]; then
        fail "missing on this machine: $*. Install it with 'sudo apt-get install $*', then run this again."
    elif ! command -v apt-get >/dev/null; then
        fail "missing on this machine: $* (Debian's names). There is no apt-get here; install it with this system's own tool."
    fi
    step "installing $*" apt_install "$@"
}

apt_install() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y --no-install-recommends "$@" && return
    # The lists may be missing or old.
    apt-get update && apt-get install -y --no-install-recommends "$@"
}

need_dotnet() {
    if ! has_sdk; then
        if [[ $EUID -eq 0 ]] && command -v apt-cache >/dev/null && apt-cache show dotnet-sdk-10.0 >/dev/null 2>&1; then
            install_packages dotnet-sdk-10.0
        else
            fail "the .NET SDK 10 is missing; https://learn.microsoft.com/dotnet/core/install/linux tells how to install it."
        fi
    fi
    # The program is started by its own name and must find the same runtime.
    export DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
}

has_sdk() {
    # Inside the tree, where global.json names the version.
    command -v dotnet >/dev/null && (cd "$ROOT" && dotnet --version) >/dev/null 2>&1
}

# build TARGET: a project folder or the solution, relative to the tree.
build() {
    need_dotnet
    with_compiler step "building $1" dotnet build "$1" --configuration "$CONFIGURATION" --nologo --verbosity quiet
}

# with_compiler STEP...: a step that builds, given a compiler that stays warm from project to project (7 s of computing each, and 15 s without).
# It is this run's alone and ends with the step, however that ends.
with_compiler() (
    cd "$ROOT"
    trap end_compiler EXIT
    "$@" -p:UseSharedCompilation=true -p:SharedCompilationId="$COMPILER"
)

end_compiler() {
    local process
    for process in /proc/[0-9]*; do
        if grep -qszxF -e "-pipename:$COMPILER" "$process/cmdline"; then kill "${process##*/}" || true; fi
    done
}

# Makes sure that namespaces can be made, and calls run.sh with ARGUMENTS again inside a user namespace where we are not root.
# Whatever must be built or installed has to be there already: inside, nobody is root but in name.
enter_namespaces() {
    if [[ -n ${UDPTUN_IN_USER_NAMESPACE:-} ]]; then
        # A network of our own comes with its loopback down, and the host's /run belongs to the host's root.
        ip link set lo up
        mount -t tmpfs tmpfs /run
        return
    fi
    local refusal
    refusal=$(try_namespace) && return
    need unshare
    if unshare -Urnmpf --mount-proc true 2>/dev/null; then
        exec env UDPTUN_IN_USER_NAMESPACE=1 unshare -Urnmpf --mount-proc --kill-child "$ROOT/run.sh" "$@"
    fi
    printf '%s\n' "$refusal" >&2
    return 1
}

try_namespace() {
    ip netns add "udptun-$$-probe" 2>&1 && ip netns del "udptun-$$-probe"
}
