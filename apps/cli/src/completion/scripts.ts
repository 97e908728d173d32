import type { CompletedCommand, CompletedFlag } from "./model.ts";

const flagWords = (flags: readonly CompletedFlag[]): string => flags.map(({ name }) => `--${name}`).join(" ");
// Descriptions are ours, but a quote in one would end the shell's string.
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** bashScript completes commands, flags, known values, and files for the rest. */
export function bashScript(commands: readonly CompletedCommand[]): string {
  const values = commands.flatMap(({ name, flags }) =>
    flags
      .filter(({ choices }) => choices.length > 0)
      .map(
        (flag) =>
          `    ${name}:--${flag.name}) COMPREPLY=($(compgen -W ${quoted(flag.choices.join(" "))} -- "$cur")); return ;;`,
      ),
  );
  const cases = commands.map(
    ({ name, flags, choices }) =>
      `    ${name}) flags=${quoted(flagWords(flags))}; words=${quoted(choices.join(" "))} ;;`,
  );
  return `# stax completion for bash
_stax() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD-1]}" command="" flags="" words="" i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      --cwd) ((i++)) ;;
      -*) ;;
      *) command="\${COMP_WORDS[i]}"; break ;;
    esac
  done
  case "$command:$prev" in
${values.join("\n")}
  esac
  case "$command" in
    "") COMPREPLY=($(compgen -W ${quoted(`${commands.map(({ name }) => name).join(" ")} --help --version`)} -- "$cur")); return ;;
${cases.join("\n")}
  esac
  if [[ "$cur" == -* ]]; then COMPREPLY=($(compgen -W "$flags" -- "$cur"))
  elif [[ -n "$words" ]]; then COMPREPLY=($(compgen -W "$words" -- "$cur"))
  else COMPREPLY=($(compgen -f -- "$cur")); fi
}
complete -o filenames -F _stax stax
`;
}

/** zshScript completes commands and flags with their descriptions. */
export function zshScript(commands: readonly CompletedCommand[]): string {
  const rows = commands.map(({ name, describe }) => `    ${quoted(`${name}:${describe}`)}`);
  const cases = commands.map(({ name, flags, choices }) => {
    const specs = flags.map((flag) => `      ${quoted(zshSpec(flag))}`);
    const rest = choices.length > 0 ? quoted(`1: :(${choices.join(" ")})`) : quoted("*: :_files");
    return `    ${name}) _arguments \\\n${[...specs, `      ${rest}`].join(" \\\n")} ;;`;
  });
  return `#compdef stax
# stax completion for zsh
_stax() {
  local -a commands
  commands=(
${rows.join("\n")}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="\${words[2]}"
  shift words; (( CURRENT-- ))
  case "$command" in
${cases.join("\n")}
  esac
}
compdef _stax stax
`;
}

function zshSpec({ name, describe, takesValue, choices }: CompletedFlag): string {
  const text = describe.replace(/[[\]:\\]/g, "\\$&");
  const value = !takesValue ? "" : choices.length > 0 ? `: :(${choices.join(" ")})` : ": :_files";
  return `--${name}[${text}]${value}`;
}

/** fishScript completes commands, flags and known values with their descriptions. */
export function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const none = `not __fish_seen_subcommand_from ${names}`;
  const lines = commands.flatMap(({ name, describe, flags, choices }) => [
    `complete -c stax -f -n ${quoted(none)} -a ${name} -d ${quoted(describe)}`,
    ...(choices.length > 0
      ? [`complete -c stax -f -n ${quoted(`__fish_seen_subcommand_from ${name}`)} -a ${quoted(choices.join(" "))}`]
      : []),
    ...flags.map((flag) => `complete -c stax -n ${quoted(`__fish_seen_subcommand_from ${name}`)} ${fishFlag(flag)}`),
  ]);
  return `# stax completion for fish\n${lines.join("\n")}\n`;
}

function fishFlag({ name, describe, takesValue, choices }: CompletedFlag): string {
  const value = !takesValue ? "" : choices.length > 0 ? ` -x -a ${quoted(choices.join(" "))}` : " -r";
  return `-l ${name}${value} -d ${quoted(describe)}`;
}
