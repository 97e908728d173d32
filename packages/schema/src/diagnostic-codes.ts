/** diagnosticCodes are the findings of `@stax/schema`: what each means and what to do. */
export const diagnosticCodes = {
  "field-deprecated": "A field will go away with the next major version of the format. Use what the hint names.",
  "field-invalid": "A field has a value that the format does not allow. The message says what it wants.",
  "front-matter-invalid":
    "The front matter of a Markdown file is no valid YAML. Fix it where the message points; quote values with colons or globs.",
  "front-matter-unclosed": "Front matter begins with --- and does not end. Add the closing ---.",
  "instruction-at-top": "A document lies at the top of the instruction tree. Move it to _root/instructions.md.",
  "instruction-name":
    "A document of the instruction tree is not named instructions.md. Rename it; its directory is its scope.",
  "instruction-not-markdown": "The instruction tree holds a file that is no Markdown. Remove it.",
  "instruction-scope-reserved": "A scope of the instruction tree reaches into a tool's own directory. Move it.",
  "instruction-tree-root-missing":
    "The instruction tree has no _root/instructions.md, so the project's root gets nothing of it.",
  "json-invalid": "A JSON document is malformed or has a key twice. Fix it where the message points.",
  "knowledge-manifest-missing":
    "knowledge.manifest.json lists a file that is not there. Add the file or remove the entry.",
  "knowledge-manifest-path": "knowledge.manifest.json lists a path that is not relative, or has . or .. in it.",
  "markdown-too-large": "A Markdown file that must be understood is larger than 16 MiB. Split it.",
  "mcp-command-shell":
    "The command of a server looks like a shell line; no shell will read it. Put arguments into args.",
  "mcp-placeholder-foreign":
    "A server's setting expands something that is no declared secret. Declare it, or write the value.",
  "mcp-secret-undeclared": "A server names a secret that is not declared. Declare it in secrets, or in a package.",
  "mcp-secret-unused":
    "A remote server names a secret and does not say where it goes. Put ${KEY} into a header or the URL.",
  "mcp-secret-value":
    "A server's setting looks like a credential, or is named like one and has a literal value. Declare a secret and write ${KEY} instead.",
  "persona-list-repeats": "A list of a persona says the same thing twice.",
  "rule-description-missing":
    "A rule has scope auto and no description, so a runtime cannot tell when it applies. Add one.",
  "rule-globs-missing":
    "A rule has scope glob and no globs, so it applies to nothing. Add globs, or use scope: always.",
  "rule-id-duplicate": "Two rules have the same id. Give each its own.",
  "rule-not-markdown": "A file among the rules is no Markdown: it is packed and not read as a rule.",
  "skill-allowed-tools-string":
    "A skill writes allowed-tools as one string, which not every runtime reads. A YAML list is read by all.",
  "skill-description-long":
    "A skill's description is longer than some runtimes accept. Shorten it to 1,024 characters.",
  "skill-file-outside": "A file lies directly under skills/ and belongs to no skill. Move it into a skill's directory.",
  "skill-md-missing": "A skill's directory has no SKILL.md. Add one with name and description in its front matter.",
  "skill-name-differs":
    "A skill's name differs from its directory's; runtimes disagree which one counts. Make them the same.",
  "skill-name-long": "A skill's name is longer than some runtimes accept. Shorten it to 64 characters.",
  "surface-duplicate": "Two surfaces have the same base name. Keep one.",
  "surface-not-markdown": "A surface is no .md file. Rename or remove it.",
  "surface-unknown": "A surface has a name that consumers do not know and ignore.",
  "text-not-utf8": "A text is not valid UTF-8. Save it as UTF-8.",
  "unknown-field": "A field is not known to the format. Correct it as suggested, or begin it with x-.",
} as const;
