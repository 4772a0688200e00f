//! The scripts for shells. `@NAME@` stands for the program, and `@ID@` for what a function may be called after it.

/// For bash.
pub(super) const BASH: &str = r##"# Completions of @NAME@ for bash. Load them with: source <(@NAME@ completions bash)
_@ID@_completions() {
    local line=${COMP_LINE:0:COMP_POINT} program=${COMP_WORDS[0]/#\~\//$HOME/}
    local word char head='' candidate about blanks
    local -i i n=-1
    local -a words=()
    COMPREPLY=()
    # bash takes words apart at = and :, too. They are put together again, as far as the cursor.
    for ((i = 0; i <= COMP_CWORD; i++)); do
        word=${COMP_WORDS[i]}
        blanks=${line%%[![:space:]]*}
        line=${line#"$blanks"}
        if ((i == COMP_CWORD)); then word=$line; fi
        if ((n < 0)) || [[ -n $blanks ]]; then
            n+=1
            words[n]=$word
        else
            words[n]+=$word
        fi
        line=${line#"$word"}
    done
    # What is completed goes behind the last of these characters.
    for char in = :; do
        word=${words[n]}
        if [[ $COMP_WORDBREAKS == *"$char"* && $word == *"$char"* ]]; then
            word=${word%"${word##*"$char"}"}
            if ((${#word} > ${#head})); then head=$word; fi
        fi
    done
    while IFS=$'\t' read -r candidate about; do
        candidate=${candidate#"$head"}
        if [[ -n $candidate ]]; then COMPREPLY+=("$(printf %q "$candidate")"); fi
    done < <("$program" __complete "${words[@]:1}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]]; then compopt -o nospace 2>/dev/null; fi
}
complete -o default -F _@ID@_completions @NAME@
"##;

/// For zsh.
pub(super) const ZSH: &str = r##"#compdef @NAME@
# Completions of @NAME@ for zsh. Load them with: source <(@NAME@ completions zsh)
_@ID@_completions() {
    local line value
    local -a lines values shown open open_shown
    lines=("${(@f)$("${words[1]/#\~\//$HOME/}" __complete "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
    for line in $lines; do
        value=${line%%$'\t'*}
        if [[ $value == *= ]]; then
            open+=("$value")
            open_shown+=("${line/$'\t'/  -- }")
        else
            values+=("$value")
            shown+=("${line/$'\t'/  -- }")
        fi
    done
    if (( $#values + $#open == 0 )); then
        _files
        return
    fi
    # An argument goes on with its value.
    compadd -S '' -l -d open_shown -a open
    compadd -l -d shown -a values
}
if [[ ${funcstack[1]} == _@NAME@ ]]; then
    _@ID@_completions "$@"
else
    compdef _@ID@_completions @NAME@
fi
"##;

/// For fish.
pub(super) const FISH: &str = r##"# Completions of @NAME@ for fish. Load them with: @NAME@ completions fish | source
function __@ID@_completions
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    $program __complete $words "$current" 2>/dev/null
end
complete -c @NAME@ -f -a '(__@ID@_completions)'
"##;
