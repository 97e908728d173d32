import { oneLine, type Part, slugOf } from "@stax/materialize";
import { type FileEntry, fileEntry, type Skill } from "@stax/schema";
import type { WindsurfOptions } from "./options.ts";

/** workflowFiles translates skills into workflows of the old Windsurf: a title, what it is for, numbered steps, no front matter. */
export const workflowFiles: Part<"skills", WindsurfOptions, FileEntry> = {
  feature: "skills",
  fidelity: "translated",
  write: function* ({ skills }, context) {
    const directory = context.scope === "user" ? ".codeium/windsurf/global_workflows" : ".windsurf/workflows";
    for (const skill of skills?.skills ?? []) {
      const beside = skill.tree.length - 1;
      const files =
        beside === 0 ? "" : `; ${beside} supporting ${beside === 1 ? "file has" : "files have"} no place there`;
      context
        .item(skill.name)
        .lose(undefined, `is translated into a workflow, which a person starts${files}`, { fidelity: "translated" });
      yield {
        items: [skill.name],
        out: fileEntry(`${directory}/${slugOf(skill.name)}.md`, workflowOf(skill)),
      };
    }
  },
};

const workflowOf = ({ name, header, body }: Skill): string =>
  `# ${name}\n\n${oneLine(String(header.description))}\n\n${numberedSteps(body)}`;

/** numberedSteps makes paragraphs and list items the steps of one numbered list; a text that has such a list stays as it is. */
export function numberedSteps(text: string): string {
  const body = text.replace(/\r\n/g, "\n").replace(/^\n+/, "");
  if (/^\d+[.)]\s/m.test(body)) return body;
  const out: string[] = [];
  let step = 0;
  let fence: string | undefined;
  let open = false;
  for (const line of body.split("\n")) {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== undefined || mark !== undefined) {
      if (fence === undefined) fence = mark;
      else if (mark?.startsWith(fence)) fence = undefined;
      out.push(step === 0 || line === "" ? line : `   ${line}`);
      continue;
    }
    const item = /^(?:[-*+]\s+)(.*)$/.exec(line)?.[1];
    if (line.trim() === "" || /^#{1,6}\s/.test(line)) {
      open = false;
      out.push(line);
    } else if (item !== undefined || !open) {
      open = true;
      out.push(/^\s/.test(line) && step > 0 ? `   ${line}` : `${++step}. ${(item ?? line).trimStart()}`);
    } else out.push(`   ${line}`);
  }
  return out.join("\n");
}
