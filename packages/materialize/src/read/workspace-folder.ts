import type { Json, JsonObject, Read } from "../contract.ts";
import { isObject } from "./parse-config.ts";

const variable = "${workspaceFolder}";

/**
 * atWorkspaceFolder lets a part read an editor's `${workspaceFolder}` as ".": servers are started in the project's directory, and only
 * editors know the variable.
 */
export const atWorkspaceFolder =
  (read: Read<JsonObject>): Read<JsonObject> =>
  (found, context) =>
    read(
      found.map(({ path, out }) => ({
        path,
        out: mapped(out, (at) =>
          context.changed(
            path,
            at.join("."),
            `${variable} is carried as ".", the directory that servers are started in`,
          ),
        ),
      })),
      context,
    );

type Report = (at: readonly string[]) => void;

const mapped = (object: JsonObject, report: Report, at: readonly string[] = []): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([key, value]) => [key, replaced(value, report, [...at, key])]));

function replaced(value: Json, report: Report, at: readonly string[]): Json {
  if (isObject(value)) return mapped(value, report, at);
  if (Array.isArray(value)) return value.map((item: Json) => replaced(item, report, at));
  if (typeof value !== "string" || !value.includes(variable)) return value;
  report(at);
  return value.replaceAll(variable, ".");
}
