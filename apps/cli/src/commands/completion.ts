import * as z from "zod";
import { defineCommand } from "../command.ts";
import { completionModel } from "../completion/model.ts";
import { bashScript, fishScript, zshScript } from "../completion/scripts.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const shells = ["bash", "zsh", "fish"] as const;

/** completion prints a script that a shell sources. */
export const completion = defineCommand({
  positionals: { shell: { describe: "bash, zsh or fish", required: true, choices: shells } },
  flags: {},
  examples: [
    ['eval "$(stax completion bash)"', "In ~/.bashrc"],
    ['eval "$(stax completion zsh)"', "In ~/.zshrc, after compinit"],
    ["stax completion fish > ~/.config/fish/completions/stax.fish", "Once"],
  ],
  data: z.object({ shell: z.enum(shells), script: z.string() }),
  async run({ shell: given }) {
    const shell = z.enum(shells).parse(given);
    return { data: { shell, script: scripts[shell](await completionModel()) } };
  },
  format: ({ script }) => script,
});
