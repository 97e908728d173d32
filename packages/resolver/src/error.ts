import { type ErrorCategory, printable, StaxError, type StaxErrorOptions } from "@stax/errors";

/** errorCodes lists every code of {@link ResolveError} with its meaning and what to do. */
export const errorCodes = {
  DEPENDENCY_CYCLE: "Packages build on each other in a circle. Remove one of the references that the message names.",
  DEPENDENCY_DEPTH:
    "Packages build on each other more than 32 levels deep. Make the chain that the message shows shorter.",
  DEPENDENCY_COUNT:
    "The graph of packages has more than 10,000 packages; nobody means that. Look at what the message names.",
  DEPENDENCY_CONFLICT:
    "One package reference leads to two different artifacts. Pin the digest you want, or bring the declarations together.",
  DEPENDENCY_NOT_FOUND: "A package is not where its reference says. Correct the reference, or push the package.",
  DEPENDENCY_FAILED:
    "A package could not be fetched or read; the message says why. The exit code is that of the cause.",
  DEPENDENCY_NOT_PACKAGE: "A reference leads to something that is no package. Only packages can be built on.",
  DEPENDENCY_MISLABELED: "A package says two different things about itself. Do not use it; ask its author.",
  DEPENDENCY_OFFLINE: "A package is not in the cache, and the network is off. Resolve once with the network on.",
  DEPENDENCY_REFERENCE: "A text in a list of packages is no package reference. Correct it.",
  RANGE_INVALID: "The part behind the colon is neither a tag nor a version range. Correct it.",
  RANGE_UNMATCHED: "No published version satisfies a range. The hint lists the newest versions there are.",
  RANGE_UNLISTABLE: "The registry does not list its tags, so a range cannot be resolved. Name an exact version.",
  LOCK_INVALID: "stax.lock is damaged; the findings say where. Restore it, or write it anew with stax lock.",
  LOCK_MISSING: "There is no stax.lock, and it was told to be up to date. Write it with stax lock and commit it.",
  LOCK_OUTDATED: "stax.lock differs from what the definitions need. Write it again with stax lock and commit it.",
  OVERRIDES_INVALID: "The overrides in an artifact break the format; its author must build it again.",
  LOCK_IO: "The file system refused to read or write stax.lock; the message says why.",
  MIRROR_INVALID: "An entry of the mirror map is malformed. Correct it in the config.",
  PACKAGE_UNKNOWN: "No package of the graph has this name. The hint lists those there are.",
} as const;

/** ResolveErrorCode is a code without its `ERR_STAX_` prefix. */
export type ResolveErrorCode = keyof typeof errorCodes;

/** ResolveErrorOptions are those of every error, and the category where the cause decides it (the network: `registry`). */
export interface ResolveErrorOptions extends StaxErrorOptions {
  readonly category?: ErrorCategory | undefined;
}

const categories: Partial<Record<ResolveErrorCode, ErrorCategory>> = {
  OVERRIDES_INVALID: "build",
  LOCK_IO: "build",
  MIRROR_INVALID: "usage",
  PACKAGE_UNKNOWN: "usage",
};

/** ResolveError is a graph of packages that cannot be resolved (exit 4), or a failure of what had to be fetched for it. */
export class ResolveError extends StaxError<ResolveErrorCode> {
  readonly category: ErrorCategory;

  constructor(code: ResolveErrorCode, message: string, options: ResolveErrorOptions = {}) {
    const { hint } = options;
    super(code, printable(message), { ...options, hint: hint === undefined ? undefined : printable(hint) });
    this.category = options.category ?? categories[code] ?? "resolve";
  }
}

/** diagnosticCodes lists the findings of this package. */
export const diagnosticCodes = {
  "range-floating":
    "A reference floats (a range or latest). stax.lock pins what it is today; exact versions say it in the source.",
  "package-versions":
    "Two versions of one package are in one graph; both are merged, the one of higher precedence wins.",
  "package-name-differs": "A package is called otherwise than the repository it lies in.",
  "package-version-differs": "A package lies under the tag of another version than its own.",
  "package-not-raised":
    "update --to leaves a package as it is: it is named by digest alone, by a tag that is no version, or pinned by overrides.",
  "tag-moved": "A tag that stax.lock pins leads to something else now: an attack or an accident. Ask its publisher.",
  "tag-gone": "A tag that stax.lock pins is no longer there. Ask its publisher.",
  "lock-outdated": "stax.lock says something else than the definitions need. Write it with stax lock and commit it.",
  "lock-signer-dropped":
    "A package whose signer stax.lock knows is replaced by one that nobody has verified. Verify it before you commit the lock.",
  "lock-conflict-marker": "stax.lock holds the marks of a git merge conflict. Take either side, then run stax lock.",
  "lock-version": "stax.lock is of a newer version of stax. Update stax.",
  "lock-key-invalid": "A key of stax.lock is neither an exact reference nor a path in the workspace.",
  "lock-entry-invalid": "An entry of stax.lock contradicts itself.",
  "lock-dependency-missing": "An entry of stax.lock names a dependency that has no entry.",
  "merge-replaced": "Two packages carry an item of the same name; the one of higher precedence replaces the other.",
  "override-unmatched": "An override names something that is not there.",
  "override-globs-missing": "An override gives a rule the scope glob, and the rule has no globs.",
} as const;
