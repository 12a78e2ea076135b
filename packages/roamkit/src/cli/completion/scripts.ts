import type { Shell } from './shells.js'

const BASH = `# Completes the arguments of roamkit in bash. Made by roamkit completion bash.
_roamkit() {
  local kind='' line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; else COMPREPLY+=("$line"); fi
  done < <(command roamkit complete bash -- "\${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null </dev/null)
  case $kind in
    files) compopt -o default 2>/dev/null ;;
    commands)
      while IFS= read -r line; do
        printf -v line %q "$line"
        COMPREPLY+=("$line")
      done < <(compgen -c -- "$2")
      ;;
  esac
}
complete -F _roamkit roamkit`

const ZSH = `#compdef roamkit
# Completes the arguments of roamkit in zsh. Made by roamkit completion zsh.
_roamkit() {
  local kind line tab=$'\\t'
  local -a values shown
  {
    IFS= read -r kind
    while IFS= read -r line; do
      values+=("\${line%%$tab*}")
      shown+=("\${line/$tab/  -- }")
    done
  } < <(command roamkit complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null </dev/null)
  case $kind in
    files) _files ;;
    commands) _command_names -e ;;
    values) compadd -l -d shown -a values ;;
  esac
}
if [[ $funcstack[1] = _roamkit ]]; then _roamkit "$@"; else compdef _roamkit roamkit; fi`

const FISH = `# Completes the arguments of roamkit in fish. Made by roamkit completion fish.
function __roamkit_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l answer (command roamkit complete fish -- $words[2..-1] "$current" 2>/dev/null </dev/null)
    switch "$answer[1]"
        case files
            __fish_complete_path "$current"
        case commands
            complete -C "$current"
        case values
            string join -- \\n $answer[2..-1]
    end
end
complete -c roamkit -f -a '(__roamkit_complete)'`

/**
 * What makes each shell complete our arguments: at each tab it asks `roamkit complete`, whose first line says what can be there. `values` follow
 * line by line; `files` and `commands` the shell finds itself.
 */
export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH }
