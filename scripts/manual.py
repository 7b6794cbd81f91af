"""Writes manual pages from what the program says of itself: one for it and one for each verb.

usage: manual.py PROGRAM VERSION FOLDER
"""

import os
import re
import subprocess
import sys


def main(program, version, folder):
    os.makedirs(folder, exist_ok=True)
    write_pages(program, [], version, folder)


def write_pages(program, path, version, folder):
    text = subprocess.run([program, *path, "--help"], check=True, capture_output=True, text=True).stdout
    sections = sections_of(text)
    verbs = [first_word(line) for line in entries_of(sections.get("Commands", []))]
    name = "-".join(["udptun", *path])
    with open(os.path.join(folder, f"{name}.1"), "w", encoding="utf-8") as page:
        page.write(page_of(name, path, version, sections, verbs))
    for verb in verbs:
        write_pages(program, [*path, verb], version, folder)


def sections_of(text):
    """Lines by heading; a heading stands at the margin. The heading's own lines are indented; what is not is a paragraph at the end."""
    sections = {}
    current = None
    for line in text.splitlines():
        heading = re.match(r"^([A-Z][^:]*):\s*$", line)
        if re.match(r"^Settings, .*:$", line):
            current = "Precedence"
            sections[current] = [line]
        elif heading:
            current = heading.group(1)
            sections[current] = []
        elif line and not line.startswith(" ") and current not in (None, "Signals"):
            current = "Signals"
            sections[current] = [line]
        elif current:
            sections[current].append(line)
    return sections


def entries_of(lines):
    """Lines joined with what continues them: an entry is indented by two, its continuation by more."""
    entries = []
    for line in lines:
        if re.match(r"^  \S", line):
            entries.append(line.strip())
        elif line.strip() and entries:
            entries[-1] += " " + line.strip()
    return entries


def first_word(entry):
    return re.split(r"[ ,]", entry)[0]


def page_of(name, path, version, sections, verbs):
    description = " ".join(line.strip() for line in sections.get("Description", [])).strip()
    out = [
        f'.TH {name.upper()} 1 "" "udptun {version}" "UdpTun"',
        ".SH NAME",
        f"{escape(name)} \\- {escape(summary(description))}",
        ".SH SYNOPSIS",
    ]
    for line in entries_of(sections.get("Usage", [])):
        out += [".B " + escape(line), ".br"]
    out += [".SH DESCRIPTION", escape(description)]
    for heading in ("Arguments", "Options", "Commands"):
        if heading in sections:
            out.append(f".SH {heading.upper()}")
            out += definitions(sections[heading])
    for heading in ("Examples", "Precedence", "Exit codes"):
        if heading in sections:
            out += [f".SH {heading.upper()}", ".nf"] + [escape(line) or "." for line in strip_blank(sections[heading])] + [".fi"]
    if "Signals" in sections:
        out += [".SH SIGNALS"] + [escape(line) for line in strip_blank(sections["Signals"])]
    out += [".SH FILES", ".TP", "/etc/udptun/server.conf, /etc/udptun/client.conf", "Settings of the services.",
            ".TP", "/usr/share/doc/udptun/reference.conf", "Every setting with its default, unit, range and reason."]
    related = ["-".join(["udptun", *path[:-1]])] if path else []
    related += [f"{name}-{verb}" for verb in verbs]
    if related:
        out += [".SH SEE ALSO", ", ".join(f"\\fB{escape(page)}\\fR(1)" for page in related)]
    return "\n".join(out) + "\n"


def definitions(lines):
    out = []
    for entry in entries_of(lines):
        term, _, meaning = entry.partition("  ")
        out += [".TP", f".B {escape(term.strip())}", escape(meaning.strip())]
    return out


def summary(description):
    return re.split(r"[.;] ", description + " ")[0].rstrip(". ")


def strip_blank(lines):
    while lines and not lines[0].strip():
        lines = lines[1:]
    while lines and not lines[-1].strip():
        lines = lines[:-1]
    return [re.sub(r"^  ", "", line) for line in lines]


def escape(text):
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq")
    return "\\&" + text if text.startswith((".", "'")) else text


if __name__ == "__main__":
    main(*sys.argv[1:])
