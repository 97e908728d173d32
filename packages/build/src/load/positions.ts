import type { Field, Positions } from "@stax/schema";
import {
  type Expression,
  type ObjectExpression,
  type Options,
  type Program,
  type Property,
  parse,
  type SpreadElement,
} from "acorn";
import type { Place } from "./child/protocol.ts";
import { stripTypes } from "./strip-types.ts";

/**
 * modulePositions finds where a field of the default export stands in a module's source: in the object that is exported, or given to the
 * function that makes it. A field from a spread, an import or a computation is placed at the nearest field around it that is written out.
 * The source is parsed when the first position is asked for, and never evaluated.
 */
export function modulePositions(source: string, path: string): Positions {
  let program: Program | undefined;
  let parsed = false;
  return (field) => {
    if (!parsed) {
      parsed = true;
      program = parseModule(source, path);
    }
    const exported = program === undefined ? undefined : defaultExportOf(program);
    if (program === undefined || exported === undefined) return undefined;
    const { line, column } = nodeOf(exported, field, program).loc?.start ?? { line: 1, column: 0 };
    return { line, column: column + 1 };
  };
}

/** syntaxErrorIn tells where the syntax of a module breaks; `undefined` where it does not. */
export function syntaxErrorIn(path: string, source: string): Place | undefined {
  if (!/\.[cm]?[jt]s$/.test(path)) return undefined;
  try {
    parse(stripTypes(source, path), moduleOptions);
    return undefined;
  } catch (error) {
    const { loc } = error as { loc?: { readonly line: number; readonly column: number } }; // acorn adds it to its SyntaxErrors
    return loc === undefined ? undefined : { path, line: loc.line, column: loc.column + 1 };
  }
}

const moduleOptions: Options = { ecmaVersion: "latest", sourceType: "module", locations: true };

function parseModule(source: string, path: string): Program | undefined {
  try {
    return parse(stripTypes(source, path), moduleOptions);
  } catch {
    return undefined;
  }
}

function defaultExportOf(program: Program): Expression | undefined {
  for (const node of program.body) {
    if (node.type === "ExportDefaultDeclaration") return node.declaration as Expression; // a function or class has no fields to find
    if (node.type !== "ExportNamedDeclaration") continue;
    const specifier = node.specifiers.find(({ exported }) => nameOf(exported) === "default");
    if (specifier === undefined) continue;
    const { local } = specifier;
    return local.type === "Identifier" ? local : undefined;
  }
  return undefined;
}

type Positioned = Pick<Expression, "loc">;

function nodeOf(exported: Expression, field: Field, program: Program): Positioned {
  let place: Positioned = exported;
  let value: Expression | undefined = exported;
  for (const key of field) {
    const member: Member | undefined = memberOf(value, key, program, 0);
    if (member === undefined) return place;
    place = member.place;
    value = member.value;
  }
  return place;
}

interface Member {
  readonly place: Positioned;
  readonly value: Expression | undefined;
}

// Variables may be defined by one another; no definition is that deep unless it is a circle.
const maxHops = 32;

function memberOf(
  value: Expression | undefined,
  key: string | number,
  program: Program,
  hops: number,
): Member | undefined {
  if (value === undefined || hops > maxHops) return undefined;
  switch (value.type) {
    case "ObjectExpression":
      return propertyOf(value, String(key), program, hops);
    case "ArrayExpression": {
      const before = value.elements.slice(0, Number(key) + 1);
      const element = before.some((item) => item?.type === "SpreadElement") ? undefined : before[Number(key)];
      return element === undefined || element === null ? undefined : { place: element, value: element as Expression };
    }
    case "Identifier":
      return memberOf(initialOf(value.name, program), key, program, hops + 1);
    case "AwaitExpression":
      return memberOf(value.argument, key, program, hops + 1);
    case "CallExpression":
      return firstMember(value.arguments, key, program, hops + 1);
    default:
      return undefined;
  }
}

// The last of several wins, as it does when the object is made.
function propertyOf(object: ObjectExpression, key: string, program: Program, hops: number): Member | undefined {
  for (const property of object.properties.toReversed()) {
    if (property.type === "SpreadElement") {
      const spread = memberOf(property.argument, key, program, hops + 1);
      if (spread !== undefined) return spread;
    } else if (!property.computed && keyOf(property) === key) {
      return { place: property.key, value: property.value };
    }
  }
  return undefined;
}

function firstMember(
  nodes: readonly (Expression | SpreadElement)[],
  key: string | number,
  program: Program,
  hops: number,
): Member | undefined {
  for (const node of nodes) {
    const member = node.type === "SpreadElement" ? undefined : memberOf(node, key, program, hops);
    if (member !== undefined) return member;
  }
  return undefined;
}

function initialOf(name: string, program: Program): Expression | undefined {
  for (const node of program.body) {
    const declaration = node.type === "ExportNamedDeclaration" ? node.declaration : node;
    if (declaration?.type !== "VariableDeclaration") continue;
    const found = declaration.declarations.find(({ id }) => id.type === "Identifier" && id.name === name);
    if (found !== undefined) return found.init ?? undefined;
  }
  return undefined;
}

const keyOf = ({ key }: Property): string | undefined => nameOf(key);

function nameOf(node: { readonly type: string; readonly name?: string; readonly value?: unknown }): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" ? String(node.value) : undefined;
}
