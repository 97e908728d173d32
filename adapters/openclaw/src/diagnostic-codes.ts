/** diagnosticCodes are the findings of this adapter and of its profiles, by code. */
export const diagnosticCodes = {
  "surface-missing": "No content reaches a file that the runtime requires",
  "pointer-omitted": "Knowledge is written, but no document says so",
  "config-unwritten": "Configuration of the runtime is set where no file may hold it",
  "profile-left-out": "A profile sets what is not portable; the key is left out",
  "profile-machine-path": "A profile names a path that exists on one machine only",
  "profile-interpolation": "A profile refers to a variable; references are written only where the consumer allows them",
  "profile-legacy": "A profile uses a form that OpenClaw no longer reads, and is written in the current one",
  "bootstrap-unread": "The runtime deletes the bootstrap surface without reading it, because of what else is written",
  "one-time-file": "The runtime takes the file in once, and deletes it",
  "profile-yields": "The local configuration sets a key otherwise, and keeps it",
} as const;
