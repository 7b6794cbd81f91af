# shellcheck shell=bash
# Builds the program as one self-contained file and, around it, a Debian package. Sourced by run.sh.

PACKAGE=$ROOT/artifacts/package
PACKAGE_TOOLS=(dpkg-deb gzip python3)

build_package() {
    [[ $# -eq 0 ]] || fail "'package' takes no arguments, not '$1'" 2
    need "${PACKAGE_TOOLS[@]}"
    need_dotnet
    local version architecture deb
    version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$ROOT/Directory.Build.props")
    architecture=$(dpkg --print-architecture)
    deb=$ROOT/artifacts/udptun_${version}_${architecture}.deb
    rm -rf "$PACKAGE/program" "$PACKAGE/root" "$deb"
    mkdir -p "$PACKAGE/root"
    with_compiler step 'publishing the program as one file' publish_program
    step 'laying out the package' lay_out "$PACKAGE/root" "$version" "$architecture"
    # xz makes 45 MB of it in 25 s, zstd 52 MB in 5.
    step 'building the package' dpkg-deb --root-owner-group -Zzstd -z9 --build "$PACKAGE/root" "$deb"
    printf '%s\n%s\n' "$PACKAGE/program/udptun" "$deb"
}

# With folders of its own for all that is built: a self-contained build leaves other files beside the program than 'dotnet run' needs.
publish_program() {
    dotnet publish src/UdpTun.Host --configuration Release --artifacts-path "$PACKAGE/build" --output "$PACKAGE/program" --nologo --verbosity quiet \
        -p:SelfContained=true -p:PublishSingleFile=true -p:PublishReadyToRunComposite=false -p:DebugType=none -p:PublishDocumentationFiles=false "$@"
}

lay_out() {
    local root=$1 version=$2 architecture=$3
    local program=$root/usr/lib/udptun/udptun
    install -D "$PACKAGE/program/udptun" "$program"
    # A library that is not .NET's cannot be part of the file without being unpacked at every start, which a sandboxed service may not do.
    find "$PACKAGE/program" -name '*.so' -exec install -m 644 -t "$root/usr/lib/udptun" {} +
    mkdir -p "$root/usr/bin"
    ln -s ../lib/udptun/udptun "$root/usr/bin/udptun"
    install -m 644 -D -t "$root/usr/lib/systemd/system" "$ROOT"/deploy/udptun-*.service
    install -m 644 -D "$ROOT/deploy/udptun.sysusers" "$root/usr/lib/sysusers.d/udptun.conf"
    install -m 644 -D "$ROOT/deploy/udptun.tmpfiles" "$root/usr/lib/tmpfiles.d/udptun.conf"
    install -m 644 -D -t "$root/etc/udptun" "$ROOT"/deploy/etc/*.conf
    install -m 644 -D -t "$root/usr/share/doc/udptun" "$ROOT/README.md" "$ROOT/hocon/reference.conf" "$ROOT/docs/METRICS.md"
    install -m 644 -D -t "$root/usr/share/doc/udptun/monitoring" "$ROOT/deploy/grafana/udptun.json" "$ROOT/deploy/prometheus/udptun.rules.yml"
    python3 "$ROOT/scripts/completions.py" "$program" "$root/usr/share"
    python3 "$ROOT/scripts/manual.py" "$program" "$version" "$root/usr/share/man/man1"
    gzip -9n "$root"/usr/share/man/man1/*.1
    lay_out_control "$root" "$version" "$architecture"
}

lay_out_control() {
    local root=$1 version=$2 architecture=$3 size
    size=$(du -sk "$root" | cut -f1)
    install -m 755 -D -t "$root/DEBIAN" "$ROOT"/deploy/debian/{postinst,prerm,postrm}
    (cd "$root" && find etc -type f -printf '/%p\n' | sort) >"$root/DEBIAN/conffiles"
    sed -e "s/@VERSION@/$version/; s/@ARCHITECTURE@/$architecture/; s/@SIZE@/$size/" "$ROOT/deploy/debian/control" >"$root/DEBIAN/control"
}
