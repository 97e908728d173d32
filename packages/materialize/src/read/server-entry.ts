import { type Diagnostic, printable } from "@stax/errors";
import { secretShape } from "@stax/schema";
import type { Json, JsonObject, ReadContext } from "../contract.ts";
import { isObject } from "./parse-config.ts";
import type { FoundServer, Notation, ServerReader } from "./servers.ts";
import { isOpaque, promisesCredential } from "./without-credentials.ts";

/** Literals are the credentials that were met in a file, by the variable that stands for them: two of them never share one. */
export type Literals = Map<string, string>;

/** EntryPlace says which entry of which file is read. */
export interface EntryPlace {
  readonly name: string;
  readonly path: string;
  /** For findings: `mcpServers.github`. */
  readonly where: string;
  readonly notation: Notation;
  readonly literals: Literals;
}

/** EntryReader reads one server. Nothing is declared and nothing said of it before the server turns out to be one. */
export class EntryReader implements ServerReader {
  /** Notes which fields are asked for. */
  readonly entry: JsonObject;
  readonly #fields: readonly string[];
  readonly #asked = new Set<string>();
  readonly #secrets = new Set<string>();
  #references = 0;
  readonly #pending: (() => void)[] = [];
  readonly #place: EntryPlace;
  readonly #context: ReadContext;

  constructor(entry: JsonObject, place: EntryPlace, context: ReadContext) {
    this.#place = place;
    this.#context = context;
    this.#fields = Object.keys(entry);
    const asked = this.#asked;
    this.entry = new Proxy(entry, {
      get: (target, field) => {
        if (typeof field === "string") asked.add(field);
        return Object.hasOwn(target, field) ? Reflect.get(target, field) : undefined;
      },
    });
  }

  get name(): string {
    return this.#place.name;
  }

  get secrets(): readonly string[] {
    return [...this.#secrets];
  }

  secret(name: string): string {
    this.#secrets.add(name);
    return `\${${name}}`;
  }

  value(text: string): string {
    return this.#valueNamed(text, this.#place.name, false);
  }

  values(map: Json | undefined): Readonly<Record<string, string>> | undefined {
    if (!isObject(map)) return undefined;
    const values = Object.entries(map).map(([name, value]) => [name, this.#valueNamed(textOf(value), name, true)]);
    return values.length === 0 ? undefined : Object.fromEntries(values);
  }

  list(list: Json | undefined): readonly string[] | undefined {
    if (!Array.isArray(list)) return undefined;
    const values = list.map((item: Json, index) => {
      const flag = textOf(list[index - 1] ?? "");
      const follows = /^--?[\w-]+$/.test(flag) && promisesCredential(flag);
      return this.#valueNamed(textOf(item), follows ? flag : this.#place.name, follows);
    });
    return values.length === 0 ? undefined : values;
  }

  ignore(...fields: readonly string[]): void {
    for (const field of fields) this.#asked.add(field);
  }

  left(field: string, reason: string): void {
    this.#asked.add(field);
    this.#pending.push(() => this.#context.left(this.#place.path, `${this.#place.where}.${field}`, reason));
  }

  changed(field: string, reason: string): void {
    this.#asked.add(field);
    this.#pending.push(() => this.#context.changed(this.#place.path, `${this.#place.where}.${field}`, reason));
  }

  /** report says what was found, and declares the secrets. */
  report(): void {
    for (const say of this.#pending) say();
    for (const name of this.#secrets) this.#context.secret(name);
    for (const field of this.#fields)
      if (!this.#asked.has(field))
        this.#context.left(this.#place.path, `${this.#place.where}.${field}`, "a server of stax has no field for it");
  }

  /** A variable that is handed over under its own name needs no entry in `env`: the list of secrets says it. */
  complete(server: FoundServer): FoundServer {
    const secrets = [...new Set([...(server.secrets ?? []), ...this.#secrets])];
    const env = Object.entries(server.env ?? {});
    while (env.length > 0 && isOwn(env.at(-1))) env.pop();
    const { env: _, secrets: __, ...others } = server;
    return {
      ...others,
      ...(env.length > 0 && { env: Object.fromEntries(env) }),
      ...(secrets.length > 0 && { secrets }),
    };
  }

  /** `given`: the name is one that a person gave the value, and may promise a credential. */
  #valueNamed(text: string, name: string, given: boolean): string {
    const known = this.#references;
    const replaced = this.#withReferences(text);
    const refers = this.#references > known;
    const promised = given && !refers && promisesCredential(name) && !isPlainWord(text);
    if (promised || secretShape(replaced) !== undefined) return this.#credential(text, name);
    return this.#withoutAssigned(this.#withoutAddressed(replaced));
  }

  #withReferences(text: string): string {
    return text.replace(this.#place.notation, (whole, ...groups: unknown[]) => {
      const variable = groups.find((group): group is string => typeof group === "string");
      if (variable === undefined) return whole;
      this.#references += 1;
      if (whole.includes(":-"))
        this.#pending.push(() =>
          this.#context.changed(
            this.#place.path,
            `${this.#place.where}: ${variable}`,
            "had a default value, which is not carried",
          ),
        );
      return this.secret(variable);
    });
  }

  /** `--token=…`, `API_KEY=…`, `X-Api-Key: …` within one text. */
  #withoutAssigned(text: string): string {
    const match = /^(-{0,2}([A-Za-z][\w.-]*)(?:=|:\s*))(\S[\s\S]*)$/.exec(text);
    const [, before = "", name = "", value = ""] = match ?? [];
    if (match === null || !promisesCredential(name) || value.includes("${") || isPlainWord(value)) return text;
    return before + this.#credential(value, name);
  }

  /** Passwords, tokens in queries and parts that nobody chose, in addresses within a text. */
  #withoutAddressed(text: string): string {
    return text.replace(/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)([^\s"'<>]+)/gi, (_, scheme: string, rest: string) => {
      const [, authority = "", path = "", query = ""] = /^([^/?#]*)([^?#]*)([\s\S]*)$/.exec(rest) ?? [];
      return scheme + this.#inAuthority(authority) + this.#inPath(path) + this.#inQuery(query);
    });
  }

  #inAuthority(authority: string): string {
    const at = authority.lastIndexOf("@");
    const user = authority.slice(0, Math.max(0, at));
    const colon = user.indexOf(":");
    const literal = colon < 0 ? user : user.slice(colon + 1);
    if (at < 0 || literal === "" || literal.includes("${") || (colon < 0 && !isOpaque(literal))) return authority;
    return `${user.slice(0, colon + 1)}${this.#credential(literal, "password")}${authority.slice(at)}`;
  }

  #inPath(path: string): string {
    const parts = path.split("/");
    // A commit is named in addresses too.
    return parts
      .map((part) =>
        isOpaque(part) && !/^(?:[\w.-]+@)?[0-9a-f]{40}$/.test(part) ? this.#credential(part, "path") : part,
      )
      .join("/");
  }

  #inQuery(query: string): string {
    return query.replace(/([?&;#])([^=&;#]*)=([^&;#]+)/g, (whole, sign: string, name: string, value: string) => {
      if (value.includes("${") || !(promisesCredential(name) || isOpaque(value))) return whole;
      return `${sign}${name}=${this.#credential(value, name)}`;
    });
  }

  #credential(text: string, name: string): string {
    const scheme = /^(?:Bearer|Basic|Token)\s+(?=\S)/i.exec(text)?.[0] ?? "";
    const literal = text.slice(scheme.length);
    const variable = this.#variableFor(name, literal);
    const { path, where } = this.#place;
    const finding: Diagnostic = {
      code: "import-secret",
      severity: "warning",
      path,
      message: printable(
        `${where}: ${name} holds what looks like a credential; the secret ${variable} takes its place`,
      ),
      hint: `set ${variable} in the environment; the value stays in ${path} and nowhere else`,
    };
    this.#pending.push(() => this.#context.note(finding));
    return scheme + this.secret(variable);
  }

  #variableFor(name: string, literal: string): string {
    const { name: server, literals } = this.#place;
    const plain = variableOf(name === server ? `${server}_secret` : `${server}_${name}`);
    const names = /^[A-Z_][A-Z0-9_]*[A-Z_][A-Z0-9_]*$/.test(name) && name !== server ? [name, plain] : [plain];
    const isFree = (variable: string) => (literals.get(variable) ?? literal) === literal;
    let variable = names.find(isFree) ?? plain;
    for (let number = 2; !isFree(variable); number++) variable = `${plain}_${number}`;
    literals.set(variable, literal);
    return variable;
  }
}

const variableOf = (name: string): string =>
  name
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, "_")
    .replace(/^_+|_+$/g, "")
    .replace(/^(?=\d)/, "_");

// What stands where a credential might, and is none.
const isPlainWord = (text: string): boolean => /^(?:|true|false|none|null|undefined|0|1)$/i.test(text.trim());

const isOwn = (entry: readonly [string, string] | undefined): boolean =>
  entry !== undefined && entry[1] === `\${${entry[0]}}`;

const textOf = (value: Json): string => (typeof value === "string" ? value : JSON.stringify(value));
