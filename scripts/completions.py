"""Writes completions for bash, zsh and fish from what the program says of itself.

usage: completions.py PROGRAM FOLDER
"""

import os
import re
import subprocess
import sys

from manual import entries_of, first_word, sections_of

BASH = """# bash completion of udptun
_udptun() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} path= at
    for ((at = 1; at < COMP_CWORD; at++)); do
        case " $(_udptun_words "$path") " in
            *" ${{COMP_WORDS[at]}} "*) [[ ${{COMP_WORDS[at]}} == -* ]] || path="$path ${{COMP_WORDS[at]}}" ;;
        esac
    done
    case ${{COMP_WORDS[COMP_CWORD-1]}} in
        --config | --directory | --state-directory) COMPREPLY=($(compgen -f -- "$word")) ;;
        *) COMPREPLY=($(compgen -W "$(_udptun_words "$path")" -- "$word")) ;;
    esac
}}
_udptun_words() {{
    case $1 in
{cases}
    esac
}}
complete -F _udptun udptun
"""

ZSH = """#compdef udptun
# zsh completion of udptun
local verbs=() at
for ((at = 2; at < CURRENT; at++)); do
    [[ ${{words[at]}} == -* ]] || verbs+=(${{words[at]}})
done
case $words[CURRENT-1] in
    --config | --directory | --state-directory) _files; return ;;
esac
local -a known
case "${{verbs[1,2]}}" in
{cases}
esac
compadd -- $known
"""


def main(program, folder):
    tree = {}
    read(program, [], tree)
    write(folder, "bash-completion/completions/udptun", BASH.format(cases="\n".join(
        f"        '{''.join(' ' + verb for verb in path)}') echo '{words(tree, path)}' ;;" for path in tree)))
    write(folder, "zsh/vendor-completions/_udptun", ZSH.format(cases="\n".join(
        f"    '{' '.join(path)}'{'' if path else '*'}) known=({words(tree, path)}) ;;" for path in sorted(tree, key=len, reverse=True))))
    lines = ["# fish completion of udptun"]
    for path, (verbs, options) in tree.items():
        lines += fish(path, verbs, options)
    write(folder, "fish/vendor_completions.d/udptun.fish", "\n".join(lines) + "\n")


def read(program, path, tree):
    """Fills in for each verb its own verbs and options, each with what it means."""
    text = subprocess.run([program, *path, "--help"], check=True, capture_output=True, text=True).stdout
    sections = sections_of(text)
    verbs = meanings(sections.get("Commands", []))
    tree[tuple(path)] = (verbs, {name: meaning for name, meaning in meanings(sections.get("Options", [])).items() if name.startswith("--")})
    for verb in verbs:
        read(program, [*path, verb], tree)


def meanings(lines):
    found = {}
    for entry in entries_of(lines):
        term, _, meaning = entry.partition("  ")
        found[next((word for word in re.split(r"[ ,]+", term) if word.startswith("--")), first_word(term))] = meaning.strip()
    return found


def words(tree, path):
    verbs, options = tree[path]
    return " ".join([*verbs, *options])


def fish(path, verbs, options):
    if path:
        condition = " && ".join(f"__fish_seen_subcommand_from {verb}" for verb in path)
    else:
        condition = "__fish_use_subcommand"
    for verb, meaning in verbs.items():
        yield f"complete -c udptun -f -n {quote(condition)} -a {verb} -d {quote(meaning)}"
    for option, meaning in options.items():
        yield f"complete -c udptun -n {quote(condition)} -l {option[2:]} -d {quote(meaning)}"


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def write(folder, name, text):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
